"""The ledger's operations as plain SQL: what each does to the rows, inside a transaction that somebody else opened.

Must not know threads or retries. Rows are locked in one order (user, token, hold, channel, log) by everybody.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

from rules.dsn import Dialect
from rules.log_rows import columns_of
from rules.values import Hold, LogRow, LogType, Settled, Shortfall, TokenStatus

Result = TypeVar("Result", covariant=True)

# ruff: noqa: S105 (what looks like passwords to the linter are statements about tokens)
TAKE_FROM_USER = "UPDATE users SET quota = quota - ? WHERE id = ? AND quota >= ?"
# a token with nothing left is refused even where the call is free of charge, as in One API
TAKE_FROM_TOKEN = (
    "UPDATE tokens SET remain_quota = remain_quota - ? WHERE id = ? AND remain_quota >= ? AND remain_quota > 0"
)
GIVE_TO_USER = "UPDATE users SET quota = quota + ? WHERE id = ?"
GIVE_TO_TOKEN = "UPDATE tokens SET remain_quota = remain_quota + ? WHERE id = ?"
INSERT_HOLD = (
    "INSERT INTO holds (id, user_id, token_id, quota, token_limited, worker_id, created_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
GROW_HOLD = "UPDATE holds SET quota = ? WHERE id = ?"
HOLD_HAS = "SELECT quota FROM holds WHERE id = ?"
FIND_HOLD = "SELECT 1 FROM holds WHERE id = ?"
END_HOLD = "DELETE FROM holds WHERE id = ?"
SETTLE_USER = (
    "UPDATE users SET quota = quota + ?, used_quota = used_quota + ?, request_count = request_count + 1 WHERE id = ?"
)
SETTLE_TOKEN = (
    "UPDATE tokens SET remain_quota = remain_quota + ?, used_quota = used_quota + ?, accessed_time = ? WHERE id = ?"
)
# not while other holds are out: one of them may come back and fill the token again
EXHAUST_TOKEN = (
    "UPDATE tokens SET status = ? WHERE id = ? AND status = ? AND unlimited_quota = 0 AND remain_quota <= 0 "
    "AND NOT EXISTS (SELECT 1 FROM holds WHERE token_id = ?)"
)
SETTLE_CHANNEL = "UPDATE channels SET used_quota = used_quota + ? WHERE id = ?"
USER_HAS = "SELECT quota FROM users WHERE id = ?"
TOKEN_HAS = "SELECT remain_quota FROM tokens WHERE id = ?"
BEAT = "UPDATE workers SET seen_at = ? WHERE id = ?"
FIRST_BEAT = "INSERT INTO workers (id, seen_at) VALUES (?, ?)"
LEFT_BEHIND = (
    "SELECT h.id, h.user_id, h.token_id, h.quota, h.token_limited, u.username, t.name, h.worker_id FROM holds h "
    "LEFT JOIN users u ON u.id = h.user_id LEFT JOIN tokens t ON t.id = h.token_id "
)
OF_THE_GONE = LEFT_BEHIND + (  # noqa: S608 (two texts of ours)
    "WHERE h.worker_id <> ? AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = h.worker_id AND w.seen_at >= ?) "
    "ORDER BY h.id LIMIT 64"
)
OF_THE_FORGETFUL = LEFT_BEHIND + "WHERE h.worker_id = ? AND h.created_at < ? ORDER BY h.id"
FORGET_WORKERS = (
    "DELETE FROM workers WHERE id <> ? AND seen_at < ? "
    "AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.worker_id = workers.id)"
)
SWEPT = "进程中断，未完成请求的预扣额度已退还 (the process ended before this call was settled; its hold was given back)"
FORGET_AFTER_SECONDS = 3600


class Session:
    """One open transaction. Statements are written with `?`."""

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self.dialect = dialect
        self._for_update = "" if dialect == "sqlite" else " FOR UPDATE"

    def change(self, sql: str, *parameters: Any) -> int:
        """Run a write; how many rows matched."""
        self._cursor.execute(_written_for(self.dialect, sql), parameters)
        return int(self._cursor.rowcount)

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        self._cursor.execute(_written_for(self.dialect, sql), parameters)
        return list(self._cursor.fetchall())

    def number(self, sql: str, *parameters: Any) -> int | None:
        """The first column of one row, which stays locked; None if there is no row."""
        found = self.rows(sql + self._for_update, *parameters)
        return int(found[0][0]) if found else None


class Operation(abc.ABC, Generic[Result]):
    """One thing to do. `locks` are the ids of users, tokens, holds and channels that it changes."""

    __slots__ = ()

    def locks(self) -> tuple[int, int, str, int]:
        """0 and "" stand for none."""
        return (0, 0, "", 0)

    @abc.abstractmethod
    def apply(self, session: Session, again: bool) -> Result:
        """Do it. `again`: it may have been done already, when an answer to a COMMIT got lost."""


def lock_all(session: Session, operations: Sequence[Operation[Any]]) -> None:
    """Lock the rows that these operations will change, in the order that all processes keep: so nobody deadlocks."""
    if session.dialect == "sqlite" or len(operations) == 1:
        return
    wanted = [operation.locks() for operation in operations]
    for table, ids in zip(("users", "tokens", "holds", "channels"), zip(*wanted, strict=True), strict=True):
        known = sorted({one for one in ids if one})
        if not known:
            continue
        if session.dialect == "postgres":
            session.rows(f"SELECT id FROM {table} WHERE id = ANY(?) ORDER BY id FOR UPDATE", known)  # noqa: S608
        else:
            marks = ", ".join("?" * len(known))
            session.rows(f"SELECT id FROM {table} WHERE id IN ({marks}) ORDER BY id FOR UPDATE", *known)  # noqa: S608


@dataclass(frozen=True, slots=True)
class Reserve(Operation[Hold | Shortfall]):
    hold: Hold
    worker_id: str
    now: int

    def locks(self) -> tuple[int, int, str, int]:
        return (self.hold.user_id, self.hold.token_id if self.hold.token_limited else 0, "", 0)

    def apply(self, session: Session, again: bool) -> Hold | Shortfall:
        hold, need = self.hold, self.hold.quota
        if again and session.rows(FIND_HOLD, hold.id):
            return hold
        if (short := _take(session, hold, need)) is not None:
            return short
        limited = int(hold.token_limited)
        session.change(INSERT_HOLD, hold.id, hold.user_id, hold.token_id, need, limited, self.worker_id, self.now)
        return hold


def _take(session: Session, hold: Hold, need: int) -> Shortfall | None:
    """From the user and, if it is limited, from the token: both or neither."""
    if not session.change(TAKE_FROM_USER, need, hold.user_id, need):
        return Shortfall("user", session.number(USER_HAS, hold.user_id) or 0, need)
    if hold.token_limited and not session.change(TAKE_FROM_TOKEN, need, hold.token_id, need):
        session.change(GIVE_TO_USER, need, hold.user_id)
        return Shortfall("token", session.number(TOKEN_HAS, hold.token_id) or 0, need)
    return None


@dataclass(frozen=True, slots=True)
class Extend(Operation[Hold | Shortfall]):
    """`quota` is what the hold shall have. A hold that has ended meanwhile grows no more."""

    hold: Hold
    quota: int

    def locks(self) -> tuple[int, int, str, int]:
        return (self.hold.user_id, self.hold.token_id if self.hold.token_limited else 0, self.hold.id, 0)

    def apply(self, session: Session, again: bool) -> Hold | Shortfall:
        hold, need = self.hold, self.quota - self.hold.quota
        grown = replace(hold, quota=self.quota)
        if again and session.number(HOLD_HAS, hold.id) == self.quota:
            return grown
        if (short := _take(session, hold, need)) is not None:
            return short
        if session.change(GROW_HOLD, self.quota, hold.id):
            return grown
        session.change(GIVE_TO_USER, need, hold.user_id)
        if hold.token_limited:
            session.change(GIVE_TO_TOKEN, need, hold.token_id)
        return Shortfall("user", 0, need)


@dataclass(frozen=True, slots=True)
class Settle(Operation[Settled]):
    hold: Hold
    quota: int
    row: LogRow
    keep_row: bool
    now: int

    def locks(self) -> tuple[int, int, str, int]:
        return (self.hold.user_id, self.hold.token_id, self.hold.id, self.row.channel)

    def apply(self, session: Session, again: bool) -> Settled:
        hold = self.hold
        if not session.change(END_HOLD, hold.id):
            return Settled(0, 0, changed=False)
        collected = min(self.quota, hold.quota + self._beyond(session))
        back = hold.quota - collected
        session.change(SETTLE_USER, back, collected, hold.user_id)
        session.change(SETTLE_TOKEN, back if hold.token_limited else 0, collected, self.now, hold.token_id)
        if hold.token_limited:
            token_id = hold.token_id
            session.change(EXHAUST_TOKEN, TokenStatus.EXHAUSTED.value, token_id, TokenStatus.ENABLED.value, token_id)
        if self.row.channel:
            session.change(SETTLE_CHANNEL, self.quota, self.row.channel)  # the provider bills it all, collected or not
        uncollected = self.quota - collected
        if self.keep_row:
            insert_row(session, self.row, quota=collected, uncollected=uncollected)
        return Settled(collected, uncollected)

    def _beyond(self, session: Session) -> int:
        """How much more than the hold can be taken: what the price asks for, or else all that is left."""
        more = self.quota - self.hold.quota
        if more <= 0:
            return 0
        left = session.number(USER_HAS, self.hold.user_id) or 0
        if self.hold.token_limited:
            of_token = session.number(TOKEN_HAS, self.hold.token_id)
            left = left if of_token is None else min(left, of_token)  # a deleted token sets no limit any more
        return max(0, min(more, left))


@dataclass(frozen=True, slots=True)
class Release(Operation[bool]):
    hold: Hold
    row: LogRow | None = None

    def locks(self) -> tuple[int, int, str, int]:
        return (self.hold.user_id, self.hold.token_id if self.hold.token_limited else 0, self.hold.id, 0)

    def apply(self, session: Session, again: bool) -> bool:
        hold = self.hold
        if not session.change(END_HOLD, hold.id):
            return False
        session.change(GIVE_TO_USER, hold.quota, hold.user_id)
        if hold.token_limited:
            session.change(GIVE_TO_TOKEN, hold.quota, hold.token_id)
        if self.row is not None:
            insert_row(session, self.row)
        return True


@dataclass(frozen=True, slots=True)
class Record(Operation[None]):
    row: LogRow

    def apply(self, session: Session, again: bool) -> None:
        insert_row(session, self.row)


@dataclass(frozen=True, slots=True)
class Heartbeat(Operation[None]):
    worker_id: str
    now: int

    def apply(self, session: Session, again: bool) -> None:
        if not session.change(BEAT, self.now, self.worker_id):
            session.change(FIRST_BEAT, self.worker_id, self.now)


@dataclass(frozen=True, slots=True)
class Sweep(Operation[int]):
    """`seen_since`: a process that was seen then or later lives."""

    worker_id: str
    seen_since: int
    now: int

    def apply(self, session: Session, again: bool) -> int:
        session.change(FORGET_WORKERS, self.worker_id, self.seen_since - FORGET_AFTER_SECONDS)
        swept = 0
        while found := session.rows(OF_THE_GONE, self.worker_id, self.seen_since):
            swept += _release_all(session, found, self.now)
        return swept


@dataclass(frozen=True, slots=True)
class SweepOwn(Operation[int]):
    worker_id: str
    living: frozenset[str]
    older_than: int
    now: int

    def apply(self, session: Session, again: bool) -> int:
        found = session.rows(OF_THE_FORGETFUL, self.worker_id, self.older_than)
        return _release_all(session, [one for one in found if one[0] not in self.living], self.now)


def _release_all(session: Session, found: Sequence[tuple[Any, ...]], now: int) -> int:
    releases = [_swept(one, now) for one in found]
    if releases:
        lock_all(session, releases)
    return sum(release.apply(session, again=False) for release in releases)


def _swept(found: tuple[Any, ...], now: int) -> Release:
    hold_id, user_id, token_id, quota, limited, username, token_name, worker_id = found
    row = LogRow(
        user_id=user_id,
        created_at=now,
        type=LogType.SYSTEM,
        content=SWEPT,
        username=username or "",
        token_name=token_name or "",
        request_id=hold_id,
        status=500,
        detail={"reserved": quota, "worker": worker_id},
    )
    return Release(Hold(hold_id, user_id, token_id, quota, bool(limited)), row)


def insert_row(session: Session, row: LogRow, **known_now: int) -> None:
    columns = columns_of(row) | known_now
    session.change(_insert_log(tuple(columns)), *columns.values())


@lru_cache(maxsize=8)
def _insert_log(columns: tuple[str, ...]) -> str:
    return f"INSERT INTO logs ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


@lru_cache(maxsize=256)
def _written_for(dialect: Dialect, sql: str) -> str:
    return sql if dialect == "sqlite" else sql.replace("?", "%s")
