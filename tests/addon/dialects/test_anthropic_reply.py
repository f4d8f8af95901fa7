"""Anthropic's replies as events, where no recording shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
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
from addon.canon.frame import Frame
from addon.dialects.anthropic_reply import FINISH_REASONS, Reader, message_events


def read(*events: dict[str, Any]) -> list[Event]:
    reader = Reader({"safe": "the.clients"})
    found: list[Event] = []
    for event in events:
        found += reader.read(Frame(json.dumps(event).encode(), event["type"]))
    return [*found, *reader.close()]


def block(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def delta(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def whole(*content: dict[str, Any], **fields: Any) -> list[Event]:
    return message_events({}, json.dumps({"content": list(content), **fields}).encode())


def test_calls_are_counted_from_zero_whatever_stands_between_them() -> None:
    found = read(
        block(0, "text", text="On it."),
        stop(0),
        block(1, "tool_use", id="toolu_1", name="safe", input={}),
        delta(1, "input_json_delta", partial_json=""),
        delta(1, "input_json_delta", partial_json='{"a":1}'),
        stop(1),
        block(2, "server_tool_use", id="srv", name="web_search", input={}),
        delta(2, "input_json_delta", partial_json='{"query":"x"}'),
        stop(2),
        block(3, "tool_use", id="toolu_2", name="other", input={}),
        stop(3),
        block(4, "tool_use", id="toolu_3", name="other", input={"b": 2}),
        stop(4),
    )
    assert found == [
        TextDelta("On it."),
        ToolCallStarted(0, "toolu_1", "the.clients"),
        ToolArguments(0, '{"a":1}'),
        ToolCallStarted(1, "toolu_2", "other"),
        ToolArguments(1, "{}"),
        ToolCallStarted(2, "toolu_3", "other"),
        ToolArguments(2, '{"b":2}'),
    ]


def test_a_text_says_the_same_after_another_as_alone() -> None:
    """The frames of a text are alike, and read without being parsed."""
    texts = ["Hel", "", "lo \n", '"\\', "你好 😀", "\ud83d"]
    deltas = [delta(0, "text_delta", text=text) for text in texts]
    others = [delta(1, "text_delta", text="b"), delta(0, "thinking_delta", thinking="c"), delta(0, "text_delta")]
    assert read(*deltas, *others, *deltas) == [event for one in (*deltas, *others, *deltas) for event in read(one)]
    assert read(*deltas)[0] == TextDelta("Hel")
    assert len(read(*deltas)) == len(texts) - 1


def test_thoughts_come_with_their_signature_and_redacted_ones_whole() -> None:
    found = read(
        block(0, "thinking", thinking="", signature=""),
        delta(0, "thinking_delta", thinking="Let me "),
        delta(0, "thinking_delta", thinking="see."),
        delta(0, "signature_delta", signature="c2ln"),
        stop(0),
        block(1, "redacted_thinking", data="ZGF0YQ=="),
        stop(1),
        block(2, "thinking", thinking="unsigned", signature=""),
        stop(2),
    )
    assert found == [
        ReasoningDelta("Let me "),
        ReasoningDelta("see."),
        Opaque({"type": "anthropic.thinking", "index": 0, "thinking": "Let me see.", "signature": "c2ln"}),
        Opaque({"type": "anthropic.redacted_thinking", "index": 1, "data": "ZGF0YQ=="}),
        ReasoningDelta("unsigned"),
    ]


def test_what_is_unknown_is_ignored() -> None:
    assert (
        read(
            {"type": "ping"},
            {"type": "vibe_check", "index": 0},
            block(0, "hologram"),
            delta(0, "hologram_delta", data="x"),
            delta(7, "citations_delta", citation={}),
            stop(0),
            stop(9),
            {"type": "message_delta", "delta": {}},
        )
        == []
    )


def test_what_is_left_out_or_null_says_nothing() -> None:
    assert read(
        block(0, "redacted_thinking"),
        block(1, "thinking", thinking=None, signature=None),
        delta(1, "thinking_delta", thinking=None),
        delta(1, "signature_delta"),
        delta(1, "signature_delta", signature=None),
        stop(1),
        block(2, "text", text=None),
        delta(2, "text_delta"),
        delta(2, "text_delta", text="a"),
        stop(2),
        block(3, "tool_use", id="t", name="f", input={}),
        delta(3, "input_json_delta", partial_json=None),
        stop(3),
        {"type": "message_delta", "delta": {}, "usage": None},
        {"type": "message_stop"},
    ) == [TextDelta("a"), ToolCallStarted(0, "t", "f"), ToolArguments(0, "{}"), Finished("tool_calls"), Ended()]


def test_a_message_without_a_reason_has_ended_by_itself() -> None:
    assert read({"type": "message_stop"}) == [Finished("stop"), Ended()]
    assert whole({"type": "text", "text": "a"})[-2:] == [Finished("stop"), Ended()]


def test_usage_keeps_what_a_later_event_leaves_out() -> None:
    start = {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2, "output_tokens": 1}
    end = {"output_tokens": 30, "input_tokens": None, "output_tokens_details": {"thinking_tokens": 20}}
    found = read(
        {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": start}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end},
        {"type": "message_stop"},
    )
    assert found == [
        Started("msg_1", "claude"),
        UsageReported(Usage(prompt=17, completion=1, cached=5, cache_write=2)),
        UsageReported(Usage(prompt=17, completion=30, cached=5, cache_write=2, reasoning=20)),
        Finished("stop"),
        Ended(),
    ]


def test_usage_without_an_input_count_reports_no_prompt() -> None:
    found = read({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3}})
    assert found == [UsageReported(Usage(completion=3))]


@pytest.mark.parametrize(("reason", "ours"), [*FINISH_REASONS.items(), ("brand_new", "stop")])
def test_a_stop_reason_becomes_openais(reason: str, ours: str) -> None:
    assert whole(stop_reason=reason) == [Started(), Finished(ours), Ended()]  # type: ignore[arg-type]


def test_a_refusal_is_explained() -> None:
    found = whole(stop_reason="refusal", stop_details={"type": "refusal", "explanation": "No."})
    assert found == [Started(), RefusalDelta("No."), Finished("content_filter"), Ended()]


def test_an_error_inside_a_good_status_fails() -> None:
    [failed] = message_events({}, b'{"type":"error","error":{"type":"api_error","message":"oops"}}')
    assert isinstance(failed, Failed) and failed.fault.message == "oops"


def test_an_error_event_fails() -> None:
    [failed] = read({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert isinstance(failed, Failed) and failed.fault.status == 503


def test_a_foreign_end_marker_ends() -> None:
    assert list(Reader({}).read(Frame(b" [DONE]"))) == [Ended()]


@pytest.mark.parametrize(
    "data", [b"[]", b'"x"', b"{", b'{"type":"message_start"}', b'{"type":"content_block_stop"}', b"<html>"]
)
def test_garbage_raises_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Reader({}).read(Frame(data))


@pytest.mark.parametrize("data", [b"{}", b"[]", b"<html>", b'{"content":null}'])
def test_a_whole_reply_that_is_garbage_raises(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        message_events({}, data)
