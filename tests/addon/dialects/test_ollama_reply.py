"""Ollama's lines, one by one; whole recordings are in `test_ollama`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
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
    Vector,
)
from addon.canon.frame import Frame
from addon.dialects.ollama_reply import Reader, read_embeddings, read_reply, unix_time

HEAD = {"model": "m", "created_at": "2025-07-07T20:32:53.844124Z"}
STARTED = Started(model="m", created=1751920373)


def read(*lines: Any) -> list[Event]:
    reader = Reader()
    found = [event for line in lines for event in reader.read(Frame(json.dumps({**HEAD, **line}).encode()))]
    return [*found, *reader.close()]


def test_thoughts_text_and_calls_line_by_line() -> None:
    function = {"name": "f", "arguments": {"a": 1}}
    assert read(
        {"message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False},
        {"message": {"role": "assistant", "content": "Hi"}, "done": False},
        {"message": {"content": "", "tool_calls": [{"id": "c", "function": function}]}, "done": False},
        {"message": {"content": "", "tool_calls": [{"function": {"name": "g", "arguments": '{"b":2}'}}]}},
        {"message": {"content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 4},
    ) == [
        STARTED,
        ReasoningDelta("Hm."),
        TextDelta("Hi"),
        ToolCallStarted(0, "c", "f"),
        ToolArguments(0, '{"a":1}'),
        ToolCallStarted(1, "", "g"),
        ToolArguments(1, '{"b":2}'),
        UsageReported(Usage(prompt=3, completion=4)),
        Finished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("reason", "wanted"), [("stop", "stop"), ("length", "length"), ("load", "stop"), ("", "stop"), (None, "stop")]
)
def test_every_end_has_openais_word(reason: str | None, wanted: str) -> None:
    assert read({"message": {}, "done": True, "done_reason": reason})[-1] == Finished(wanted)  # type: ignore[arg-type]


def test_a_failure_in_the_stream_is_one() -> None:
    [failed] = read({"error": "the model fell over"})
    assert isinstance(failed, Failed) and (failed.fault.message, failed.fault.status) == ("the model fell over", 502)


def test_a_line_of_another_shape_is_garbage() -> None:
    with pytest.raises(ValueError, match="not Ollama's format"):
        Reader().read(Frame(b'{"message":[1]}'))


def test_logprobs_are_openais_but_for_missing_bytes() -> None:
    top = {"token": "Hi", "logprob": -0.5}
    [_, _, found] = read({"message": {"content": "Hi"}, "logprobs": [{**top, "top_logprobs": [top]}]})
    entry = {**top, "bytes": None}
    assert found == Logprobs({"content": [{**entry, "top_logprobs": [entry]}], "refusal": None})


@pytest.mark.parametrize("text", ["", "now", "1970-01-01T00:00:00Z"])
def test_a_time_that_says_nothing_is_none(text: str) -> None:
    assert unix_time(text) is None


def test_a_whole_reply_is_one_line_and_its_end() -> None:
    body = json.dumps({**HEAD, "response": "Hi", "thinking": "Hm."}).encode()
    assert list(read_reply(body)) == [
        STARTED,
        ReasoningDelta("Hm."),
        TextDelta("Hi"),
        UsageReported(Usage()),
        Finished("stop"),
    ]
    with pytest.raises(ValueError, match="without a message"):
        list(read_reply(b'{"models":[]}'))


def test_the_older_endpoint_gives_one_embedding() -> None:
    assert Vector(0, (0.5, 1)) in list(read_embeddings(b'{"embedding":[0.5,1]}'))


def test_embeddings() -> None:
    body = json.dumps({"model": "m", "embeddings": [[0.5], [1]], "prompt_eval_count": 8}).encode()
    assert list(read_embeddings(body)) == [
        Started(model="m"),
        Vector(0, (0.5,)),
        Vector(1, (1,)),
        UsageReported(Usage(prompt=8)),
    ]
    [failed] = read_embeddings(b'{"error":"this model does not support embeddings"}')
    assert isinstance(failed, Failed)


def test_thoughts_in_the_text_are_told_apart() -> None:
    pieces = ["<thi", "nk>\nHm", ".\n</th", "ink>\n\nH", "i"]
    lines = [{"message": {"content": piece}} for piece in pieces]
    assert read(*lines, {"message": {"content": ""}, "done": True}) == [
        STARTED,
        ReasoningDelta("Hm"),
        ReasoningDelta("."),
        TextDelta("H"),
        TextDelta("i"),
        UsageReported(Usage()),
        Finished("stop"),
    ]
    assert read({"message": {"content": "<th"}, "done": True})[1] == TextDelta("<th")
    assert read({"message": {"content": "<th"}}) == [STARTED, TextDelta("<th")]
    assert read({"message": {"thinking": "Hm", "content": "<think>"}})[1:] == [
        ReasoningDelta("Hm"),
        TextDelta("<think>"),
    ]
