"""PatientStream: how long the provider is waited for, and what a client that waits hears meanwhile.

By the bell of the connection, never by threads. Must not know formats, providers or the database, nor what follows.
"""

from __future__ import annotations

import math
from abc import abstractmethod

from mitmproxy.proxy import layer

from addon.attempts import Send
from addon.bell import Bell, bell_of, hang
from addon.canon.fault import Fault
from addon.canon.request import ChatRequest, CompletionRequest
from addon.departing import DepartingStream, Phase
from addon.exchange import Exchange
from addon.raw_pipe import RawPipe
from addon.waiting import Stage, Watch, after
from rules.patience import Patience

Commands = layer.CommandGenerator[None]


class PatientStream(DepartingStream):
    """`watch`: over the request under way. `shown`: when the client heard of us last, or began to wait."""

    watch: Watch | None = None
    patience = Patience()
    shown = 0.0

    @abstractmethod
    def give_up(self, fault: Fault) -> Commands:
        """The provider has had its time."""

    @property
    def exchange(self) -> Exchange:
        assert self.visit is not None
        assert self.visit.exchange is not None
        return self.visit.exchange

    def begin_watch(self, send: Send) -> Commands:
        """A connection is about to be asked for."""
        self.patience, now = self.exchange.patience_of(send), self.bell.clock()
        self.watch = Watch(self.patience, self.exchange.request.stream, now, now)
        yield from self.set_bell()

    def asked(self) -> Commands:
        """The request has been sent."""
        if self.watch is not None:
            self.watch.asked(self.bell.clock())
            yield from self.set_bell()

    def heard(self) -> Commands:
        """The provider has said something. Called for each piece of a reply: the bell is set for the first only."""
        if self.watch is not None:
            waited = self.watch.stage is not Stage.BODY
            self.watch.heard(self.bell.clock())
            if waited:
                yield from self.set_bell()

    def forget_upstream(self) -> None:
        super().forget_upstream()
        self.watch = None

    @property
    def bell(self) -> Bell:
        return bell_of(self.parent)

    def set_bell(self) -> Commands:
        """Asks to be called when it may be too long, or time for a comment."""
        at = min(self.watch.deadline if self.watch is not None else math.inf, self.comment_at)
        command = self.bell.set(self.stream_id, at)
        if command is not None:
            yield command
            hang(self.parent, self.bell, command)

    @property
    def comment_at(self) -> float:
        """When the client gets a comment if it hears nothing else. Only between
        events, and where we write them ourselves."""
        request = self.exchange.request
        commented = isinstance(request, ChatRequest | CompletionRequest) and request.stream
        if not commented or self.exchange.wrap is not None or isinstance(self.pipe, RawPipe):
            return math.inf
        return after(self.shown, self.patience.keep_alive)

    def on_due(self) -> Commands:
        assert self.visit is not None
        if self.phase is Phase.DONE or self.session is not None or self.client_left():
            return
        now = self.bell.clock()
        fault = self.watch.fault(now) if self.watch is not None else None
        if fault is not None:
            yield from self.give_up(fault)
        elif now >= self.comment_at:
            self.shown = now
            yield from self.keep_alive(self.visit)
        yield from self.set_bell()
