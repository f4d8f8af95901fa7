"""Requests, ids and a rich reply for the tests of this folder."""

from __future__ import annotations

import json
from typing import Any

from addon.canon.events import (
    Ended,
    Event,
    Finished,
    Logprobs,
    Opaque,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest
from addon.face.stream_encoder import DONE, Ids

IDS = Ids("chatcmpl-1", 1700000000, "m")


def chat(include_usage: bool = False, **body: Any) -> ChatRequest:
    return ChatRequest(body=body, raw=b"", model="m", messages=(), stream=True, include_usage=include_usage)


def completion(include_usage: bool = False) -> CompletionRequest:
    return CompletionRequest(body={}, raw=b"", model="m", prompts=("p",), stream=True, include_usage=include_usage)


def embedding(encoding_format: Any = "float") -> EmbeddingRequest:
    return EmbeddingRequest(body={}, raw=b"", model="m", inputs=("x",), encoding_format=encoding_format)


def documents(chunks: list[bytes]) -> list[Any]:
    return [json.loads(chunk.removeprefix(b"data: ")) for chunk in chunks if chunk != DONE]


TOKEN = {"token": "Hel", "bytes": [72, 101, 108], "logprob": -0.5, "top_logprobs": []}

RICH: list[Event] = [
    Started("chatcmpl-theirs", "their-model", 1700000001),
    ReasoningDelta("hm"),
    Opaque({"type": "thinking", "signature": "s"}),
    TextDelta("Hel"),
    Logprobs({"content": [TOKEN], "refusal": None}),
    TextDelta("lo 😀"),
    ToolCallStarted(0, "call_a", "f"),
    ToolArguments(0, '{"x":'),
    ToolCallStarted(1, "", "g", extra={"google": {"thought_signature": "t"}}),
    ToolArguments(0, "1}"),
    ToolArguments(1, "{}"),
    RefusalDelta("no", 1),
    Finished("tool_calls"),
    Finished("stop", 1),
    UsageReported(Usage(prompt=9, completion=5, reasoning=2)),
    Ended(),
]
