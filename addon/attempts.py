"""Candidates -> a generator of steps: send this; got that; try the next one; answer. Pure.

    step = next(steps)                 the first Send, or an Answer when no candidate can carry the request
    step = steps.send(outcome)         after each Send that was not answered by a live stream

`Send` says what to send; the driver answers with a `Reply` (whole) or a `Broken` (no reply, a cut one, or a stream
that failed before its first translated byte). A stream that produces is the driver's: the generator is then closed.
Must not know mitmproxy, clocks or the ledger.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from addon.canon.fault import Fault
from addon.canon.outbound import Outbound
from addon.canon.request import CannotCarry, Request
from addon.plan import Candidate
from addon.translation import Reply, Translated, Translation
from addon.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Send:
    """`number` counts the attempts of this exchange from 1."""

    number: int
    candidate: Candidate
    outbound: Outbound
    translation: Translation


@dataclass(frozen=True, slots=True)
class Broken:
    fault: Fault


@dataclass(frozen=True, slots=True)
class Served:
    """A provider answered as a whole: what the client gets."""

    send: Send
    translated: Translated


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing worked: the fault that the client is told. `param` is set when the request could not be carried."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Uncarried:
    """No candidate can express the request; nothing was sent."""

    reason: CannotCarry


Outcome = Reply | Broken
Answer = Served | Failure | Uncarried
Steps = Generator[Send | Answer, Outcome, None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What all attempts of an exchange share: at most `retries` after the first; `now` in Unix seconds; tokens."""

    retries: int
    id: str
    now: int
    prompt_estimate: int


def attempts(request: Request, candidates: tuple[Candidate, ...], terms: Terms) -> Steps:
    """No candidate twice. The first step of an exchange that nobody can carry is `Uncarried`."""
    fault: Fault | None = None
    refused: list[CannotCarry] = []
    for number, (candidate, outbound) in enumerate(buildable(request, candidates, refused), 1):
        send = Send(
            number, candidate, outbound, Translation(request, candidate, terms.id, terms.now, terms.prompt_estimate)
        )
        outcome = yield send
        result = outcome.fault if isinstance(outcome, Broken) else send.translation.whole(outcome)
        if isinstance(result, Translated):
            yield Served(send, result)
            return
        fault = result
        if judge(fault) is Verdict.GIVE_UP or number > terms.retries:
            break
    yield Failure(fault) if fault else Uncarried(refused[0])


def buildable(
    request: Request, candidates: tuple[Candidate, ...], refused: list[CannotCarry]
) -> Iterator[tuple[Candidate, Outbound]]:
    """The candidates whose dialect can carry the request; why the others cannot goes to `refused`."""
    for candidate in candidates:
        try:
            outbound = candidate.codec.build(request, candidate.target)
        except CannotCarry as reason:
            refused.append(reason)
            continue
        yield candidate, outbound
