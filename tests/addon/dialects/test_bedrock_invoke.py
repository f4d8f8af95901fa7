"""What models of several vendors answer to InvokeModel; the recordings are in test_bedrock.

Llama's and Mistral's formats are written from AWS's pages on model parameters.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Finished,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.dialects.bedrock_invoke import ChunkReader, message_events


def chunk(document: Any) -> Frame:
    packed = base64.b64encode(json.dumps(document).encode()).decode()
    return Frame(json.dumps({"bytes": packed, "p": "abc"}).encode(), "chunk")


def streamed(*documents: Any) -> list[Event]:
    reader = ChunkReader({})
    events = [event for document in documents for event in reader.read(chunk(document))]
    return [*events, *reader.close()]


def usage(prompt: int | None, completion: int | None) -> UsageReported:
    return UsageReported(Usage(prompt=prompt, completion=completion))


def test_llamas_text_and_counts_are_read() -> None:
    whole = {"generation": "Hi", "prompt_token_count": 5, "generation_token_count": 2, "stop_reason": "length"}
    wanted = [Started(), TextDelta("Hi"), usage(5, 2), Finished("length"), Ended()]
    assert list(message_events({}, whole)) == wanted
    first = {"generation": "H", "prompt_token_count": 5, "generation_token_count": 1, "stop_reason": None}
    last = {"generation": "", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "stop"}
    assert streamed(first, last) == [
        Started(),
        TextDelta("H"),
        usage(5, 1),
        usage(None, 2),
        Finished("stop"),
        Ended(),
    ]


def test_mistrals_text_is_read() -> None:
    assert list(message_events({}, {"outputs": [{"text": "Hi", "stop_reason": "stop"}]})) == [
        Started(),
        TextDelta("Hi"),
        Finished("stop"),
        Ended(),
    ]
    pieces = [{"outputs": [{"text": text, "stop_reason": reason}]} for text, reason in (("H", None), ("i", "length"))]
    assert streamed(*pieces) == [Started(), TextDelta("H"), TextDelta("i"), Finished("length"), Ended()]


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ({"completionReason": "LENGTH"}, "length"),
        ({"completionReason": "CONTENT_FILTERED"}, "content_filter"),
        ({"amazon-bedrock-guardrailAction": "INTERVENED"}, "content_filter"),
        ({"amazon-bedrock-guardrailAction": "INTERVENED", "completionReason": "FINISH"}, "stop"),
        ({}, "stop"),
    ],
)
def test_titans_last_piece_tells_the_reason(last: dict[str, str], reason: str) -> None:
    piece = {"outputText": "x", "totalOutputTextTokenCount": 3.0, "inputTextTokenCount": 4.0, **last}
    assert streamed({"outputText": "a", "index": 0}, piece) == [
        Started(),
        TextDelta("a"),
        TextDelta("x"),
        usage(4, 3),
        Finished(reason),  # type: ignore[arg-type]
        Ended(),
    ]


def test_a_whole_text_without_a_reason_has_ended_by_itself() -> None:
    assert list(message_events({}, {"results": [{"outputText": "x"}]}))[-2:] == [Finished("stop"), Ended()]


def test_novas_events_are_named_inside() -> None:
    start = {"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}}
    events = streamed(
        {"messageStart": {"role": "assistant"}},
        start,
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "tool_use"}},
        {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2}}, "amazon-bedrock-invocationMetrics": {}},
    )
    assert ToolArguments(0, "{}") in events
    assert events[-3:] == [Finished("tool_calls"), usage(1, 2), Ended()]


SAID = [Started(), TextDelta("Hi"), Finished("length"), Ended()]


@pytest.mark.parametrize(
    "document",
    [
        {"type": "completion", "completion": "Hi", "stop_reason": "max_tokens", "stop": None},
        {"generations": [{"id": "g", "text": "Hi", "finish_reason": "MAX_TOKENS"}], "id": "i", "prompt": "p"},
        {"text": "Hi", "finish_reason": "MAX_TOKENS", "generation_id": "g", "chat_history": []},
        {"id": 7, "completions": [{"data": {"text": "Hi", "tokens": []}, "finishReason": {"reason": "length"}}]},
        {"choices": [{"text": "Hi", "stop_reason": "length"}]},
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "stop_reason": "length"}]},
        {"id": "c", "choices": [{"message": {"content": "Hi", "tool_calls": None}, "finish_reason": "length"}]},
    ],
)
def test_each_vendors_whole_text_is_read(document: Any) -> None:
    assert list(message_events({}, document)) == SAID


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ({"type": "completion", "completion": "Hi", "stop_reason": None}, {"stop_reason": "max_tokens"}),
        ({"is_finished": False, "text": "Hi"}, {"is_finished": True, "finish_reason": "MAX_TOKENS"}),
        (
            {"event_type": "text-generation", "is_finished": False, "text": "Hi"},
            {"event_type": "stream-end", "finish_reason": "MAX_TOKENS", "response": {"text": "Hi"}},
        ),
        (
            {"choices": [{"delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}]},
            {"choices": [{"delta": {"content": ""}, "finish_reason": "length"}]},
        ),
        (
            {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "stop_reason": None}]},
            {"choices": [{"message": {"role": "assistant", "content": ""}, "stop_reason": "length"}]},
        ),
    ],
)
def test_each_vendors_stream_is_read(first: Any, last: Any) -> None:
    assert [event for event in streamed(first, last) if not isinstance(event, Ended)] == SAID[:-1]
    metrics = {"inputTokenCount": 5, "outputTokenCount": 2, "invocationLatency": 9}
    assert usage(5, 2) in streamed(first, {**last, "amazon-bedrock-invocationMetrics": metrics})


def test_calls_in_choices_are_read() -> None:
    call = {"id": "t", "function": {"name": "theirs", "arguments": '{"a":1}'}}
    bare = {"function": {"name": "g"}}
    message = {"content": "", "tool_calls": [call, bare]}
    numbers = {"prompt_tokens": 3, "completion_tokens": 4}
    document = {"choices": [{"message": message, "stop_reason": "tool_calls"}], "usage": numbers}
    assert list(message_events({"theirs": "ours"}, document)) == [
        Started(),
        usage(3, 4),
        ToolCallStarted(0, "t", "ours"),
        ToolArguments(0, '{"a":1}'),
        ToolCallStarted(1, "", "g"),
        ToolArguments(1, "{}"),
        Finished("tool_calls"),
        Ended(),
    ]


@pytest.mark.parametrize("document", [{}, {"results": []}, {"generated": "x"}])
def test_what_is_no_reply_is_garbage(document: Any) -> None:
    with pytest.raises((KeyError, IndexError)):
        list(message_events({}, document))


@pytest.mark.parametrize("data", [b"{}", b'{"bytes": "%%%"}', b'{"bytes": "eA=="}', b"no json"])
def test_a_chunk_that_is_none_is_garbage(data: bytes) -> None:
    with pytest.raises((KeyError, ValueError)):
        list(ChunkReader({}).read(Frame(data, "chunk")))


def test_a_stream_without_chunks_says_nothing() -> None:
    assert streamed() == []
