"""Passwords: what is accepted, and how it is stored (Argon2id). Must not know users."""

from __future__ import annotations

from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from rules import fields
from rules.errors import Invalid

SHORTEST = 8
LONGEST = 128
_HASHER = PasswordHasher()


def check(value: Any, field: str) -> str:
    """A new password as it was typed. Raises Invalid."""
    if not isinstance(value, str) or not SHORTEST <= len(value) <= LONGEST:
        raise Invalid(f"无效的参数：密码长度应为 {SHORTEST} 至 {LONGEST} 个字符", field)
    fields.text(LONGEST)(value, field)
    return value


@cache
def nobodys() -> str:
    """The hash of nothing in particular: verified when there is no such user, so that this takes as long."""
    return _HASHER.hash("nobody's password")


def hash_of(password: str) -> str:
    return _HASHER.hash(password)


def verify(stored: str, password: str) -> bool:
    """Does the password belong to the stored hash? A hash that cannot be read belongs to none."""
    try:
        return _HASHER.verify(stored, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def outdated(stored: str) -> bool:
    """Was it hashed with weaker parameters than today's?"""
    return _HASHER.check_needs_rehash(stored)
