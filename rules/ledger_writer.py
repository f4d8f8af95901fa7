"""The ledger's one thread: takes operations from a queue and commits them together. Knows transactions, not money."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rules import lapses
from rules.database import Database
from rules.errors import LedgerBusy
from rules.ledger_sql import Operation, Session, lock_all

Result = TypeVar("Result")

TOGETHER = 64
LONGEST_QUEUE = 4096
IDLE_SECONDS = 1.0
ASLEEP_AFTER_SECONDS = 30.0
AWAKE_AFTER_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """An operation and who waits for it. `must`: it is done sooner or later, whoever stopped waiting."""

    operation: Operation[Any]
    must: bool
    future: Future[Any] = field(default_factory=Future)

    def wanted(self) -> bool:
        return self.must or self.future.running() or self.future.set_running_or_notify_cancel()


class Writer:
    """`beat` makes the operation that is done every `beat_seconds`, whatever else there is to do."""

    def __init__(
        self, database: Database, beat: Callable[[], Operation[None]], beat_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._beat = beat
        self._beat_seconds = beat_seconds
        self._clock = clock
        self._beaten_at: float | None = None
        self._awake_since: float | None = None
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._late: list[Job] = []
        self._guard = threading.Lock()
        self._open = False
        self._thread: threading.Thread | None = None

    @property
    def steady(self) -> bool:
        """False for a minute after this process was asleep (a closed laptop, a stopped machine)."""
        now = self._clock()
        if self._beaten_at is not None and now - self._beaten_at > ASLEEP_AFTER_SECONDS:
            return False
        return self._awake_since is None or now - self._awake_since >= AWAKE_AFTER_SECONDS

    def start(self) -> None:
        with self._guard:
            self._open = True
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._guard:
            self._open = False
            self._queue.put(None)  # behind all that was accepted
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def submit(self, operation: Operation[Result], must: bool = False) -> Future[Result]:
        """Queue an operation. What must be done is taken even by a full queue: there is no more of it than holds."""
        job = Job(operation, must)
        with self._guard:
            refused = not self._open or (not must and self._queue.qsize() >= LONGEST_QUEUE)
            if not refused:
                if must:
                    job.future.set_running_or_notify_cancel()  # from here on it cannot be cancelled
                self._queue.put(job)
        if refused:
            job.future.set_exception(LedgerBusy("the ledger takes nothing more at the moment"))
        return job.future

    def _work(self) -> None:
        going = True
        while going:
            jobs, going = self._next()
            self._do([*self._take_late(), *self._due_beat(), *jobs])
        self._do(self._take_late())
        for job in self._take_late():
            job.future.set_exception(LedgerBusy("the database could not be reached before the ledger was stopped"))
        self._database.drop()

    def _next(self) -> tuple[list[Job], bool]:
        """Wait for work, then take all there is, up to a batch. False: that was the last."""
        jobs: list[Job] = []
        try:
            job = self._queue.get(timeout=IDLE_SECONDS)
            while job is not None:
                jobs.append(job)
                if len(jobs) == TOGETHER:
                    return jobs, True
                job = self._queue.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _take_late(self) -> list[Job]:
        late, self._late = self._late, []
        return late

    def _due_beat(self) -> list[Job]:
        now, before = self._clock(), self._beaten_at
        if before is not None and 0 <= now - before < self._beat_seconds:
            return []
        if before is not None and now - before > ASLEEP_AFTER_SECONDS:
            self._awake_since = now
        self._beaten_at = now
        return [Job(self._beat(), must=False)]

    def _do(self, jobs: list[Job]) -> None:
        """Do these jobs, together if that works, else one by one: one that fails must not take the others with it."""
        jobs = [job for job in jobs if job.wanted()]
        if not jobs:
            return
        try:
            results = self._commit([job.operation for job in jobs])
        except Exception as error:  # whatever it is, it is handed to those who wait
            self._failed(jobs, error)
            return
        for job, result in zip(jobs, results, strict=True):
            job.future.set_result(result)

    def _failed(self, jobs: list[Job], error: Exception) -> None:
        if self._database.passing(error):  # the database is away: nobody's fault, and no use in trying one by one
            log.warning("the ledger cannot reach the database: %s", error)
            self._late += [job for job in jobs if job.must]
            for job in jobs:
                if not job.must:
                    job.future.set_exception(_away(error))
        elif len(jobs) == 1:
            log.error("a ledger operation failed: %s", error)
            jobs[0].future.set_exception(error)
        else:
            for job in jobs:
                self._do([job])

    def _commit(self, operations: list[Operation[Any]]) -> list[Any]:
        """One transaction, again from its start while contention or a lost connection is in the way."""
        failure: Exception | None = None
        for _ in lapses.pauses():
            try:
                return self._transaction(operations, again=failure is not None)
            except Exception as error:  # the drivers have no class of error in common
                if not self._database.passing(error):
                    raise
                failure = error
        assert failure is not None
        raise failure

    def _transaction(self, operations: list[Operation[Any]], again: bool) -> list[Any]:
        database = self._database
        cursor = database.connection().cursor()
        cursor.execute("BEGIN IMMEDIATE" if database.dialect == "sqlite" else "BEGIN")
        committed = False
        try:
            session = Session(cursor, database.dialect)
            lock_all(session, operations)
            results = [operation.apply(session, again) for operation in operations]
            cursor.execute("COMMIT")
            committed = True
        finally:
            if not committed:
                _roll_back(cursor)
            cursor.close()
        return results


def _away(error: Exception) -> LedgerBusy:
    """What callers are told: they know no driver's errors."""
    busy = LedgerBusy("the database cannot be reached at the moment")
    busy.__cause__ = error
    return busy


def _roll_back(cursor: Any) -> None:
    try:
        cursor.execute("ROLLBACK")
    except Exception as error:  # the connection is gone, and the transaction with it
        log.debug("nothing to roll back: %s", error)
