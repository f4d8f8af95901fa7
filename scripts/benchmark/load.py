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

FOREVER = sys.maxsize


@dataclass(slots=True)
class Counts:
    """What a round saw. `waits` are seconds from the request's last byte to the reply's last; `errors` are non-200s.

    `left`: requests that may still be asked.
    """

    left: int = FOREVER
    waits: list[float] = field(default_factory=list)
    errors: int = 0
    events: int = 0
    sample: str = ""


class Client(asyncio.Protocol):
    def __init__(self, request: bytes, counts: Counts, until: float, done: asyncio.Future[None]) -> None:
        self._request, self._counts, self._until, self._done = request, counts, until, done
        self._buffer = bytearray()
        self._started = 0.0
        self._closing = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        assert self._transport
        if time.perf_counter() >= self._until or self._counts.left <= 0:
            self._closing = True
            self._transport.close()
            return
        self._counts.left -= 1
        self._buffer.clear()
        self._started = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not whole(self._buffer):
            return
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self._counts.waits.append(time.perf_counter() - self._started)
            self._counts.events = self._buffer.count(b"data: ")
        else:
            self._counts.errors += 1
            self._counts.sample = self._counts.sample or self._buffer[:600].decode("utf-8", "replace")
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            self._counts.errors += 1
            self._counts.sample = self._counts.sample or f"connection lost: {exc}"
        if not self._done.done():
            self._done.set_result(None)


def whole(buffer: bytearray) -> bool:
    """Whether a reply has come to its end, by its length or its last chunk."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(buffer[:end]).lower()
    at = head.find(b"content-length:")
    if at < 0:
        return buffer.endswith(b"\r\n0\r\n\r\n")
    return len(buffer) >= end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


async def run(port: int, request: bytes, connections: int, seconds: float, requests: int = FOREVER) -> Counts:
    """Asks for `seconds`, or until `requests` have been asked."""
    loop = asyncio.get_running_loop()
    counts, until = Counts(requests), time.perf_counter() + seconds
    finished = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        finished.append(done)
        await loop.create_connection(lambda done=done: Client(request, counts, until, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait_for(asyncio.gather(*finished), seconds + 30)
    return counts


def main() -> None:
    asked = json.load(sys.stdin)
    asked["request"] = asked["request"].encode()
    started = time.perf_counter()
    counts = asyncio.run(run(**asked))
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
