"""The first start: root is created, once, however many processes start together. Must not know the environment."""

from __future__ import annotations

import time
from typing import Any

import peewee
from peewee import fn

from rules import passwords
from rules.database import Database
from rules.errors import Invalid
from rules.models import Users
from rules.tokens import NEVER, insert_token
from rules.values import Role
from rules.vault import Vault

ROOT = "root"
DEFAULT_PASSWORD = "123456"  # noqa: S105 (One API's; it opens nothing but the page where another one is chosen)
ROOT_QUOTA = 500_000_000_000_000
TOKEN_NAME = "Initial Root Token"  # noqa: S105 (a name)


def create_root(database: Database, vault: Vault, password: str = "", token: str = "", access_token: str = "") -> bool:
    """Create root in a database without users; False if there were some already.

    `password`: INITIAL_ROOT_PASSWORD (without it `123456`, to be changed at the first log-in). `token`: an `sk-` key.
    Raises Invalid when one of them cannot be used.
    """
    if database.value(Users.select(fn.COUNT(Users.id))):
        return False
    values = _root(vault, password, access_token)
    key = _clean_key(token)

    def work() -> bool:
        if database.value(Users.select(fn.COUNT(Users.id))):
            return False
        user_id = database.insert(Users, values)
        if key:
            unlimited = {"name": TOKEN_NAME, "unlimited_quota": 1, "remain_quota": ROOT_QUOTA, "expired_time": NEVER}
            insert_token(database, vault, user_id, unlimited, key)
        return True

    try:
        return database.write(work)
    except peewee.IntegrityError:
        return False  # another process was quicker


def _root(vault: Vault, password: str, access_token: str) -> dict[str, Any]:
    if password:
        passwords.check(password, "INITIAL_ROOT_PASSWORD")
    return {
        "username": ROOT,
        "password": passwords.hash_of(password or DEFAULT_PASSWORD),
        "display_name": "Root User",
        "role": Role.ROOT,
        "quota": ROOT_QUOTA,
        "created_time": int(time.time()),
        "must_change_password": int(not password),
        "access_token_hash": vault.hash(access_token) if access_token else None,
    }


def _clean_key(token: str) -> str:
    key = token.strip().removeprefix("sk-")
    if "-" in key or any(letter.isspace() for letter in key):
        raise Invalid("INITIAL_ROOT_TOKEN must not hold a dash (after sk-) or a space", "INITIAL_ROOT_TOKEN")
    return key
