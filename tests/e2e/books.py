"""The books of a running gateway: balances over its management API, holds and log rows in its database file.

The rows are read from SQLite because the API shows them in One API's shape, which has no status and no end of stream.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.e2e.server import Gateway

SECONDS = 5.0
Found = TypeVar("Found")


def eventually(read: Callable[[], Found], good: Callable[[Found], bool], seconds: float = SECONDS) -> Found:
    """What `read` gives once it is `good`, or what it gave last: the assertion that follows says the rest."""
    deadline = time.monotonic() + seconds
    while not good(found := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@dataclass(frozen=True, slots=True)
class Purse:
    """A limited token of root's: its key, and where to read what is left."""

    key: str
    id: int


@dataclass(frozen=True, slots=True)
class Books:
    gateway: Gateway

    def open_purse(self, quota: int = 1_000_000, **fields: Any) -> Purse:
        """A new limited token, live at once: a key that is not known yet is looked up."""
        name = f"purse-{time.monotonic_ns()}"
        asked = {"name": name, "expired_time": -1, "unlimited_quota": False, "remain_quota": quota, **fields}
        made = self.gateway.api("POST", "/token/", asked)
        return Purse(f"sk-{made['key'].removeprefix('sk-')}", int(made["id"]))

    def balance(self) -> int:
        """What the user has left."""
        return int(self.gateway.api("GET", "/user/self")["quota"])

    def left(self, purse: Purse) -> int:
        """What the token has left."""
        return int(self.gateway.api("GET", f"/token/{purse.id}")["remain_quota"])

    def holds(self) -> list[str]:
        """The ids of the holds that are open."""
        return [str(row["id"]) for row in self._read("SELECT id FROM holds")]

    def rows(self, request_id: str) -> list[dict[str, Any]]:
        """The log rows of one exchange, `detail` parsed. They are written after the reply: waits for the first."""
        found = eventually(lambda: self._read("SELECT * FROM logs WHERE request_id = ?", request_id), bool)
        return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in found]

    def row(self, request_id: str) -> dict[str, Any]:
        """The one log row of an exchange."""
        (only,) = self.rows(request_id)
        return only

    def rows_of(self, model: str, count: int) -> list[dict[str, Any]]:
        """The log rows of a model, once there are `count` of them."""
        sql = "SELECT * FROM logs WHERE model_name = ? ORDER BY id"
        found = eventually(lambda: self._read(sql, model), lambda rows: len(rows) >= count)
        return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in found]

    def no_holds(self) -> bool:
        return eventually(self.holds, lambda holds: not holds) == []

    def _read(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        connection = sqlite3.connect(self.gateway.data_dir / "one-api.db", timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, parameters)]
        finally:
            connection.close()
