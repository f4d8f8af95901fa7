"""What became of requests per channel and model -> how long it rests, and who may try it again. Pure: `now` is given.

    serving -> resting       after some failures in a row, at once when told how long, or the key is no good
    resting -> on trial      when its time is over, for one request; the others still pass it by
    on trial -> serving      it began to answer; what it did before is forgotten when it has answered well
    on trial -> resting      it failed again: twice as long as the last time
    on trial -> resting over nobody learnt anything from it: the next request tries

A place is any value that names the channel, its key and its address: a channel that was edited starts anew. All times
are seconds of one clock. Must not know providers, HTTP or what counts as a failure.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

WHOLE = ""
"""In the place of a model: the channel for all of them."""
LONGEST_TOLD = 3600.0
"""What a provider says is believed up to an hour; then one request asks whether it still holds."""
MOST = 10_000
"""Entries; above, those that do not rest are forgotten."""


class Outcome(enum.Enum):
    """SILENT: it says nothing of the channel (the client's mistake, or it left). LOCKED: the account is no good."""

    SERVED = "served"
    FAILED = "failed"
    LOCKED = "locked"
    SILENT = "silent"


class Why(enum.StrEnum):
    FAILURES = "failures"
    LIMIT = "rate limit"
    ACCOUNT = "account"
    TRIAL = "on trial"


@dataclass(frozen=True, slots=True)
class Policy:
    """A channel rests `first` seconds after `after` failures in a row, then twice as long each time, up to `longest`.

    `first` 0: nothing ever rests. `lease`: how long one trial keeps the others away.
    """

    first: float = 10.0
    after: int = 3
    longest: float = 600.0
    lease: float = 10.0


@dataclass(slots=True)
class Entry:
    """`since`: when its latest rest began; `until`: when it ends, 0 while it serves; `trial`: when the latest began."""

    failures: int = 0
    rests: int = 0
    since: float = float("-inf")
    until: float = 0.0
    trial: float = float("-inf")
    why: Why = Why.FAILURES


@dataclass(slots=True)
class Health:
    """Of all channels, as one process has seen them. Not for several threads."""

    policy: Policy = field(default_factory=Policy)
    entries: dict[tuple[Hashable, str], Entry] = field(default_factory=dict)

    def wait(self, place: Hashable, model: str, now: float) -> float:
        """Seconds until it may be asked; while it is on trial, until the trial's lease ends. 0: now."""
        return max((self.left(entry, now) for entry in self.concerned(place, model)), default=0.0)

    def why(self, place: Hashable, model: str, now: float) -> Why | None:
        """Why it may not be asked; None if it may."""
        entry = max(self.concerned(place, model), key=lambda entry: self.left(entry, now), default=None)
        if entry is None or self.left(entry, now) <= 0:
            return None
        return Why.TRIAL if entry.until <= now else entry.why

    def claim(self, place: Hashable, model: str, now: float) -> bool:
        """May it be asked now? Whoever asks a channel whose rest is over is its trial, and keeps the others away."""
        if self.wait(place, model, now) > 0:
            return False
        for entry in self.concerned(place, model):
            if entry.until:
                entry.trial = now
        return True

    def answered(self, place: Hashable, model: str, began: float) -> None:
        """A request that began at `began` gets its answer: others may ask as well. Its outcome is still to come."""
        for entry in self.concerned(place, model):
            if entry.until and began >= entry.trial > entry.since:
                entry.until = 0.0

    def report(
        self,
        place: Hashable,
        model: str,
        outcome: Outcome,
        began: float,
        now: float,
        told: float | None = None,
        limited: bool = False,
    ) -> None:
        """What became of a request that began at `began`; once for each. `told`: seconds the provider asks to wait."""
        if self.policy.first <= 0:
            return
        if outcome is Outcome.SERVED:
            for key in ((place, WHOLE), (place, model)):
                if key in self.entries and began >= self.entries[key].since:
                    del self.entries[key]
        elif outcome is Outcome.SILENT:
            self.release(place, model, began)
        else:
            locked = outcome is Outcome.LOCKED
            self.release(place, model, began)
            why = Why.ACCOUNT if locked else Why.LIMIT if limited else Why.FAILURES
            self.fail(self.entry(place, WHOLE if locked else model, now), why, began, now, told)

    def release(self, place: Hashable, model: str, began: float) -> None:
        """The trial that began then, if it was one, is over."""
        for entry in self.concerned(place, model):
            if began >= entry.trial:
                entry.trial = float("-inf")

    def fail(self, entry: Entry, why: Why, began: float, now: float, told: float | None) -> None:
        """A request that began before the rest tells no more than those that brought the rest about."""
        wait = min(told or 0.0, LONGEST_TOLD)
        if began >= entry.since:
            entry.failures += 1
            if why is Why.ACCOUNT or entry.failures >= self.policy.after:
                wait = max(wait, min(self.policy.first * 2.0**entry.rests, self.policy.longest))
                entry.rests = min(entry.rests + 1, 30)
        if wait and now + wait > entry.until:
            entry.since, entry.until, entry.why = now, now + wait, why

    def left(self, entry: Entry, now: float) -> float:
        lease = entry.trial + self.policy.lease if entry.until else 0.0
        return max(entry.until - now, lease - now, 0.0)

    def concerned(self, place: Hashable, model: str) -> Iterator[Entry]:
        for key in ((place, WHOLE), (place, model)):
            if key in self.entries:
                yield self.entries[key]

    def entry(self, place: Hashable, model: str, now: float) -> Entry:
        key = (place, model)
        if key not in self.entries:
            if len(self.entries) >= MOST:
                self.entries = {key: entry for key, entry in self.entries.items() if entry.until > now}
            self.entries[key] = Entry()
        return self.entries[key]
