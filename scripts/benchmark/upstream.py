"""An upstream that is never the bottleneck: prepared bytes over a bare asyncio protocol. Run as a process of its own.

Prints its port when it listens. A request for `/v1/messages` is Anthropic's, any other OpenAI's; one that names the
slow model gets its events one by one, at the pace of the command line. Knows HTTP/1.1 framing, not who asks.
"""

from __future__ import annotations

import argparse
import asyncio

from scripts.benchmark.replies import EVENTS, anthropic_document, anthropic_stream, openai_document, openai_stream

SLOW_MODEL = "bench-slow"
DOCUMENTS = {False: openai_document(), True: anthropic_document()}
STREAMS = {False: openai_stream(), True: anthropic_stream()}


class Upstream(asyncio.Protocol):
    """`slow`: a stream's writes for the slow model; `pause`: seconds between two of them."""

    def __init__(self, slow: tuple[bytes, ...], pause: float) -> None:
        self._slow, self._pause = slow, pause
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, length = self._buffer[:end], _content_length(self._buffer[:end])
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        assert self._transport
        loop = asyncio.get_running_loop()
        anthropic = b"/v1/messages " in head.split(b"\r\n", 1)[0]
        if b'"stream":true' not in body.replace(b" ", b""):
            self._transport.write(DOCUMENTS[anthropic])
        elif b'"%s"' % SLOW_MODEL.encode() in body:
            self._next_slow(0, loop.time())
        else:
            loop.call_soon(self._next_piece, STREAMS[anthropic], 0)

    def _next_piece(self, stream: tuple[bytes, ...], number: int) -> None:
        """One event per turn of the loop, so that parallel streams interleave as real ones do."""
        assert self._transport
        if self._transport.is_closing():
            return
        self._transport.write(stream[number])
        if number + 1 < len(stream):
            asyncio.get_running_loop().call_soon(self._next_piece, stream, number + 1)

    def _next_slow(self, number: int, started: float) -> None:
        """By the clock, not by the last write: a late one does not delay the rest."""
        assert self._transport
        if self._transport.is_closing():
            return
        self._transport.write(self._slow[number])
        if number + 1 < len(self._slow):
            loop = asyncio.get_running_loop()
            loop.call_at(started + (number + 1) * self._pause, self._next_slow, number + 1, started)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow-events", type=int, default=EVENTS)
    parser.add_argument("--pause", type=float, default=0.2)
    chosen = parser.parse_args()
    slow = openai_stream(chosen.slow_events)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(slow, chosen.pause), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
