"""What the bench's upstream answers, as prepared bytes: small documents, and streams of so many events.

Knows the two formats' shapes, no sockets. Texts are numbered (` word7`), so that a client sees their order.
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

EVENTS = 100
"""Events of a stream, the closing ones included."""

_TEXT = "A small reply, as most of them are."
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def openai_document() -> bytes:
    message = {"role": "assistant", "content": _TEXT}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "chatcmpl-bench", "object": "chat.completion", "created": 1, "model": "bench"}
    return _document({**head, "choices": [choice], "usage": _usage(EVENTS)})


def openai_stream(events: int = EVENTS) -> tuple[bytes, ...]:
    """Head, `events` events (numbered texts, the reason, usage, `[DONE]`), end of the body: one write each."""
    texts = [_openai_chunk([_choice({"content": f" word{number}"}, None)]) for number in range(events - 3)]
    usage = _event({**_CHUNK, "choices": [], "usage": _usage(events)})
    return (
        _STREAM_HEAD,
        *texts,
        _openai_chunk([_choice({}, "stop")]),
        usage,
        _chunk(b"data: [DONE]\n\n"),
        b"0\r\n\r\n",
    )


_CHUNK = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "bench"}


def _openai_chunk(choices: list[Json]) -> bytes:
    return _event({**_CHUNK, "choices": choices})


def _choice(delta: Json, reason: str | None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _usage(completion: int) -> Json:
    return {"prompt_tokens": 8, "completion_tokens": completion, "total_tokens": 8 + completion}


def anthropic_document() -> bytes:
    """https://docs.anthropic.com/en/api/messages"""
    content = [{"type": "text", "text": _TEXT}]
    usage = {"input_tokens": 8, "output_tokens": 9}
    return _document({**_MESSAGE, "content": content, "stop_reason": "end_turn", "usage": usage})


def anthropic_stream(events: int = EVENTS) -> tuple[bytes, ...]:
    """https://docs.anthropic.com/en/docs/build-with-claude/streaming; writes as in `openai_stream`."""
    message: Json = {**_MESSAGE, "content": [], "stop_reason": None, "usage": {"input_tokens": 8, "output_tokens": 1}}
    texts = [{"type": "text_delta", "text": f" word{number}"} for number in range(events - 5)]
    values: list[Json] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": text} for text in texts),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": events}},
        {"type": "message_stop"},
    ]
    return (_STREAM_HEAD, *(_event(value, str(value["type"])) for value in values), b"0\r\n\r\n")


_MESSAGE = {"id": "msg_bench", "type": "message", "role": "assistant", "model": "bench", "stop_sequence": None}


def _document(value: Json) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def _event(value: Json, name: str = "") -> bytes:
    line = f"event: {name}\n".encode() if name else b""
    return _chunk(line + b"data: " + json.dumps(value).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
