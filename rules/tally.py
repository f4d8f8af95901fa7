"""What happened in the last days, kept in memory and brought up to date by the new log rows only.

A page that sums up a million rows cannot be asked to read them. So the sums per user, hour and model are made once, in
the background, and after that each look reads what came since. Rows become visible out of order when several processes
write, so the newest stretch is counted afresh at each look and folded in for good only after a while.
Must not know HTTP. Knows the log table's columns and nothing else of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from peewee import SQL, Case, Expression, fn

from rules.database import Database
from rules.dsn import Dialect
from rules.models import Logs
from rules.values import LogType

HOUR = 3600
KEPT_HOURS = 8 * 24
SETTLED_AFTER = 60.0
MOST_AT_ONCE = 20_000
CLIENT_LEFT = 499
BAD_ENDS = ("truncated", "error")
# The hour since the epoch. Written out, without parameters: PostgreSQL must see the same expression in GROUP BY.
# (In peewee `%` is LIKE, and MySQL divides whole numbers by DIV only.)
HOUR_OF: dict[Dialect, str] = {
    "sqlite": "created_at / 3600",
    "mysql": "created_at DIV 3600",
    "postgres": "created_at / 3600",
}


@dataclass(slots=True)
class Sum:
    """Sums of consumption rows. `last_failure` is the id of the newest row that failed, 0: none."""

    requests: int = 0
    failures: int = 0
    quota: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    last_failure: int = 0

    def add(self, other: Sum) -> None:
        self.requests += other.requests
        self.failures += other.failures
        self.quota += other.quota
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.last_failure = max(self.last_failure, other.last_failure)


Key = tuple[int, str]  # hour since the epoch, model
Sums = dict[Key, Sum]
ByOwner = dict[int, Sums]  # by user id; EVERYONE: all users together
EVERYONE = 0


@dataclass(slots=True)
class Tally:
    """`look` gives the sums of one user or of everyone, or None while they are made for the first time."""

    database: Database
    clock: Callable[[], float] = time.time
    _settled: ByOwner | None = None
    _settled_to: int = 0
    _seen: tuple[float, int] = (0.0, 0)
    _lock: Lock = field(default_factory=Lock)
    _busy: Lock = field(default_factory=Lock)

    def look(self, owner: int = EVERYONE) -> Sums | None:
        """Sums per hour and model of about the last week. Quick: long stretches are read in the background."""
        newest = int(self.database.value(Logs.select(fn.MAX(Logs.id))) or 0)
        with self._lock:
            settled, settled_to = self._settled, self._settled_to
        if newest - settled_to > MOST_AT_ONCE:
            self._settle_in_background(newest)
            return None if settled is None else settled.get(owner, {})
        if settled is None:
            return self.settle(newest).get(owner, {})
        self._settle_what_is_old(newest)
        fresh = self._read(settled_to, newest)
        return merged(settled.get(owner, {}).items(), fresh.get(owner, {}).items())

    def settle(self, up_to: int) -> ByOwner:
        """Fold the rows up to this id in for good, and let go of what is too old; all sums."""
        with self._lock:
            old, after = self._settled, self._settled_to
        if old is not None and up_to <= after:
            return old
        first = int(self.clock()) // HOUR - KEPT_HOURS
        fresh = self._read(after, up_to)
        found = {
            owner: merged(_since(first, (old or {}).get(owner, {})), fresh.get(owner, {}).items())
            for owner in {*(old or {}), *fresh}
        }
        with self._lock:
            self._settled, self._settled_to = found, up_to
        return found

    def forget(self) -> None:
        """Begin anew: rows were deleted."""
        with self._lock:
            self._settled, self._settled_to, self._seen = None, 0, (0.0, 0)

    def _settle_what_is_old(self, newest: int) -> None:
        """What was there a minute ago is complete by now."""
        now = self.clock()
        seen_at, seen = self._seen
        if not seen or now - seen_at >= SETTLED_AFTER:
            if seen:
                self.settle(seen)
            self._seen = (now, newest)

    def _settle_in_background(self, up_to: int) -> None:
        if self._busy.acquire(blocking=False):
            Thread(target=self._settle_and_free, args=(up_to,), name="tally", daemon=True).start()

    def _settle_and_free(self, up_to: int) -> None:
        try:
            self.settle(up_to)
        finally:
            self._busy.release()
            self.database.drop()

    def _read(self, after: int, up_to: int) -> ByOwner:
        """The sums of the consumption rows with after < id <= up_to, no older than we keep."""
        since = (int(self.clock()) // HOUR - KEPT_HOURS) * HOUR
        # whole numbers divide to whole numbers, but on MySQL
        hour = Expression(Logs.created_at, "DIV" if self.database.dialect == "mysql" else "/", HOUR)
        failed = (Logs.status.not_in((200, CLIENT_LEFT))) | (Logs.stream_end.in_(BAD_ENDS))
        columns = (
            Logs.user_id,
            hour,
            Logs.model_name,
            fn.COUNT(Logs.id),
            fn.SUM(Case(None, [(failed, 1)], 0)),
            fn.SUM(Logs.quota),
            fn.SUM(Logs.prompt_tokens),
            fn.SUM(Logs.completion_tokens),
            fn.MAX(Case(None, [(failed, Logs.id)], 0)),
        )
        query: Any = Logs.select(*columns).where(
            Logs.id > after, Logs.id <= up_to, Logs.created_at >= since, Logs.type == LogType.CONSUME
        )
        # by position: PostgreSQL does not see that two expressions with parameters are the same
        rows = self.database.tuples(query.group_by(SQL("1"), SQL("2"), SQL("3")))
        found: ByOwner = {}
        for owner, hour_number, model, *numbers in rows:
            for who in (int(owner), EVERYONE):
                kept = found.setdefault(who, {}).setdefault((int(hour_number), str(model)), Sum())
                kept.add(Sum(*(int(number) for number in numbers)))
        return found


def merged(*parts: Iterable[tuple[Key, Sum]]) -> Sums:
    """The parts added up, none of them changed."""
    total: Sums = {}
    for part in parts:
        for key, value in part:
            total.setdefault(key, Sum()).add(value)
    return total


def _since(hour: int, sums: Sums) -> Iterable[tuple[Key, Sum]]:
    return ((key, value) for key, value in sums.items() if key[0] >= hour)


def failed(status: int, stream_end: str) -> bool:
    """Did a row's request fail? A client that left early is not a failure."""
    return status not in (200, CLIENT_LEFT) or stream_end in BAD_ENDS
