"""Candidates -> a generator of steps: send this; got that; try the next one; answer. Pure.

    step = next(steps)                 the first Send, or an Answer when no candidate can carry the request
    step = steps.send(outcome)         after each Send that was not answered by a live stream

`Send` says what to send; the driver answers with a `Reply` (whole) or a `Broken` (no reply, a cut one, or a stream
that failed before its first translated byte). A stream that produces is the driver's: the generator is then closed.
One attempt may take several requests: a token that is minted first, a task that is polled.
Must not know mitmproxy, clocks or the ledger.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Generator, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from addon.canon.codec import BadKey, Codec, FollowUp, Mint
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, Request
from addon.picture_limits import check_picture
from addon.plan import Candidate
from addon.translation import Reply, Translated, Translation
from addon.verdict import Verdict, judge
from addon.wire.encoding import unpack

logger = logging.getLogger(__name__)

Tokens = MutableMapping[str, tuple[str, float]]
"""Minted tokens of this process: key -> (token, Unix time at which it ends)."""

FILES = ("image/", "audio/", "video/", "application/octet-stream")
"""Content types of what is no document."""

TEXTS = ("text/html", "application/json", "application/xml", "text/xml")
"""Content types of what a server says instead of a file. (`text/plain` is said of files as well.)"""

PATIENCE = 3
"""How often in a row a task may leave a question unanswered."""
PAUSE = 1.0
"""Seconds before it is asked again, at least."""
TOO_MANY, SERVER_ERRORS = 429, 500

EARLY = 60.0
"""Seconds before its end from which a minted token is not used any more."""


@dataclass(frozen=True, slots=True)
class Send:
    """`number` counts the attempts of this exchange from 1; several requests of one attempt share it.

    `delay`: seconds to wait before. `live`: the reply may be a stream for the client.
    """

    number: int
    candidate: Candidate
    outbound: Outbound
    translation: Translation
    delay: float = 0.0
    live: bool = True


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
    """Nothing worked: the fault that the client is told. `more`: there are channels that were not asked."""

    fault: Fault
    more: bool = False


@dataclass(frozen=True, slots=True)
class Uncarried:
    """No candidate can express the request; nothing was sent."""

    reason: CannotCarry


Outcome = Reply | Broken
Answer = Served | Failure | Uncarried
Steps = Generator[Send | Answer, Outcome, None]
Attempt = Generator[Send, Outcome, Translated | Fault]


class Gate(Protocol):
    """Who may be asked now; `Cooling` is the real one."""

    def admits(self, candidate: Candidate) -> bool:
        """Asked right before an attempt begins, and an attempt begins if it says so."""

    def resting(self) -> Fault | None:
        """What the client is told when nobody was asked; None if nobody was kept out."""


class OpenGate:
    """Lets everybody in."""

    def admits(self, candidate: Candidate) -> bool:
        return True

    def resting(self) -> Fault | None:
        return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What all attempts of an exchange share: at most `retries` after the first; `now` in Unix seconds; tokens."""

    retries: int
    id: str
    now: int
    prompt_estimate: int
    minted: Tokens = field(default_factory=dict)
    gate: Gate = field(default_factory=OpenGate)


def attempts(request: Request, candidates: tuple[Candidate, ...], terms: Terms) -> Steps:
    """No candidate twice. The first step of an exchange that nobody can carry is `Uncarried`."""
    fault: Fault | None = None
    refused: list[CannotCarry | BadKey] = []
    more = False
    able = ((one, outbound) for one, outbound in buildable(request, candidates, refused) if terms.gate.admits(one))
    for number, (candidate, outbound) in enumerate(able, 1):
        translation = Translation(request, candidate, terms.id, terms.now, terms.prompt_estimate)
        send = Send(number, candidate, outbound, translation)
        result = yield from attempt(request, send, terms)
        if isinstance(result, Translated):
            yield Served(send, result)
            return
        fault = translation.last_fault = result
        if judge(fault).verdict is Verdict.GIVE_UP or number > terms.retries:
            more = candidate is not candidates[-1]
            break
    resting = terms.gate.resting()
    if fault is None:
        yield Failure(resting, more=True) if resting else unsent(refused)
    else:
        yield Failure(fault, more or resting is not None)


def unsent(refused: list[CannotCarry | BadKey]) -> Answer:
    """The answer where nobody can be asked. With a better key it might have been done: not the client's mistake."""
    for reason in refused:
        if isinstance(reason, BadKey):
            return Failure(bad_key(reason))
    return Uncarried(next(reason for reason in refused if isinstance(reason, CannotCarry)))


def bad_key(reason: BadKey) -> Fault:
    return Fault(FaultKind.BAD_KEY, 401, str(reason), code="invalid_api_key")


def buildable(
    request: Request, candidates: tuple[Candidate, ...], refused: list[CannotCarry | BadKey]
) -> Iterator[tuple[Candidate, Outbound]]:
    """The candidates whose dialect can build the request; why the others cannot goes to `refused`."""
    for candidate in candidates:
        try:
            check_picture(request, candidate.target.model)
            outbound = candidate.codec.build(request, candidate.target)
        except (CannotCarry, BadKey) as reason:
            refused.append(reason)
            continue
        yield candidate, outbound


