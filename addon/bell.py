"""Bell: one wake-up for all streams of a client's connection.

mitmproxy's wake-ups cannot be cancelled, and each keeps the stream that asked for it, with its flow and its bodies
(MITMPROXY.md, T9). So the bell asks for them: no further one while an earlier one is on its way. It knows streams by
their ids; one that is gone is not called any more. Must not know what streams wait for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http import HttpLayer, ReceiveHttp
from mitmproxy.proxy.layers.http._base import HttpEvent

LONGEST = 240.0
"""Seconds until it rings if nobody is due: mitmproxy closes a connection on which nothing happens for 600 (M15)."""


class Due(HttpEvent):
    """The time has come that this stream had asked for, or it may have."""


class Bell:
    """In the place of a layer, as far as its parent is concerned: wake-ups come to it. `living`: ids of streams."""

    def __init__(self, living: Collection[int], clock: Callable[[], float] = time.monotonic) -> None:
        self.living = living
        self.clock = clock
        self.due: dict[int, float] = {}
        self.coming: dict[commands.RequestWakeup, float] = {}

    def set(self, stream_id: int, at: float) -> commands.RequestWakeup | None:
        """Calls the stream at this time, instead of any it had set before. What to yield for it, if anything."""
        self.due[stream_id] = at
        return self.arm(at)

    def arm(self, at: float) -> commands.RequestWakeup | None:
        now = self.clock()
        at = min(at, now + LONGEST)
        if min(self.coming.values(), default=math.inf) <= at:
            return None
        command = commands.RequestWakeup(max(0.0, at - now))
        self.coming[command] = at
        return command

    def handle_event(self, event: events.Event) -> Iterator[commands.Command]:
        """Rings. An event that comes early, by a clock that is a little off, is on time."""
        assert isinstance(event, events.Wakeup)
        now = max(self.clock(), self.coming.pop(event.command))
        self.due = {stream_id: at for stream_id, at in self.due.items() if stream_id in self.living}
        for stream_id in [one for one, at in self.due.items() if at <= now]:
            del self.due[stream_id]
            yield ReceiveHttp(Due(stream_id))
        command = self.arm(min(self.due.values())) if self.due else None
        if command is not None:
            yield command


def bell_of(parent: HttpLayer) -> Bell:
    """The bell of this client's connection. It hangs on the layer, and goes with it."""
    found: Bell | None = parent.__dict__.get("bell")
    if found is None:
        found = parent.__dict__["bell"] = Bell(parent.streams)
    return found


def hang(parent: Any, bell: Bell, command: commands.RequestWakeup) -> None:
    """The answer to this command, which a stream has yielded, is the bell's."""
    parent.command_sources[command] = bell
