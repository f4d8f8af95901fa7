from pathlib import Path

import pytest

from addon.settings import SETTINGS, read_settings
from rules.patience import Patience


def test_every_setting_says_what_it_does() -> None:
    assert all(setting.help.endswith(".") for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_read_settings_takes_defaults_for_what_is_unset_or_empty() -> None:
    settings = read_settings({"ONEAPI_DATA_DIR": "", "PORT": "4000"})
    assert settings.data_dir == Path("data").resolve()
    assert settings.number("PORT") == 4000


def test_hosts_are_a_list() -> None:
    assert read_settings({"ONEAPI_HOSTS": " Gate.example , ,b"}).hosts == ("gate.example", "b")


def test_number_names_the_variable_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="PORT must be a whole number, not 'many'"):
        read_settings({"PORT": "many"}).number("PORT")


def test_patience_is_read_from_its_variables() -> None:
    assert read_settings({}).patience() == Patience()
    assert read_settings({"RELAY_TIMEOUT": "90", "RELAY_KEEP_ALIVE": "0"}).patience() == Patience(
        total=90, keep_alive=0
    )
    with pytest.raises(ValueError, match="RELAY_IDLE_TIMEOUT must be a number of seconds, not '1m'"):
        read_settings({"RELAY_IDLE_TIMEOUT": "1m"}).patience()
