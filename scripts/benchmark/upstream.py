"""An upstream that is never the bottleneck: prepared bytes over a bare asyncio protocol. Run as a process of its own.

Knows two replies, a small JSON document and a stream of 100 events, one write each; prints its port when it listens.
"""

from __future__ import annotations

import asyncio
import json

EVENTS = 100


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(value: object) -> bytes:
    return _chunk(b"data: " + json.dumps(value).encode() + b"\n\n")


def _delta(number: int) -> bytes:
    choice = {"index": 0, "delta": {"content": f" word{number}"}, "finish_reason": None}
    return _event({**_HEAD, "choices": [choice]})


_HEAD = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "bench"}
USAGE = {"prompt_tokens": 8, "completion_tokens": EVENTS, "total_tokens": 8 + EVENTS}
_MESSAGE = {"role": "assistant", "content": "A small reply, as most of them are."}
_BODY = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "bench",
        "choices": [{"index": 0, "message": _MESSAGE, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()
DOCUMENT = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    *map(_delta, range(EVENTS - 2)),
    _event({**_HEAD, "choices": [], "usage": USAGE}),
    _chunk(b"data: [DONE]\n\n"),
    b"0\r\n\r\n",
)


class Upstream(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _content_length(self._buffer[:end])
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(b'"stream":true' in body.replace(b" ", b""))

    def _answer(self, streamed: bool) -> None:
        assert self._transport
        if not streamed:
            self._transport.write(DOCUMENT)
            return
        asyncio.get_running_loop().call_soon(self._next_piece, 0)

    def _next_piece(self, number: int) -> None:
        """One event per turn of the loop, so that parallel streams interleave as real ones do."""
        assert self._transport
        if self._transport.is_closing():
            return
        self._transport.write(STREAM[number])
        if number + 1 < len(STREAM):
            asyncio.get_running_loop().call_soon(self._next_piece, number + 1)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
