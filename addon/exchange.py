"""One claimed request from seen to settled: its states, its attempts, and what the ledger will be told.

    SEEN -> READY -> RUNNING -> COMMITTED -> CLOSED        a step back is a bug; CLOSED is reached from each live state

Must not know mitmproxy or the database. Times come from the caller's clock, in seconds.
The map from flow to visit lives here, in the imported package, so that reloading the addon file keeps it.
"""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from addon.admission import Caller
from addon.attempts import Answer, Broken, Failure, Outcome, Send, Served, Steps
from addon.canon.fault import Fault
from addon.canon.request import RealtimeRequest, Request
from addon.cooling import Cooling
from addon.meter import Meter
from addon.pipe import Pipe
from addon.raw_pipe import RawPipe
from addon.realtime import Session
from addon.routes import Route
from addon.verdict import judge
from rules.patience import TIMEOUTS, Patience
from rules.values import Hold, Price

logger = logging.getLogger(__name__)


class State(enum.Enum):
    READY = "ready"
    RUNNING = "running"
    COMMITTED = "committed"
    CLOSED = "closed"


GOOD = ("served", "streamed")
"""The outcomes of attempts that reached the client."""

MOVES: Mapping[State, frozenset[State]] = {
    State.READY: frozenset({State.RUNNING, State.CLOSED}),
    State.RUNNING: frozenset({State.RUNNING, State.COMMITTED, State.CLOSED}),
    State.COMMITTED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one attempt, for the log row. Times in milliseconds, the first since the exchange began.

    `outcome`: served, streamed, or the verdict; `fault`: the kind of its fault, "" if there is none.
    """

    number: int
    channel: int
    name: str
    model: str
    began_ms: int
    took_ms: int
    outcome: str
    reason: str = ""
    status: int = 0
    fault: str = ""


@dataclass(slots=True)
class Exchange:
    """A request that was admitted. The stream drives it: `step`, `pipe`, `advance`, `commit`; hooks close it once."""

    id: str
    caller: Caller
    request: Request
    steps: Steps
    prompt_estimate: int
    created_at: int
    began: float
    hold: Hold | None = None
    first_hold: int = 0
    growing: Future[Any] | None = None
    """The latest extension of the hold; while it is not done, nobody can settle."""
    clock: Callable[[], float] = time.monotonic
    patience: Patience = field(default_factory=Patience)
    state: State = State.READY
    step: Send | Answer | None = None
    live: Pipe | RawPipe | Session | None = None
    notes: list[Note] = field(default_factory=list)
    attempt_began: float = 0.0
    running: int = 0
    first_byte: float | None = None
    prices: Callable[[int, str], Price] | None = None
    """(channel type, model) -> the price of what other models have a part in."""
    wrap: Callable[[Answer], bytes] | None = None
    """What is said of the answer, in its place, to the operator who asked."""
    finish: Callable[[bytes], bytes] | None = None
    """What becomes of a whole reply's body before it leaves; it may block, and raise."""
    cooling: Cooling | None = None
    """Learns how each attempt ends; None where that says nothing of a model."""

    def move(self, to: State) -> None:
        if to not in MOVES[self.state]:
            raise AssertionError(f"exchange {self.id}: {self.state.value} -> {to.value} is no move")
        self.state = to

    def start(self) -> Send | Answer:
        """The first step. Builds the first request; sends nothing."""
        self.step = next(self.steps)
        self.attempt_began = self.clock()
        return self.step

    def run(self) -> None:
        """A request is about to be sent: the first of an attempt, or a further one."""
        self.move(State.RUNNING)
        if self.sending.number != self.running:
            self.running, self.attempt_began = self.sending.number, self.clock()

    def pipe(self, status: int, headers: Mapping[str, str]) -> Pipe | RawPipe | None:
        """The pipe for the head that came in, None if the reply must be read whole."""
        send = self.sending
        return send.translation.pipe(status, headers) if send.live and self.wrap is None else None

    @property
    def sending(self) -> Send:
        """The attempt under way."""
        if not isinstance(self.step, Send):
            raise AssertionError(f"exchange {self.id}: no attempt is under way")
        return self.step

    def patience_of(self, send: Send) -> Patience:
        """How long its channel is waited for."""
        channel = send.candidate.channel
        try:
            return self.patience.changed(channel.config.get(TIMEOUTS, ""))
        except ValueError as error:
            # Written by another program: the store takes no such thing.
            logger.warning("channel %s: its %s are not readable: %s", channel.id, TIMEOUTS, error)
            return self.patience

    def advance(self, outcome: Outcome) -> Send | Answer:
        """What follows from an attempt that gave no live stream."""
        send = self.sending
        step = self.steps.send(outcome)
        self.step = step
        if isinstance(step, Served):
            self.note(send, "served")
            self.mark_first_byte()
        elif not (isinstance(step, Send) and step.number == send.number):
            self.note_fault(send, step, outcome)
        return step

    def note_fault(self, send: Send, step: Send | Answer, outcome: Outcome) -> None:
        fault = outcome.fault if isinstance(outcome, Broken) else self.fault_of(send, step, outcome)
        self.note(send, str(judge(fault).verdict) if fault else "failed", fault)

    def fault_of(self, send: Send, step: Send | Answer, outcome: Outcome) -> Fault | None:
        if isinstance(step, Failure):
            return step.fault
        return send.translation.last_fault

    def note(self, send: Send, outcome: str, fault: Fault | None = None) -> None:
        now = self.clock()
        channel = send.candidate.channel
        self.notes.append(
            Note(
                number=send.number,
                channel=channel.id,
                name=channel.name,
                model=send.candidate.target.model,
                began_ms=round((self.attempt_began - self.began) * 1000),
                took_ms=round((now - self.attempt_began) * 1000),
                outcome=outcome,
                reason=f"{fault.kind}: {fault.message}" if fault else "",
                status=fault.status if fault else 200,
                fault=str(fault.kind) if fault else "",
            )
        )
        if self.cooling is None:
            return
        stopped = isinstance(self.live, Session) and self.live.stop is not None
        if stopped or (fault is None and outcome not in GOOD):  # we ended it, or nobody knows why it failed
            self.cooling.left(send.candidate, self.attempt_began)
        else:
            self.cooling.ended(send.candidate, fault, self.attempt_began)

    def mark_first_byte(self) -> None:
        if self.first_byte is None:
            self.first_byte = self.clock()

    def talk(self) -> Session:
        """What goes back and forth on the WebSocket that the attempt under way has opened."""
        send = self.sending
        assert isinstance(self.request, RealtimeRequest)
        return send.translation.session(self.request, self.caller.token.models)

    def commit(self, pipe: Pipe | RawPipe | Session) -> None:
        """The first translated byte is about to leave: nothing is retried from here on."""
        self.move(State.COMMITTED)
        self.live = pipe
        self.mark_first_byte()
        if self.cooling is not None:
            self.cooling.answered(self.sending.candidate, self.attempt_began)

    def close(self) -> bool:
        """True exactly once, for whoever settles."""
        if self.state is State.CLOSED:
            return False
        if isinstance(self.live, Session):
            self.live.end()
        if self.state is State.COMMITTED and self.live is not None:
            self.note(self.sending, "streamed", self.live.fault)
        elif isinstance(self.step, Send) and self.cooling is not None:
            self.cooling.left(self.step.candidate, self.attempt_began)
        self.move(State.CLOSED)
        self.steps.close()
        return True

    @property
    def served(self) -> tuple[Send, Meter] | None:
        """The attempt whose reply reached the client, and what the meter saw of it."""
        if isinstance(self.step, Served):
            return self.step.send, self.step.send.translation.meter
        if self.live is not None:
            return self.sending, self.sending.translation.meter
        return None


@dataclass(slots=True)
class Visit:
    """A claimed flow: everything that is ours, relayed or answered by ourselves.

    `peer` is the client's address, `host` the Host it used. `headers` and `target` (path and query) are as the client
    sent them: the flow shows them without credentials. `exchange` is None until the request is admitted. `unshown` is
    a reply that is sent in the place of the flow's: pages hold secrets that no view or dump may keep.
    """

    id: str
    route: Route
    peer: str
    host: str
    direct: bool
    began: float
    http_version: str = "HTTP/1.1"
    proxy_credential: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    target: str = ""
    exchange: Exchange | None = None
    unshown: Any = None
    facts: dict[str, Any] = field(default_factory=dict)


visits: WeakKeyDictionary[Any, Visit] = WeakKeyDictionary()
"""Flow -> visit. Weak: a flow that mitmproxy forgets takes its visit along."""
