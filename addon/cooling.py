"""Which channels an exchange passes by because they rest, and what it tells of each of its attempts. One per exchange.

Between the relay's candidates and faults and `rules/health.py`, which knows neither. Must not know mitmproxy.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from addon.canon.fault import Fault, FaultKind
from addon.plan import Candidate
from addon.verdict import Blame, judge
from rules.health import Health, Outcome, Why

SHORT = 2.0
"""Seconds that a request waits for the only channels there are."""
LOOK = 0.25
"""Seconds between two looks at a channel that somebody else tries."""
RESTING = "All channels for this model rest after failures; try again in {} s."
LIMITED = "All channels for this model are at their rate limit; try again in {} s."


@dataclass(frozen=True, slots=True)
class Rest:
    """A channel that was passed by, for the log row: why, and for how many seconds more."""

    channel: int
    name: str
    model: str
    seconds: float
    reason: str


@dataclass(slots=True)
class Cooling:
    """`forced`: the caller named the channel, so it is asked in any case; what becomes of it counts all the same.

    `clock` is the exchange's own. `left_out` grows while the exchange looks for a channel.
    """

    health: Health
    forced: bool = False
    clock: Callable[[], float] = time.monotonic
    left_out: list[Rest] = field(default_factory=list)

    def admits(self, candidate: Candidate) -> bool:
        """May an attempt begin there? A channel whose rest is over is on trial from now on."""
        place, model, now = place_of(candidate), candidate.target.model, self.clock()
        if self.health.claim(place, model, now) or self.forced:
            return True
        self.left_out.append(
            Rest(
                channel=candidate.channel.id,
                name=candidate.channel.name,
                model=model,
                seconds=round(self.health.wait(place, model, now), 1),
                reason=str(self.health.why(place, model, now)),
            )
        )
        return False

    def resting(self) -> Fault | None:
        """What the client is told when nobody was asked because of that; None if nobody was left out."""
        if not self.left_out:
            return None
        soonest = min(self.left_out, key=lambda rest: rest.seconds)
        seconds = max(math.ceil(soonest.seconds), 1)
        if soonest.reason == Why.LIMIT:
            text = LIMITED.format(seconds)
            return Fault(
                FaultKind.RATE_LIMITED, 429, text, "rate_limit_error", "rate_limit_exceeded", retry_after=seconds
            )
        return Fault(
            FaultKind.OVERLOADED, 503, RESTING.format(seconds), "server_error", "channels_resting", retry_after=seconds
        )

    def answered(self, candidate: Candidate, began: float) -> None:
        """The first byte for the client is there; the rest may take minutes."""
        self.health.answered(place_of(candidate), candidate.target.model, began)

    def ended(self, candidate: Candidate, fault: Fault | None, began: float) -> None:
        """An attempt is over; once for each."""
        told = fault.retry_after if fault and judge(fault).blame is not Blame.NOBODY else None
        limited = fault is not None and fault.kind is FaultKind.RATE_LIMITED
        place, model = place_of(candidate), candidate.target.model
        self.health.report(place, model, outcome_of(fault), began, self.clock(), told, limited)

    def left(self, candidate: Candidate, began: float) -> None:
        """An attempt was given up before anybody knew how it would end."""
        self.health.report(place_of(candidate), candidate.target.model, Outcome.SILENT, began, self.clock())


def place_of(candidate: Candidate) -> Hashable:
    """With another key or address a channel is another place: what was learnt of the old one is void."""
    channel, target = candidate.channel, candidate.target
    return channel.id, target.key, target.base_url


def outcome_of(fault: Fault | None) -> Outcome:
    if fault is None:
        return Outcome.SERVED
    match judge(fault).blame:
        case Blame.NOBODY:
            return Outcome.SILENT
        case Blame.MODEL:
            return Outcome.FAILED
        case Blame.CHANNEL:
            return Outcome.LOCKED


async def short_rest(health: Health, candidates: tuple[Candidate, ...]) -> None:
    """Waits until one of them may be asked, if that will be soon; at once when one may be asked now."""
    end = time.monotonic() + SHORT
    while True:
        now = time.monotonic()
        wait = soonest(health, candidates, now)
        if wait <= 0 or now + wait > end:
            return
        await asyncio.sleep(wait)


def soonest(health: Health, candidates: tuple[Candidate, ...], now: float) -> float:
    """Seconds until the first of them may be asked, or is worth a look."""
    return min((look(health, one, now) for one in candidates), default=0.0)


def look(health: Health, candidate: Candidate, now: float) -> float:
    place, model = place_of(candidate), candidate.target.model
    if health.why(place, model, now) is Why.TRIAL:
        return LOOK
    return health.wait(place, model, now)
