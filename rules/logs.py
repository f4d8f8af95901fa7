"""The consumption log: lists, search, sums, clean-up. The ledger writes most rows; this store reads them.

Must not know HTTP or who may see what: a filter with `user_id` set sees that user's rows only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from peewee import fn

from rules import fields
from rules.database import Database
from rules.log_rows import insert_log, record_of
from rules.models import Logs
from rules.values import DayUsage, LogRecord, LogRow, LogType, Page

MOST_FOUND = 100
MOST_COUNTED = 10_000
DELETED_AT_ONCE = 2000
DAY_SECONDS = 86_400
LONGEST_REQUEST_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which rows; None, 0 and "" mean any. Times are Unix seconds, both ends included. `before_id`: only older ones."""

    user_id: int | None = None
    type: int = 0
    start_timestamp: int = 0
    end_timestamp: int = 0
    username: str = ""
    token_name: str = ""
    model_name: str = ""
    channel: int = 0
    request_id: str = ""
    before_id: int = 0

    def conditions(self) -> list[Any]:
        # There are few types and many rows of each. With anything else to go by, `+ 0` keeps their index out of it.
        type_column = Logs.type + 0 if self.narrowed else Logs.type
        wanted: list[tuple[Any, Any]] = [
            (self.user_id is not None, Logs.user_id == self.user_id),
            (self.type, type_column == self.type),
            (self.start_timestamp, Logs.created_at >= self.start_timestamp),
            (self.end_timestamp, Logs.created_at <= self.end_timestamp),
            (self.username, Logs.username == self.username),
            (self.token_name, Logs.token_name == self.token_name),
            (self.model_name, Logs.model_name == self.model_name),
            (self.channel, Logs.channel == self.channel),
            (self.request_id, Logs.request_id == self.request_id),
            (self.before_id, Logs.id < self.before_id),
        ]
        return [condition for asked, condition in wanted if asked]

    @property
    def by_value(self) -> bool:
        """Is there a column that must have one value, so that its index leads to the rows?"""
        words = (self.username, self.token_name, self.model_name, self.channel, self.request_id)
        return self.user_id is not None or any(words)

    @property
    def by_time(self) -> bool:
        return bool(self.start_timestamp or self.end_timestamp)

    @property
    def narrowed(self) -> bool:
        return self.by_value or self.by_time

    def newest_first(self) -> tuple[Any, ...]:
        """By id, which is quick with every index but that of the times; in a stretch of time by time."""
        if self.by_time and not self.by_value and not self.before_id:
            return (Logs.created_at.desc(), Logs.id.desc())
        return (Logs.id.desc(),)


ALL = LogFilter()


class LogStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: LogRow) -> int:
        """Write a row that has nothing to do with a hold (an edit, a test); its id."""
        return insert_log(self._database, row)

    def page(self, which: LogFilter = ALL, p: int = 0, size: int = fields.PAGE_SIZE) -> Page[LogRecord]:
        """Page `p` (from 0), newest first. Beyond 10,000 rows the total is a lower bound."""
        query = _where(Logs.select(), which).order_by(*which.newest_first()).limit(size).offset(max(p, 0) * size)
        counted = _where(Logs.select(Logs.id), which).limit(MOST_COUNTED + 1)
        total = self._database.value(Logs.select(fn.COUNT(counted.c.id)).from_(counted))
        items = tuple(record_of(row) for row in self._database.rows(query))
        return Page(items, min(total, MOST_COUNTED), more_than_total=total > MOST_COUNTED)

    def newest(self, which: LogFilter = ALL, size: int = fields.PAGE_SIZE) -> tuple[LogRecord, ...]:
        """The newest rows by id, uncounted: for lists that go on with `before_id`.

        An id is given when a request ends, `created_at` is when it began: a stretch of time is a stretch of ids, give
        or take the longest request. The rows outside of it are not looked at.
        """
        untimed = replace(which, start_timestamp=0, end_timestamp=0)
        timed = [Logs.created_at + 0 >= which.start_timestamp] if which.start_timestamp else []
        timed += [Logs.created_at + 0 <= which.end_timestamp] if which.end_timestamp else []
        found = _where(Logs.select(), untimed, *timed, *self._id_range(which))
        return tuple(record_of(row) for row in self._database.rows(found.order_by(Logs.id.desc()).limit(size)))

    def _id_range(self, which: LogFilter) -> list[Any]:
        """The ids between which this stretch of time lies; no bound where ids and times disagree (a wrong clock)."""
        bounds, start, end = [], which.start_timestamp, which.end_timestamp
        up, down = Logs.created_at.asc(), Logs.created_at.desc()
        if start:
            before = self._nearest(Logs.created_at < start - LONGEST_REQUEST_SECONDS, down)
            inside = Logs.created_at >= start
            bounds += [Logs.id > before] if before < min(self._nearest(inside, up), self._nearest(inside, down)) else []
        if end:
            after = self._nearest(Logs.created_at > end + LONGEST_REQUEST_SECONDS, up)
            inside = Logs.created_at <= end
            bounds += [Logs.id < after] if after > max(self._nearest(inside, up), self._nearest(inside, down)) else []
        return bounds

    def _nearest(self, condition: Any, order: Any) -> int:
        return int(self._database.value(Logs.select(Logs.id).where(condition).order_by(order).limit(1)) or 0)

    def get(self, log_id: int, user_id: int | None = None) -> LogRecord | None:
        """One row; with `user_id` only if it is that user's."""
        row = self._database.row(_where(Logs.select(), LogFilter(user_id=user_id)).where(Logs.id == log_id))
        return record_of(row) if row else None

    def search(self, keyword: str, user_id: int | None = None) -> tuple[LogRecord, ...]:
        """At most 100 rows, newest first, of this type (as a number) or whose content starts so."""
        keyword = keyword.strip()
        found = fields.starts_with(Logs.content, keyword)
        if keyword.isascii() and keyword.isdigit() and len(keyword) < 3:
            found = found | (Logs.type == int(keyword))
        query = _where(Logs.select(), LogFilter(user_id=user_id)).where(found)
        rows = self._database.rows(query.order_by(Logs.id.desc()).limit(MOST_FOUND))
        return tuple(record_of(row) for row in rows)

    def stat(self, which: LogFilter = ALL) -> int:
        """The quota that the consumption rows among these add up to."""
        query = _where(Logs.select(fn.SUM(Logs.quota)), which).where(Logs.type + 0 == LogType.CONSUME)
        return int(self._database.value(query) or 0)

    def delete_before(self, timestamp: int) -> int:
        """Delete the rows older than this, of all types, a few at a time so that nobody waits; how many."""
        deleted = 0
        while True:
            old = (
                Logs.select(Logs.id).where(Logs.created_at < timestamp).order_by(Logs.created_at).limit(DELETED_AT_ONCE)
            )
            ids = [row[0] for row in self._database.tuples(old)]
            if not ids:
                return deleted
            query = Logs.delete().where(Logs.id.in_(ids))
            deleted += self._database.transact(lambda query=query: self._database.run(query))  # type: ignore[misc]

    def daily(
        self, user_id: int | None = None, days: int = 7, now: float | None = None, utc_offset_seconds: int = 0
    ) -> tuple[DayUsage, ...]:
        """Consumption by day and model over the last `days` days (today included), oldest first."""
        shifted = int(time.time() if now is None else now) + utc_offset_seconds
        first = shifted - shifted % DAY_SECONDS - (days - 1) * DAY_SECONDS
        found: list[DayUsage] = []
        for midnight in range(first, first + days * DAY_SECONDS, DAY_SECONDS):
            found += self._day(user_id, midnight, midnight - utc_offset_seconds)
        return tuple(found)

    def _day(self, user_id: int | None, midnight: int, start: int) -> list[DayUsage]:
        columns = (
            Logs.model_name,
            fn.COUNT(Logs.id),
            fn.SUM(Logs.quota),
            fn.SUM(Logs.prompt_tokens),
            fn.SUM(Logs.completion_tokens),
        )
        end = start + DAY_SECONDS - 1
        which = LogFilter(user_id=user_id, type=LogType.CONSUME, start_timestamp=start, end_timestamp=end)
        rows = sorted(self._database.tuples(_where(Logs.select(*columns), which).group_by(Logs.model_name)))
        return [DayUsage(_date(midnight), row[0], *(int(number) for number in row[1:])) for row in rows]


def _where(query: Any, which: LogFilter, *more: Any) -> Any:
    conditions = [*which.conditions(), *more]
    return query.where(*conditions) if conditions else query


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
