from pathlib import Path

import pytest

from addon.settings import SETTINGS, read_settings


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
