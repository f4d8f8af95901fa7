import stat
from pathlib import Path

import pytest

from addon.errors import CannotStart
from addon.services import open_services
from addon.settings import Settings, read_settings
from rules.health import Policy
from rules.users import UserStore


def settings(folder: Path, **more: str) -> Settings:
    return read_settings({"ONEAPI_DATA_DIR": str(folder), **more})


def test_the_first_start_makes_all_that_is_needed(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    services = open_services(
        settings(folder, INITIAL_ROOT_PASSWORD="fake-password", GEMINI_VERSION="v1", CHANNEL_FAILURES="0")
    )
    try:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        root = UserStore(services.database, services.vault).authenticate("root", "fake-password")
        assert root is not None
        assert services.means.settings["GEMINI_VERSION"] == "v1"
        assert services.health.policy == Policy(first=10, after=1)
        assert services.snapshots.current.user(root.id) is not None
        services.ledger.heartbeat().result(5)
    finally:
        services.close()


def test_the_second_start_finds_what_was_there(tmp_path: Path) -> None:
    first = open_services(settings(tmp_path, INITIAL_ROOT_PASSWORD="fake-password"))
    secret = first.vault.seal("mine", "a test")
    first.close()
    second = open_services(settings(tmp_path, INITIAL_ROOT_PASSWORD="another-password"))
    try:
        assert UserStore(second.database, second.vault).authenticate("root", "fake-password") is not None
        assert second.vault.open(secret, "a test") == "mine"
    finally:
        second.close()


def test_a_closed_house_has_written_what_it_was_given(tmp_path: Path) -> None:
    services = open_services(settings(tmp_path))
    beats = [services.ledger.heartbeat() for _ in range(100)]
    services.close()
    assert all(beat.done() and beat.exception() is None for beat in beats)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"SQL_DSN": "oracle://x"}, "SQL_DSN"),
        ({"SQL_DSN": "root:x@tcp(127.0.0.1:1)/none"}, "the mysql database cannot be used"),
        ({"SQLITE_BUSY_TIMEOUT": "soon"}, "SQLITE_BUSY_TIMEOUT must be a whole number"),
        ({"CHANNEL_COOLDOWN": "a while"}, "CHANNEL_COOLDOWN must be a whole number"),
        ({"INITIAL_ROOT_PASSWORD": "short"}, "INITIAL_ROOT_PASSWORD"),
        ({"ONEAPI_SECRET_KEY": "x"}, "the vault key from the environment is too short"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, more: dict[str, str], words: str) -> None:
    with pytest.raises(CannotStart, match=words) as caught:
        open_services(settings(tmp_path, **more))
    assert "\n" not in str(caught.value)
    assert "root:x@" not in str(caught.value)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="choose another with ONEAPI_DATA_DIR"):
        open_services(settings(tmp_path / "file" / "data"))


def test_a_time_out_that_is_no_number_keeps_it_from_starting(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="RELAY_TIMEOUT must be a number of seconds"):
        open_services(settings(tmp_path, RELAY_TIMEOUT="soon"))
