"""Many slow streams at once, each looked at event by event: is one missing, is the order right, how long was it silent?

Run as a process of its own. Knows HTTP/1.1 framing and the numbers that the bench's upstream puts into its events.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass

NUMBER = re.compile(rb" word(\d+)\b")
PATIENCE = 60.0
"""Seconds without a byte after which a stream is given up."""


@dataclass(slots=True)
class Seen:
    """All streams together. `gap` and `first` are the longest, in seconds; `whole` ones had every event and an end."""

    whole: int = 0
    events: int = 0
    lost: int = 0
    reordered: int = 0
    gap: float = 0.0
    first: float = 0.0
    errors: int = 0
    sample: str = ""


@dataclass(slots=True)
class Watched:
    """One stream: the number that comes next, and when the last one came."""

    seen: Seen
    expected: int
    asked: float
    next: int = 0
    last: float = 0.0
    done: bool = False
    in_order: bool = True
    rest: bytes = b""

    def take(self, data: bytes, now: float) -> None:
        *events, self.rest = (self.rest + data).split(b"\n\n")
        for event in events:
            self.done = self.done or event.endswith(b"data: [DONE]")
            if found := NUMBER.search(event):
                self._note(int(found[1]), now)

    def _note(self, number: int, now: float) -> None:
        if self.last:
            self.seen.gap = max(self.seen.gap, now - self.last)
        else:
            self.seen.first = max(self.seen.first, now - self.asked)
        self.last = now
        self.seen.events += 1
        self.in_order = self.in_order and number == self.next
        self.seen.reordered += number < self.next
        self.seen.lost += max(0, number - self.next)
        self.next = max(self.next, number + 1)

    def end(self) -> None:
        self.seen.lost += self.expected - self.next
        self.seen.whole += self.done and self.in_order and self.next == self.expected


async def watch(port: int, request: bytes, seen: Seen, expected: int, delay: float) -> None:
    await asyncio.sleep(delay)
    watched = Watched(seen, expected, time.perf_counter())
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await _read(reader, watched)
        writer.close()
    except (OSError, ValueError, EOFError, TimeoutError) as error:
        seen.errors += 1
        seen.sample = seen.sample or f"{type(error).__name__}: {error}"
    watched.end()


async def _read(reader: asyncio.StreamReader, watched: Watched) -> None:
    """The chunks of the body; raises what the connection, or a reply that is no stream, brings."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head.decode("utf-8", "replace")[:300])
    while size := int(await asyncio.wait_for(reader.readline(), PATIENCE), 16):
        data = await asyncio.wait_for(reader.readexactly(size + 2), PATIENCE)
        watched.take(data[:-2], time.perf_counter())


async def run(port: int, request: bytes, streams: int, expected: int, ramp: float) -> Seen:
    """`streams` of them, begun evenly within `ramp` seconds; each should bring `expected` numbered events."""
    seen = Seen()
    starts = (ramp * number / streams for number in range(streams))
    await asyncio.gather(*(watch(port, request, seen, expected, delay) for delay in starts))
    return seen


def main() -> None:
    asked = json.load(sys.stdin)
    asked["request"] = asked["request"].encode()
    seen = asyncio.run(run(**asked))
    print(json.dumps({name: getattr(seen, name) for name in Seen.__slots__}))


if __name__ == "__main__":
    main()
