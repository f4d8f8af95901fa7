from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from rules import passwords
from rules.errors import Invalid


def test_a_password_is_stored_as_argon2_and_verified() -> None:
    stored = passwords.hash_of("correct horse")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "correct horse")
    assert not passwords.verify(stored, "correct house")
    assert not passwords.outdated(stored)


@pytest.mark.parametrize("stored", ["", "!", "$2b$12$bcrypt"])
def test_a_hash_that_cannot_be_read_belongs_to_nobody(stored: str) -> None:
    assert not passwords.verify(stored, "")


def test_a_password_that_is_no_text_is_wrong() -> None:
    assert not passwords.verify(passwords.nobodys(), "\ud800")


def test_a_weaker_hash_is_outdated() -> None:
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse"))


@pytest.mark.parametrize("password", ["1234567", "x" * 129, None, 12345678, "with\x00nul!"])
def test_a_bad_new_password_is_refused(password: object) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.check(password, "password")
    assert caught.value.field == "password"


def test_a_new_password_is_taken_as_typed() -> None:
    assert passwords.check("  with spaces  ", "password") == "  with spaces  "
