"""Converse's replies; the recordings are in test_bedrock."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Finished,
    ImageMade,
    Opaque,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.dialects.bedrock_converse_reply import Reader
from tests.addon.dialects.native import PIXEL

HALVES = [base64.b64encode(part).decode() for part in (base64.b64decode(PIXEL)[:30], base64.b64decode(PIXEL)[30:])]


def read(*events: tuple[str, Any]) -> list[Event]:
    reader = Reader({"get_weather": "get.weather"})
    found = [event for name, document in events for event in reader.read(Frame(json.dumps(document).encode(), name))]
    return [*found, *reader.close()]


def delta(index: int, **content: Any) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": content}


def start(index: int, **content: Any) -> tuple[str, Any]:
    return "contentBlockStart", {"contentBlockIndex": index, "start": content}


def stop(index: int) -> tuple[str, Any]:
    return "contentBlockStop", {"contentBlockIndex": index}


def whole(*content: Any, reason: str = "end_turn", **fields: Any) -> list[Event]:
    reply = {"output": {"message": {"role": "assistant", "content": list(content)}}, "stopReason": reason, **fields}
    return list(Reader({"get_weather": "get.weather"}).message(reply))


def test_a_call_without_arguments_has_an_empty_object() -> None:
    call = {"toolUse": {"name": "get_weather", "toolUseId": "tooluse_1"}}
    assert read(start(0, **call), delta(0, toolUse={"input": ""}), stop(0)) == [
        ToolCallStarted(0, "tooluse_1", "get.weather"),
        ToolArguments(0, "{}"),
    ]


def test_a_call_of_bedrocks_own_is_not_shown() -> None:
    theirs = {"name": "nova_grounding", "toolUseId": "tooluse_1", "type": "server_tool_use"}
    assert read(
        start(0, toolUse=theirs),
        delta(0, toolUse={"input": "{}"}),
        stop(0),
        start(1, toolResult={"toolUseId": "tooluse_1"}),
        delta(1, toolResult=[{"text": "found"}]),
        stop(1),
        ("messageStop", {"stopReason": "tool_use"}),
    ) == [Finished("stop")]
    events = whole({"toolUse": {**theirs, "input": {}}}, {"toolResult": {"content": []}}, reason="tool_use")
    assert events == [Started(), Finished("stop"), Ended()]


def test_thoughts_are_shown_and_kept_with_their_signature() -> None:
    wanted = [
        ReasoningDelta("Hm"),
        ReasoningDelta("."),
        Opaque({"type": "bedrock.reasoning", "index": 0, "text": "Hm.", "signature": "sig"}),
    ]
    assert (
        read(
            delta(0, reasoningContent={"text": "Hm"}),
            delta(0, reasoningContent={"text": "."}),
            delta(0, reasoningContent={"signature": "si"}),
            delta(0, reasoningContent={"signature": "g"}),
            stop(0),
        )
        == wanted
    )
    block = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}}
    assert whole(block)[1:3] == [ReasoningDelta("Hm."), wanted[-1]]


def test_thoughts_without_a_signature_are_only_shown() -> None:
    assert whole({"reasoningContent": {"reasoningText": {"text": "Hm."}}})[1:-1] == [
        ReasoningDelta("Hm."),
        Finished("stop"),
    ]


def test_redacted_thoughts_are_joined_as_bytes() -> None:
    kept = Opaque({"type": "bedrock.redacted", "index": 0, "data": PIXEL})
    pieces = [delta(0, reasoningContent={"redactedContent": half}) for half in HALVES]
    assert read(*pieces, stop(0)) == [kept]
    assert kept in whole({"reasoningContent": {"redactedContent": PIXEL}})


def test_pictures_are_joined_as_bytes() -> None:
    made = ImageMade(0, f"data:image/webp;base64,{PIXEL}")
    pieces = [delta(2, image={"source": {"bytes": half}}) for half in HALVES]
    assert read(start(2, image={"format": "webp"}), *pieces, stop(2)) == [made]
    assert made in whole({"image": {"format": "webp", "source": {"bytes": PIXEL}}})
    assert read(start(0, image={"format": "png"}), stop(0)) == []


def test_cited_text_is_text() -> None:
    cited = {"citationsContent": {"content": [{"text": "It "}, {"text": "rains."}], "citations": [{"title": "x"}]}}
    assert whole(cited)[1:3] == [TextDelta("It "), TextDelta("rains.")]
    assert read(delta(0, text="It "), delta(0, citation={"title": "x"})) == [TextDelta("It ")]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "stop"),
        ("something_new", "stop"),
        (None, "stop"),
    ],
)
def test_each_reason_has_its_word(told: str | None, reason: str) -> None:
    assert read(("messageStop", {"stopReason": told})) == [Finished(reason)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (
            {
                "inputTokens": 13,
                "outputTokens": 5,
                "totalTokens": 1522,
                "cacheReadInputTokens": 1504,
                "cacheWriteInputTokens": 0,
            },
            Usage(prompt=1517, completion=5, total=1522, cached=1504, cache_write=0),
        ),
        ({"inputTokens": 3, "cacheReadInputTokenCount": 4}, Usage(prompt=7, cached=4)),
        ({"outputTokens": 3}, Usage(completion=3)),
    ],
)
def test_the_cache_is_part_of_the_prompt(told: dict[str, int], usage: Usage) -> None:
    ending = ("messageStop", {"stopReason": "end_turn"})
    assert read(ending, ("metadata", {"usage": told})) == [Finished("stop"), UsageReported(usage), Ended()]


def test_an_end_without_counts_is_an_end() -> None:
    """And one without a reason has ended by itself."""
    assert read(("metadata", {"metrics": {"latencyMs": 5}})) == [Finished("stop"), Ended()]


def test_what_is_null_says_nothing() -> None:
    nothing = {"contentBlockIndex": 0, "delta": {"text": "a", "toolUse": None, "reasoningContent": None, "image": None}}
    assert read(
        ("contentBlockStart", {"start": None}),
        ("contentBlockDelta", nothing),
        ("contentBlockDelta", {"delta": {"text": "b"}}),
        ("contentBlockDelta", {"delta": {"toolUse": None, "image": None}}),
        ("contentBlockStop", {}),
    ) == [TextDelta("a"), TextDelta("b")]
    call = {"toolUse": {"toolUseId": "t", "name": "f"}, "reasoningContent": None, "citationsContent": None}
    assert ToolArguments(0, "{}") in whole(call)


def test_unknown_events_and_blocks_are_ignored() -> None:
    assert read(("somethingNew", {"a": 1}), start(0, hologram={}), delta(0, hologram={}), stop(0), stop(9)) == []
    assert whole({"hologram": {}}) == [Started(), Finished("stop"), Ended()]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("contentBlockDelta", b"{}"),
        ("contentBlockDelta", b"[]"),
        ("contentBlockDelta", b'{"contentBlockIndex":0,"delta":"x"}'),
        ("messageStop", b"no json"),
        ("contentBlockStart", b'{"contentBlockIndex":0,"start":{"toolUse":{}}}'),
    ],
)
def test_a_frame_of_another_shape_is_garbage(name: str, data: bytes) -> None:
    with pytest.raises(ValueError):
        Reader({}).read(Frame(data, name))
