"""Cohere's v2 replies, event by event; whole recordings are in `test_cohere`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Logprobs,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.dialects.cohere_reply import Reader, message_events


def read(*documents: Any, names: dict[str, str] | None = None) -> list[Event]:
    reader = Reader(names or {})
    found = [event for one in documents for event in reader.read(Frame(json.dumps(one).encode()))]
    return [*found, *reader.close()]


def delta(kind: str, **message: Any) -> dict[str, Any]:
    return {"type": kind, "index": 0, "delta": {"message": message}}


def end(reason: str, **fields: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": {}, **fields}}


def reply(**fields: Any) -> bytes:
    return json.dumps({"id": "i", "message": {"role": "assistant"}, "finish_reason": "COMPLETE", **fields}).encode()


def test_text_thoughts_and_plans() -> None:
    assert read(
        {"type": "message-start", "id": "i", "delta": {"message": {"role": "assistant"}}},
        delta("content-start", content={"type": "thinking", "thinking": ""}),
        delta("content-delta", content={"thinking": "Hm."}),
        delta("content-end"),
        delta("content-delta", content={"text": "Hi"}),
        delta("citation-start", citations={"start": 0}),
        delta("tool-plan-delta", tool_plan="I look."),
        {"type": "debug", "prompt": "x"},
    ) == [Started("i"), ReasoningDelta("Hm."), TextDelta("Hi"), TextDelta("I look.")]


def test_calls_have_their_clients_names_and_always_arguments() -> None:
    def called(id: str, name: str, arguments: str = "") -> dict[str, Any]:
        return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}

    assert read(
        delta("tool-call-start", tool_calls=called("a", "_2_lives")),
        delta("tool-call-delta", tool_calls={"function": {"arguments": '{"a":'}}),
        delta("tool-call-delta", tool_calls={"function": {"arguments": "1}"}}),
        {"type": "tool-call-end", "index": 0},
        delta("tool-call-start", tool_calls=called("b", "f")),
        {"type": "tool-call-end", "index": 1},
        delta("tool-call-start", tool_calls=called("c", "f")),
        end("TOOL_CALL"),
        names={"_2_lives": "2 lives"},
    ) == [
        ToolCallStarted(0, "a", "2 lives"),
        ToolArguments(0, '{"a":'),
        ToolArguments(0, "1}"),
        ToolCallStarted(1, "b", "f"),
        ToolArguments(1, "{}"),
        ToolCallStarted(2, "c", "f"),
        ToolArguments(2, "{}"),
        UsageReported(Usage()),
        Finished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_TOXIC", "content_filter"),
        ("SOMETHING_NEW", "stop"),
        ("", "stop"),
    ],
)
def test_every_end_has_openais_word(reason: str, wanted: str) -> None:
    assert read(end(reason))[-1] == Finished(wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (end("ERROR", error="it fell over"), "it fell over"),
        (end("TIMEOUT"), "Cohere broke off: TIMEOUT"),
        ({"message": "too many tokens"}, "too many tokens"),
        ({"error": "so it is"}, "so it is"),
        ({}, "Cohere reports an error without a word about it"),
    ],
)
def test_a_failure_in_the_stream_is_one(event: Any, message: str) -> None:
    failed = read(event)[-1]
    assert isinstance(failed, Failed) and (failed.fault.message, failed.fault.status) == (message, 502)


def test_usage_is_what_the_model_read_and_wrote() -> None:
    tokens = {"input_tokens": 34.0, "output_tokens": 56, "reasoning_tokens": 7, "image_tokens": 259}
    usage = {"billed_units": {"input_tokens": 267, "output_tokens": 52}, "tokens": tokens, "cached_tokens": 3}
    assert read(end("COMPLETE", usage=usage))[0] == UsageReported(
        Usage(prompt=293, completion=56, cached=3, reasoning=7, image_prompt=259)
    )
    billed = {"billed_units": {"input_tokens": 4, "output_tokens": 2}}
    assert read(end("COMPLETE", usage=billed))[0] == UsageReported(Usage(prompt=4, completion=2))


def test_logprobs_of_a_chunk_are_those_of_its_tokens_together() -> None:
    item = {"text": "Hello", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]}
    wanted = Logprobs(
        {"content": [{"token": "Hello", "logprob": -0.75, "bytes": None, "top_logprobs": []}], "refusal": None}
    )
    assert read({**delta("content-delta", content={"text": "Hello"}), "logprobs": item}) == [TextDelta("Hello"), wanted]
    assert wanted in message_events({}, reply(logprobs=[item, {"text": "", "token_ids": []}]))


def test_a_whole_reply_yields_what_its_stream_does() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    content = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi"}]
    message = {"role": "assistant", "tool_plan": "I look.", "content": content, "tool_calls": [call]}
    assert list(message_events({}, reply(message=message, finish_reason="TOOL_CALL"))) == [
        Started("i"),
        TextDelta("I look."),
        ReasoningDelta("Hm."),
        TextDelta("Hi"),
        ToolCallStarted(0, "a", "f"),
        ToolArguments(0, '{"x":1}'),
        UsageReported(Usage()),
        Finished("tool_calls"),
    ]


def test_an_error_document_where_a_reply_belongs() -> None:
    [failed] = message_events({}, b'{"id":"i","message":"no such model"}')
    assert isinstance(failed, Failed) and failed.fault.message == "no such model"


def test_an_end_marker_and_garbage() -> None:
    assert list(Reader({}).read(Frame(b"[DONE]"))) == [Ended()]
    with pytest.raises(ValueError, match="not Cohere's format"):
        Reader({}).read(Frame(b'{"type":"content-delta","delta":{"message":[1]}}'))
