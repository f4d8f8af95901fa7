"""How often one may try to log in: a sliding window per account and address, and one per address. In memory.

Per account alone would let a stranger lock root out; so the account's window belongs to the address that filled it.
Pure: time is an argument. Must not know Flask or the database.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock

WINDOW = 20 * 60
PER_ACCOUNT = 8
PER_ADDRESS = 20
MOST_KEYS = 10_000


@dataclass(slots=True)
class Throttle:
    """Counts failures. `wait` says how many seconds to wait before the next try; 0: go on."""

    _failures: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, account: str, address: str, now: float) -> int:
        with self._lock:
            return max(
                self._wait((account.lower(), address), PER_ACCOUNT, now),
                self._wait(("", address), PER_ADDRESS, now),
            )

    def failed(self, account: str, address: str, now: float) -> None:
        with self._lock:
            if len(self._failures) > MOST_KEYS:
                self._drop_old(now)
            for key in ((account.lower(), address), ("", address)):
                self._failures.setdefault(key, deque(maxlen=PER_ADDRESS)).append(now)

    def succeeded(self, account: str, address: str) -> None:
        """Forgets the account's failures from there; not the address's, or one known password would unlock it."""
        with self._lock:
            self._failures.pop((account.lower(), address), None)

    def _wait(self, key: tuple[str, str], most: int, now: float) -> int:
        recent = [at for at in self._failures.get(key, ()) if at > now - WINDOW]
        if len(recent) < most:
            return 0
        return max(1, int(recent[-most] + WINDOW - now) + 1)

    def _drop_old(self, now: float) -> None:
        kept = {key: times for key, times in self._failures.items() if times[-1] > now - WINDOW}
        self._failures = kept if len(kept) <= MOST_KEYS else {}
