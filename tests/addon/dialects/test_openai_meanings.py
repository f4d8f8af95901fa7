"""What documents in OpenAI's dialect say."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.events import (
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
    Vector,
)
from addon.dialects import openai_meanings as meanings


def test_started_takes_what_is_there() -> None:
    assert meanings.started({"id": "a", "model": "m", "created": 5}) == Started("a", "m", 5)
    assert meanings.started({"id": None, "created": "5"}) == Started()


def test_chat_tells_a_message_in_order() -> None:
    message = {
        "reasoning_content": "why",
        "reasoning_details": [{"type": "reasoning.encrypted"}],
        "content": "text",
        "refusal": "no",
        "tool_calls": [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"google": {"x": 1}}},
            {"id": "b", "type": "custom", "custom": {"name": "g", "input": "free text"}},
        ],
    }
    logprobs = {"content": [{"token": "t"}], "refusal": None}
    document = {"choices": [{"index": 1, "message": message, "logprobs": logprobs, "finish_reason": "tool_calls"}]}
    assert list(meanings.chat(document, "message")) == [
        ReasoningDelta("why", 1),
        Opaque({"type": "reasoning.encrypted"}, 1),
        TextDelta("text", 1),
        RefusalDelta("no", 1),
        ToolCallStarted(0, "a", "f", 1, {"google": {"x": 1}}),
        ToolArguments(0, "{}", 1),
        ToolCallStarted(1, "b", "g", 1),
        ToolArguments(1, "free text", 1),
        Logprobs(logprobs, 1),
        Finished("tool_calls", 1),
    ]


def test_chat_tells_a_delta_with_the_fragments_index() -> None:
    calls = [{"index": 2, "function": {"arguments": "x"}}]
    function = {"name": "old", "arguments": "{}"}
    document = {"choices": [{"index": 0, "delta": {"tool_calls": calls, "function_call": function}}]}
    assert list(meanings.chat(document, "delta")) == [
        ToolArguments(2, "x"),
        ToolCallStarted(0, "", "old"),
        ToolArguments(0, "{}"),
    ]


def test_chat_says_nothing_for_empty_things() -> None:
    choice = {"delta": {"content": "", "reasoning_content": "", "refusal": None}, "logprobs": {"content": None}}
    assert list(meanings.chat({"choices": [choice, {}]}, "delta")) == []
    assert list(meanings.chat({}, "delta")) == []


def test_completions_tell_text_and_end() -> None:
    logprobs = {"tokens": ["a"]}
    choices = [{"index": 0, "text": "a", "logprobs": logprobs}, {"index": 1, "text": "", "finish_reason": "length"}]
    assert list(meanings.completions({"choices": choices})) == [
        TextDelta("a"),
        Logprobs(logprobs),
        Finished("length", 1),
    ]


def test_embeddings_tell_numbers_or_text() -> None:
    data = [{"index": 0, "embedding": [1.0, 2]}, {"index": 1, "embedding": "AACAPw=="}]
    assert list(meanings.embeddings({"data": data})) == [Vector(0, (1.0, 2)), Vector(1, "AACAPw==")]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({}, Usage()),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, Usage(prompt=1, completion=2, total=3)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 9,
                "total_tokens": 19,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2, "audio_tokens": 1},
                "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 3},
            },
            Usage(10, 9, 4, 2, 5, 1, 3, 19),
        ),
        ({"prompt_tokens": 5, "prompt_cache_hit_tokens": 3}, Usage(prompt=5, cached=3)),
        ({"prompt_tokens": 5, "cached_tokens": 2}, Usage(prompt=5, cached=2)),
        (
            {"prompt_tokens": 5, "cache_read_input_tokens": 1, "cache_creation_input_tokens": 2},
            Usage(prompt=5, cached=1, cache_write=2),
        ),
        ({"prompt_token_details": {"cached_tokens": 2}, "prompt_tokens_details": None}, Usage(cached=2)),
        # xAI: reasoning beside the completion
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 50,
                "total_tokens": 512,
                "completion_tokens_details": {"reasoning_tokens": 452},
            },
            Usage(prompt=10, completion=502, reasoning=452, total=512),
        ),
        # OpenRouter: pictures in a conversation
        (
            {"prompt_tokens": 1, "completion_tokens": 1300, "completion_tokens_details": {"image_tokens": 1290}},
            Usage(prompt=1, completion=1300, image_completion=1290),
        ),
        ({"completion_tokens": 3, "completion_tokens_details": {"image_tokens": 0}}, Usage(completion=3)),
        # MiniMax: the sum only; Databricks: nulls until the end
        ({"total_tokens": 249, "total_characters": 0}, Usage(prompt=0, completion=249, total=249)),
        ({"prompt_tokens": 22, "completion_tokens": None, "total_tokens": None}, Usage(prompt=22)),
        ({"prompt_tokens": True, "completion_tokens": "3"}, Usage()),
    ],
)
def test_usage_of_knows_the_providers_names(usage: dict[str, Any], expected: Usage) -> None:
    assert meanings.usage_of(usage) == expected


def test_usage_reported_only_where_there_is_some() -> None:
    assert list(meanings.usage_reported({"usage": None})) == []
    assert list(meanings.usage_reported({"usage": {"prompt_tokens": 1}})) == [UsageReported(Usage(prompt=1))]
