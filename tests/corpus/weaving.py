"""Recorded talks with more in them: further texts and parallel tool calls, mixed as their format allows.

Knows three formats: OpenAI's chunks, Anthropic's blocks, Gemini's parts. Any other talk stays as it is, and so does one
that has no place for more. Must not import the product.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.corpus.framings import events_of
from tests.corpus.mutations import dumped
from tests.corpus.oracle import ORACLES
from tests.recordings import Recording

Json = dict[str, Any]
TEXTS = ("One moment. ", "天气：", "\n\n", '{"not": "a call"}', "data: [DONE]\n\n", "é\u2028", " and ")
NAMES = ("get_weather", "search", "noop")
ARGUMENTS: tuple[Json, ...] = ({}, {"city": "上海"}, {"q": 'a "b"\n', "deep": {"list": [1, None, True]}})


def woven(recording: Recording, type: int, draw: random.Random) -> bytes:
    """`type`: One API's channel type, which tells the format."""
    if recording.framing != "sse" or not recording.kind.startswith("chat"):
        return recording.body
    events = list(events_of(recording.body.decode().removeprefix("\ufeff")))
    documents = [document for _, document in events]
    if not all(isinstance(one, dict) for one in documents):
        return recording.body
    if type == 14:
        return _anthropic(recording.body, documents, draw)
    if type in (24, 42):
        return _gemini(recording.body, documents, draw)
    return recording.body if type in ORACLES or type == 17 else _openai(recording.body, documents, draw)


def _openai(body: bytes, documents: list[Json], draw: random.Random) -> bytes:
    """Fragments of several calls may alternate: each names its call by index. They come just before the reason."""
    at = next((number for number, one in enumerate(documents) if _reason(one)), 0)
    opened = [delta for one in documents[:at] for delta in _deltas(one)]
    calls = [call for delta in opened for call in delta.get("tool_calls") or []]
    if at == 0 or not opened or _is_no_plain_talk(documents, calls):
        return body
    head = {name: value for name, value in documents[at - 1].items() if name not in ("choices", "usage", "x_groq")}
    first = 1 + max((call["index"] for call in calls), default=-1)
    more = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in _mixed(first, draw)]
    rest = copy.deepcopy(documents[at:])
    for one in rest:
        for choice in one.get("choices") or []:
            choice["finish_reason"] = choice.get("finish_reason") and "tool_calls"
    end = b"data: [DONE]\n\n" if b"[DONE]" in body else b""
    return b"".join(b"data: %s\n\n" % dumped(one) for one in [*documents[:at], *more, *rest]) + end


def _reason(document: Json) -> Any:
    return any(choice.get("finish_reason") for choice in document.get("choices") or [])


def _deltas(document: Json) -> Iterator[Json]:
    return (choice["delta"] for choice in document.get("choices") or [] if isinstance(choice.get("delta"), dict))


def _is_no_plain_talk(documents: list[Json], calls: list[Json]) -> bool:
    """Several choices, a failure, a reason that is no end of saying, or calls without an order of their own."""
    choices = [choice for one in documents for choice in one.get("choices") or []]
    reasons = {choice.get("finish_reason") for choice in choices} - {None, "", "stop", "tool_calls"}
    failed = any(one.get("error") or one.get("base_resp", {}).get("status_code") for one in documents)
    indices = [call.get("index") for call in calls if call.get("id") or (call.get("function") or {}).get("name")]
    return bool(
        failed
        or reasons
        or any(choice.get("index", 0) != 0 for choice in choices)
        or any(not isinstance(call.get("index"), int) for call in calls)
        or indices != list(range(len(indices)))
    )


def _mixed(first: int, draw: random.Random) -> Iterator[Json]:
    """Deltas of two to four calls whose fragments alternate at random, with texts between."""
    fragments = [list(_fragments(first + number, draw)) for number in range(draw.randrange(2, 5))]
    # Opened in their order, as every provider does; what follows alternates.
    for calls in fragments:
        yield {"tool_calls": [calls.pop(0)]}
    while any(fragments):
        if draw.random() < 0.3:
            yield {"content": draw.choice(TEXTS)}
        yield {"tool_calls": [draw.choice([calls for calls in fragments if calls]).pop(0)]}


def _fragments(index: int, draw: random.Random) -> Iterator[Json]:
    name, arguments = draw.choice(NAMES), json.dumps(draw.choice(ARGUMENTS), ensure_ascii=draw.random() < 0.5)
    yield {"index": index, "id": f"call_w{index}", "type": "function", "function": {"name": name, "arguments": ""}}
    at = 0
    while at < len(arguments):
        size = draw.randrange(1, 9)
        yield {"index": index, "function": {"arguments": arguments[at : at + size]}}
        at += size


def _anthropic(body: bytes, documents: list[Json], draw: random.Random) -> bytes:
    """Blocks follow one another: texts and calls in any order, after those that are there."""
    kinds = [one.get("type") for one in documents]
    if kinds.count("message_delta") != 1 or "error" in kinds or kinds[-1] != "message_stop":
        return body
    at = kinds.index("message_delta")
    if documents[at]["delta"].get("stop_reason") not in ("end_turn", "tool_use"):
        return body
    first = 1 + max((one["index"] for one in documents if "index" in one), default=-1)
    more = [event for number in range(draw.randrange(2, 6)) for event in _block(first + number, draw)]
    end = copy.deepcopy(documents[at:])
    if any(one.get("content_block", {}).get("type") == "tool_use" for one in more):
        end[0]["delta"]["stop_reason"] = "tool_use"
    written = (
        b"event: %s\ndata: %s\n\n" % (one["type"].encode(), dumped(one)) for one in [*documents[:at], *more, *end]
    )
    return b"".join(written)


def _block(index: int, draw: random.Random) -> Iterator[Json]:
    if draw.random() < 0.4:
        block: Json = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": draw.choice(TEXTS)} for _ in range(draw.randrange(1, 4))]
    else:
        block = {"type": "tool_use", "id": f"toolu_w{index}", "name": draw.choice(NAMES), "input": {}}
        fragments = [one["function"]["arguments"] for one in _fragments(index, draw)]
        deltas = [{"type": "input_json_delta", "partial_json": fragment} for fragment in fragments]
    yield {"type": "content_block_start", "index": index, "content_block": block}
    yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
    yield {"type": "content_block_stop", "index": index}


def _gemini(body: bytes, documents: list[Json], draw: random.Random) -> bytes:
    """A part is whole; one frame may hold several, and of both kinds."""
    ends = [number for number, one in enumerate(documents) if _gemini_reason(one)]
    if len(ends) != 1 or _gemini_reason(documents[ends[0]]) != "STOP" or len(documents[ends[0]]["candidates"]) != 1:
        return body
    frames = [[_part(draw) for _ in range(draw.randrange(1, 5))] for _ in range(draw.randrange(1, 4))]
    more = [{"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]} for parts in frames]
    at = ends[0]
    return b"".join(b"data: %s\r\n\r\n" % dumped(one) for one in [*documents[:at], *more, *documents[at:]])


def _gemini_reason(document: Json) -> Any:
    return next((one["finishReason"] for one in document.get("candidates") or [] if one.get("finishReason")), None)


def _part(draw: random.Random) -> Json:
    if draw.random() < 0.5:
        return {"text": draw.choice(TEXTS)}
    return {"functionCall": {"name": draw.choice(NAMES), "args": draw.choice(ARGUMENTS)}}
