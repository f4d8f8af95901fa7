"""The built-in replies of Anthropic's Messages API. Knows no sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scripts.fake_provider.answer import Answer, document, sse, stream
from scripts.fake_provider.asked import Asked, Said


def answer(asked: Asked, said: Said) -> Answer:
    if asked.stream:
        return stream(_events(asked, said))
    return document(
        {
            **_opening(asked),
            "content": _blocks(said),
            "stop_reason": _stop(said),
            "usage": {"input_tokens": said.prompt_tokens, "output_tokens": said.completion_tokens},
        }
    )


def error(asked: Asked, status: int, message: str) -> dict[str, Any]:
    kinds = {
        400: "invalid_request_error",
        401: "authentication_error",
        429: "rate_limit_error",
        529: "overloaded_error",
    }
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}


def _opening(asked: Asked) -> dict[str, Any]:
    return {"id": "msg_fake", "type": "message", "role": "assistant", "model": asked.model, "stop_sequence": None}


def _stop(said: Said) -> str:
    return "tool_use" if said.tool else "end_turn"


def _blocks(said: Said) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if said.reasoning:
        blocks.append({"type": "thinking", "thinking": "".join(said.reasoning), "signature": "ZmFrZQ=="})
    if said.tokens:
        blocks.append({"type": "text", "text": said.text})
    if said.tool:
        blocks.append({"type": "tool_use", "id": "toolu_fake_1", "name": said.tool, "input": _arguments(said)})
    return blocks


def _arguments(said: Said) -> Any:
    return json.loads("".join(said.arguments))


def _events(asked: Asked, said: Said) -> Iterator[bytes]:
    usage = {"input_tokens": said.prompt_tokens, "output_tokens": 1}
    message = {**_opening(asked), "content": [], "stop_reason": None, "usage": usage}
    yield _event({"type": "message_start", "message": message})
    yield _event({"type": "ping"})
    for index, (opening, deltas) in enumerate(_streamed_blocks(said)):
        yield _event({"type": "content_block_start", "index": index, "content_block": opening})
        for delta in deltas:
            yield _event({"type": "content_block_delta", "index": index, "delta": delta})
        yield _event({"type": "content_block_stop", "index": index})
    end = {"stop_reason": _stop(said), "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": said.completion_tokens}})
    yield _event({"type": "message_stop"})


def _streamed_blocks(said: Said) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    if said.reasoning:
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in said.reasoning]
        signed = {"type": "signature_delta", "signature": "ZmFrZQ=="}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signed]
    if said.tokens:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in said.tokens]
    if said.tool:
        opening = {"type": "tool_use", "id": "toolu_fake_1", "name": said.tool, "input": {}}
        yield opening, [{"type": "input_json_delta", "partial_json": piece} for piece in said.arguments]


def _event(value: dict[str, Any]) -> bytes:
    return sse(value, event=value["type"])
