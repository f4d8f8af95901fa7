from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rules.database import Database
from rules.errors import VaultError
from rules.vault import KEY_FILE, Vault, open_vault


def test_what_is_sealed_opens_for_the_same_purpose_only(vault: Vault) -> None:
    sealed = vault.seal("sk-fake-provider 密钥", "channel key")
    assert vault.open(sealed, "channel key") == "sk-fake-provider 密钥"
    assert "fake" not in sealed
    with pytest.raises(VaultError):
        vault.open(sealed, "token key")


def test_the_same_text_is_sealed_differently_each_time(vault: Vault) -> None:
    assert vault.seal("a", "p") != vault.seal("a", "p")


@pytest.mark.parametrize("sealed", ["", "v1:", "v1:AAAA", "no base64 at all", "v1:" + "A" * 60])
def test_what_was_not_sealed_here_does_not_open(vault: Vault, sealed: str) -> None:
    with pytest.raises(VaultError):
        vault.open(sealed, "p")


def test_hashes_and_signatures_depend_on_the_key(vault: Vault) -> None:
    other = Vault(b"another key")
    assert vault.hash("k") == vault.hash("k") != other.hash("k")
    assert vault.signed("text", vault.sign("text"))
    assert not other.signed("text", vault.sign("text"))
    assert not vault.signed("text", "sign\xe9")
    assert vault.session_secret != other.session_secret


def test_the_first_start_makes_a_key_file_for_its_owner_only(database: Database, tmp_path: Path) -> None:
    vault = open_vault(database, tmp_path)
    path = tmp_path / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [KEY_FILE]
    assert open_vault(database, tmp_path).open(vault.seal("a", "p"), "p") == "a"


def test_a_key_file_that_others_may_read_is_closed_to_them(database: Database, tmp_path: Path) -> None:
    open_vault(database, tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    open_vault(database, tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_lost_key_file_is_a_clear_error_and_no_new_key(database: Database, tmp_path: Path) -> None:
    open_vault(database, tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(VaultError, match="is missing"):
        open_vault(database, tmp_path)
    assert not (tmp_path / KEY_FILE).exists()


def test_an_empty_key_file_is_a_clear_error(database: Database, tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("")
    with pytest.raises(VaultError, match="holds no key"):
        open_vault(database, tmp_path)


def test_another_key_from_the_environment_is_a_clear_error(database: Database, tmp_path: Path) -> None:
    open_vault(database, tmp_path, "the key of the first start")
    open_vault(database, tmp_path, "the key of the first start")
    with pytest.raises(VaultError, match="another key than the one in the environment"):
        open_vault(database, tmp_path, "the key of somebody else")
    with pytest.raises(VaultError, match="a key that is not here"):
        open_vault(database, tmp_path)


def test_a_short_key_from_the_environment_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="too short"):
        open_vault(database, tmp_path, "short")
