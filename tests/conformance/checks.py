"""What a client must have got for a capability to work. Knows the constants, no provider and no gateway."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.conformance import capabilities as said
from tests.conformance.client import Seen

Message = dict[str, Any]


def sound(seen: Seen) -> None:
    """The client neither raised nor found fault with what it read."""
    assert not seen.raised, f"{seen.raised}: {seen.message}"
    assert seen.invalid == []


def message(seen: Seen, streamed: bool) -> Message:
    """The one choice's message, out of a document or put together from a stream, with its `finish_reason`."""
    sound(seen)
    if not streamed:
        assert seen.document is not None
        [choice] = seen.document["choices"]
        return {**choice["message"], "finish_reason": choice["finish_reason"]}
    return folded([choice for chunk in seen.chunks for choice in chunk.get("choices", [])])


def folded(choices: list[dict[str, Any]]) -> Message:
    """Exactly one finish reason, and after it nothing."""
    reasons = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    assert len(reasons) == 1, reasons
    assert choices[-1].get("finish_reason")
    deltas = [choice.get("delta") or {} for choice in choices]
    found: Message = {
        "content": "".join(delta.get("content") or "" for delta in deltas),
        "reasoning_content": "".join(delta.get("reasoning_content") or "" for delta in deltas),
        "finish_reason": reasons[0],
    }
    calls: dict[int, dict[str, Any]] = {}
    for part in (part for delta in deltas for part in delta.get("tool_calls") or []):
        call = calls.setdefault(part["index"], {"id": "", "function": {"name": "", "arguments": ""}})
        call["id"] = call["id"] or part.get("id") or ""
        for name in ("name", "arguments"):
            call["function"][name] += (part.get("function") or {}).get(name) or ""
    return {**found, "tool_calls": [calls[index] for index in sorted(calls)]} if calls else found


def check(capability: str, seen: Seen, streamed: bool) -> None:
    match capability:
        case "text" | "stream" | "vision":
            text(message(seen, streamed))
        case "tools":
            tools(message(seen, streamed), ["Paris"])
        case "parallel_tools":
            tools(message(seen, streamed), ["Paris", "Oslo"])
        case "json":
            assert json.loads(message(seen, streamed)["content"]) == said.FOUND
        case "reasoning":
            found = message(seen, streamed)
            text(found)
            assert found.get("reasoning_content") == said.REASONING
        case "usage":
            usage(seen, streamed)
        case "embeddings":
            embeddings(seen)
        case "images":
            images(seen)
        case "speech":
            sound(seen)
            assert said.SOUND in base64.b64decode(seen.data)
        case "transcriptions":
            sound(seen)
            assert seen.document is not None
            assert seen.document["text"] == said.TEXT
        case _:
            raise ValueError(f"nothing is known about {capability}")


def text(found: Message) -> None:
    assert found["content"] == said.TEXT
    assert found["finish_reason"] == "stop"


def tools(found: Message, cities: list[str]) -> None:
    calls = found["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["get_weather"] * len(cities)
    assert [json.loads(call["function"]["arguments"])["city"] for call in calls] == cities
    assert len({call["id"] for call in calls} - {""}) == len(cities)
    assert found["finish_reason"] == "tool_calls"


def counts(seen: Seen, streamed: bool) -> dict[str, Any]:
    """The usage that the client was told: in a stream, once."""
    sound(seen)
    documents = seen.chunks if streamed else [seen.document or {}]
    [told] = [document["usage"] for document in documents if document.get("usage")]
    return dict(told)


def usage(seen: Seen, streamed: bool) -> None:
    told = counts(seen, streamed)
    assert (told["prompt_tokens"], told["completion_tokens"]) == (said.PROMPT_TOKENS, said.COMPLETION_TOKENS)
    assert told["total_tokens"] == said.PROMPT_TOKENS + said.COMPLETION_TOKENS


def embeddings(seen: Seen) -> None:
    """The official client asks for base64 and unpacks it."""
    sound(seen)
    assert seen.document is not None
    assert [item["index"] for item in seen.document["data"]] == [0, 1]
    assert [item["embedding"] for item in seen.document["data"]] == said.VECTORS


def images(seen: Seen) -> None:
    sound(seen)
    assert seen.document is not None
    [made] = seen.document["data"]
    assert made.get("b64_json") == said.PICTURE_BASE64
