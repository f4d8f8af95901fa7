import pytest

from rules.patience import Patience, seconds


def test_a_channel_changes_what_it_names() -> None:
    assert Patience().changed(" first_byte = 30,idle=0.5, ") == Patience(first_byte=30, idle=0.5)
    assert Patience(total=9).changed("") == Patience(total=9)


@pytest.mark.parametrize("text", ["first=30", "idle", "idle=", "idle=-1", "idle=nan", "idle=inf", "idle=soon", "30"])
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is none of connect, .*keep_alive|idle must be a number of seconds"):
        Patience().changed(text)


def test_seconds_names_what_is_wrong() -> None:
    assert seconds("RELAY_TIMEOUT", "1.5") == 1.5
    with pytest.raises(ValueError, match="RELAY_TIMEOUT must be a number of seconds, not 'x'"):
        seconds("RELAY_TIMEOUT", "x")
