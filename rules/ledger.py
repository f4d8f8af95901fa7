"""The ledger: quota is reserved before a call and settled or released after it, exactly once, never overdrawn.

Every method hands its operation to one writer thread, which commits up to 64 of them together, and returns a
`concurrent.futures.Future` (wrap it with `asyncio.wrap_future`). Must not know HTTP, prices or why a call failed.

    Hold  --settle-->  collected, the difference given back (or taken as far as quota is left), log row
      |---release-->   all given back, log row if there is one
      `---sweep---->   the same, for holds whose process is gone

A hold is a row from its reservation to its end, so its end can happen only once, in whichever process.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection
from concurrent.futures import Future

from rules.database import Database
from rules.ledger_sql import Extend, Heartbeat, Record, Release, Reserve, Settle, Sweep, SweepOwn
from rules.ledger_writer import Writer
from rules.values import Hold, LogRow, Settled, Shortfall

BEAT_SECONDS = 10.0
GONE_AFTER_SECONDS = 60.0


class Ledger:
    """`worker_id` names this process: it must be new at each start, or a crashed one's holds would count as living.

    `clock` gives Unix seconds.
    """

    def __init__(self, database: Database, worker_id: str = "", clock: Callable[[], float] = time.time) -> None:
        self.worker_id = worker_id or uuid.uuid4().hex
        self._clock = clock
        self._writer = Writer(database, self._beat, BEAT_SECONDS, clock)

    def start(self) -> None:
        """Start the writer thread; it says that this process lives, now and every 10 s."""
        self._writer.start()

    def stop(self) -> None:
        """Write what is queued, then end the thread. What comes later is answered with LedgerBusy."""
        self._writer.stop()

    def reserve(self, hold: Hold) -> Future[Hold | Shortfall]:
        """Take the hold's quota from the user and, if the token is limited, from the token: both or neither.

        The future fails with LedgerBusy when the queue is full. A caller that stops waiting must release the hold
        all the same: releasing one that never came to be changes nothing. Raises ValueError for a negative quota.
        """
        _positive(hold.quota)
        return self._writer.submit(Reserve(hold, self.worker_id, int(self._clock())))

    def extend(self, hold: Hold, quota: int) -> Future[Hold | Shortfall]:
        """Let a hold grow to `quota` while its call goes on (a long conversation): all of it or nothing.

        Raises ValueError if that is not more than it has. The new hold takes the place of the old one, also where
        whoever waits for it stops waiting.
        """
        _positive(quota - hold.quota - 1)
        return self._writer.submit(Extend(hold, quota), must=True)

    def settle(self, hold: Hold, quota: int, row: LogRow, keep_row: bool = True) -> Future[Settled]:
        """End a hold with the real price. `keep_row=False`: no log row (LogConsumeEnabled is off); sums move anyway.

        The row is written with what was collected as `quota` and with what could not be as `uncollected`.
        """
        _positive(quota)
        return self._writer.submit(Settle(hold, quota, row, keep_row, int(self._clock())), must=True)

    def release(self, hold: Hold, row: LogRow | None = None) -> Future[bool]:
        """End a hold without a price; False if it had ended before."""
        return self._writer.submit(Release(hold, row), must=True)

    def record(self, row: LogRow) -> Future[None]:
        """Write a log row that has no hold behind it."""
        return self._writer.submit(Record(row))

    def heartbeat(self) -> Future[None]:
        """Say once more that this process lives (the writer does so by itself)."""
        return self._writer.submit(self._beat())

    def sweep(self, now: float | None = None) -> Future[int]:
        """Release the holds of other processes that have not been seen for 60 s, each with a log row; how many.

        Does nothing just after this process itself was asleep: the others may not have had their turn yet.
        """
        now = self._clock() if now is None else now
        seen_since = int(now - GONE_AFTER_SECONDS) if self._writer.steady else 0
        return self._writer.submit(Sweep(self.worker_id, seen_since, int(now)))

    def sweep_own(self, living: Collection[str], older_than: float) -> Future[int]:
        """Release this process's holds made before `older_than` (Unix seconds) whose ids are not in `living`."""
        operation = SweepOwn(self.worker_id, frozenset(living), int(older_than), int(self._clock()))
        return self._writer.submit(operation)

    def _beat(self) -> Heartbeat:
        return Heartbeat(self.worker_id, int(self._clock()))


def _positive(quota: int) -> None:
    if quota < 0:
        raise ValueError(f"a quota cannot be negative: {quota}")
