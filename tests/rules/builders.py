"""Rows that the tests of the stores and of the ledger stand on. Each takes only what a test cares about."""

from __future__ import annotations

import itertools
from typing import Any

from rules import models
from rules.database import Database
from rules.tokens import insert_token
from rules.values import Hold, LogRow, LogType
from rules.vault import Vault

NOW = 1_800_000_000
_numbers = itertools.count(1)


def add_user(database: Database, quota: int = 0, **columns: Any) -> int:
    """A user whose password nobody knows (hashing one takes its time)."""
    values = {"username": f"user{next(_numbers)}", "password": "!", "quota": quota, **columns}
    return database.insert(models.Users, values)


def add_token(database: Database, vault: Vault, user_id: int, key: str = "", **columns: Any) -> int:
    """A limited token with nothing left, unless told otherwise."""
    return insert_token(database, vault, user_id, {"name": "laptop", **columns}, key)


def log_row(user_id: int = 1, **fields: Any) -> LogRow:
    known: dict[str, Any] = {"user_id": user_id, "created_at": NOW, "type": LogType.CONSUME, "username": "ada"}
    return LogRow(**(known | fields))


def hold(user_id: int, token_id: int, quota: int = 10, limited: bool = True, hold_id: str = "") -> Hold:
    return Hold(hold_id or f"exchange-{next(_numbers)}", user_id, token_id, quota, limited)


def column(database: Database, model: Any, row_id: int, name: str) -> Any:
    """One column of one row."""
    return database.value(model.select(getattr(model, name)).where(model.id == row_id))
