"""The load: a fixed number of kept-alive connections, each asking again as soon as it is answered. Raw asyncio.

Run as a process of its own, so that it shares no core with whom it measures more than it must. Knows HTTP/1.1 framing,
nothing of the gateway.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """What a round saw. `waits` are seconds from the request's last byte to the reply's last; `errors` are non-200s."""

    waits: list[float] = field(default_factory=list)
    errors: int = 0
    events: int = 0
    sample: str = ""


class Client(asyncio.Protocol):
    def __init__(self, request: bytes, counts: Counts, until: float, done: asyncio.Future[None]) -> None:
        self._request, self._counts, self._until, self._done = request, counts, until, done
        self._buffer = bytearray()
        self._started = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        assert self._transport
        self._buffer.clear()
        self._started = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not _whole(self._buffer):
            return
        now = time.perf_counter()
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self._counts.waits.append(now - self._started)
            self._counts.events = self._buffer.count(b"data: ")
        else:
            self._counts.errors += 1
            self._counts.sample = self._counts.sample or self._buffer[:600].decode("utf-8", "replace")
        if now < self._until:
            self._ask()
        elif self._transport:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < self._until:
            self._counts.errors += 1
            self._counts.sample = self._counts.sample or f"connection lost: {exc}"
        if not self._done.done():
            self._done.set_result(None)


def _whole(buffer: bytearray) -> bool:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        return buffer.endswith(b"0\r\n\r\n")
    return len(buffer) >= end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


async def run(port: int, request: bytes, connections: int, seconds: float) -> Counts:
    loop = asyncio.get_running_loop()
    counts, until = Counts(), time.perf_counter() + seconds
    finished = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        finished.append(done)
        await loop.create_connection(lambda done=done: Client(request, counts, until, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait_for(asyncio.gather(*finished), seconds + 30)
    return counts


def main() -> None:
    asked = json.load(sys.stdin)
    started = time.perf_counter()
    counts = asyncio.run(run(asked["port"], asked["request"].encode(), asked["connections"], asked["seconds"]))
    elapsed = time.perf_counter() - started
    waits = sorted(counts.waits) or [0.0]
    facts = {
        "per_second": len(counts.waits) / elapsed,
        "requests": len(counts.waits),
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
        "errors": counts.errors,
        "events": counts.events,
        "sample": counts.sample,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