def attempt(request: Request, send: Send, terms: Terms) -> Attempt:
    """All requests of one attempt, to its end."""
    candidate = send.candidate
    try:
        mint = candidate.dialect.mint(candidate.target) if candidate.dialect.mint else None
    except BadKey as reason:
        return bad_key(reason)
    if mint is None:
        return (yield from exchange_of(request, send, candidate.target))
    while True:
        known = terms.minted.get(mint.key)
        result = yield from with_token(mint, request, send, terms)
        if not (isinstance(result, Fault) and result.kind is FaultKind.BAD_KEY):
            return result
        # A token can be withdrawn before its end: once more, with a new one.
        used = terms.minted.pop(mint.key, None)
        if used is None or used is not known:
            return result


def with_token(mint: Mint, request: Request, send: Send, terms: Terms) -> Attempt:
    """The requests of an attempt that needs a token."""
    token = yield from minted(mint, send, terms)
    if isinstance(token, Fault):
        return token
    target = replace(send.candidate.target, minted=token)
    outbound = send.candidate.codec.build(request, target)
    return (yield from exchange_of(request, replace(send, outbound=outbound), target))


def minted(mint: Mint, send: Send, terms: Terms) -> Generator[Send, Outcome, str | Fault]:
    """The token, from the cache or fetched."""
    known = terms.minted.get(mint.key)
    if known is not None and known[1] - EARLY > terms.now:
        return known[0]
    outcome = yield replace(send, outbound=mint.outbound, live=False)
    if isinstance(outcome, Broken):
        return outcome.fault
    if not 200 <= outcome.status < 300:
        return send.candidate.dialect.read_error(outcome.status, outcome.headers, outcome.body)
    try:
        token, seconds = mint.read(outcome.body)
    except (ValueError, LookupError, TypeError):
        # A refusal can come with a good status, and its form is the provider's own.
        return Fault(
            FaultKind.BAD_KEY, 401, "The provider gave no access token for this channel's key.", code="invalid_api_key"
        )
    terms.minted[mint.key] = (token, terms.now + seconds)
    return token


def exchange_of(request: Request, send: Send, target: Target) -> Attempt:
    """The request and what follows from its reply, until there is one to read."""
    codec = send.candidate.codec
    bodies: list[bytes] = []
    asked: FollowUp | None = None
    last: Reply | None = None
    gathers, unanswered = codec.gathers, 0
    while True:
        outcome = yield send
        if codec.follow_up is not None and isinstance(outcome, Reply):
            outcome = unpacked(outcome)
        if asked is not None and asked.binary and last is not None:
            bodies.append(file_text(send, outcome))
            asked, gathers = asked.then, True
        elif asked is not None and unanswered < PATIENCE and bears_repeating(asked, outcome):
            unanswered += 1
            send = replace(send, delay=max(asked.delay, PAUSE))
            continue
        elif isinstance(outcome, Broken) or codec.follow_up is None or not 200 <= outcome.status < 300:
            return kept(send, last, bodies) or (
                outcome.fault if isinstance(outcome, Broken) else send.translation.whole(outcome)
            )
        else:
            last, unanswered = outcome, 0
            bodies.append(as_text(outcome) if is_file(outcome) else outcome.body)
            known = asked.then if asked is not None else None
            told = together(bodies) if codec.remembers else outcome.body
            asked = known or next_of(codec, request, target, told, len(bodies))
        if asked is None:
            body = together(bodies) if gathers else last.body
            return send.translation.whole(replace(last, body=body))
        send = replace(send, outbound=asked.outbound, delay=asked.delay, live=asked.live)


def bears_repeating(asked: FollowUp, outcome: Outcome) -> bool:
    """A question about a task that was not answered: the task goes on, and a new one would be paid for again."""
    if asked.live or asked.outbound.method != "GET":
        return False
    return isinstance(outcome, Broken) or outcome.status == TOO_MANY or outcome.status >= SERVER_ERRORS


def kept(send: Send, last: Reply | None, bodies: list[bytes]) -> Translated | None:
    """What earlier replies of a failed attempt gave, where that is an answer. It has been paid for."""
    if last is None or not send.candidate.codec.keeps:
        return None
    result = send.translation.whole(replace(last, body=together(bodies)))
    return result if isinstance(result, Translated) else None


def next_of(codec: Codec, request: Request, target: Target, body: bytes, count: int) -> FollowUp | None:
    """What follows from the latest reply."""
    assert codec.follow_up is not None
    try:
        return codec.follow_up(request, target, body, count)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Not the format of a task: the reader says what it is.
        return None


def together(bodies: list[bytes]) -> bytes:
    """All replies of an attempt as one JSON array."""
    return b"[" + b",".join(bodies) + b"]"


def unpacked(reply: Reply) -> Reply:
    """The reply without its content-encoding, where that can be undone; else its reader tells what is wrong."""
    encoding = reply.headers.get("content-encoding", "")
    if not encoding:
        return reply
    try:
        body = unpack(encoding, reply.body)
    except ValueError:
        return reply
    return replace(reply, headers={**reply.headers, "content-encoding": ""}, body=body)


def file_text(send: Send, outcome: Outcome) -> bytes:
    """What was fetched, as JSON. What was not leaves a line in the log: the client gets its URL instead."""
    text = as_text(outcome)
    if text == b"null":
        why = outcome.fault.message if isinstance(outcome, Broken) else f"status {outcome.status}"
        logger.info("channel %s: a file of its reply was not given: %s", send.candidate.channel.id, why)
    return text


def is_file(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").startswith(FILES)


def as_text(outcome: Outcome) -> bytes:
    """A file as JSON: base64, or null where it was not given. A page in its place is none."""
    if isinstance(outcome, Broken) or not 200 <= outcome.status < 300 or not outcome.body:
        return b"null"
    if outcome.headers.get("content-type", "").startswith(TEXTS):
        return b"null"
    return b'"%s"' % base64.b64encode(outcome.body)
