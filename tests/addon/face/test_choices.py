from __future__ import annotations

from typing import Any

from addon.canon.events import (
    Finished,
    Logprobs,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
)
from addon.face.choices import Choices
from addon.face.fold import flatten
from tests.addon.face.replies import RICH, TOKEN


def gathered(*events: Any, functions: bool = False) -> Choices:
    choices = Choices("chatcmpl-1", functions)
    choices.take(flatten(events))
    return choices


def test_a_rich_reply_is_gathered() -> None:
    first, second = gathered(*RICH).chat()
    assert first == {
        "index": 0,
        "message": {
            "role": "assistant",
            "content": "Hello 😀",
            "refusal": None,
            "reasoning_content": "hm",
            "reasoning_details": [{"type": "thinking", "signature": "s"}],
            "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
                {
                    "id": "call_1_0_1",
                    "type": "function",
                    "function": {"name": "g", "arguments": "{}"},
                    "extra_content": {"google": {"thought_signature": "t"}},
                },
            ],
        },
        "logprobs": {"content": [TOKEN], "refusal": None},
        "finish_reason": "tool_calls",
    }
    assert second["message"] == {"role": "assistant", "content": None, "refusal": "no"}
    assert second["finish_reason"] == "stop"


def test_choices_are_sorted_and_there_is_at_least_one() -> None:
    assert [choice["index"] for choice in gathered(TextDelta("b", 1), TextDelta("a")).chat()] == [0, 1]
    (choice,) = gathered().chat()
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "stop")


def test_content_is_null_if_there_were_only_calls() -> None:
    (choice,) = gathered(ToolCallStarted(0, "c", "f")).chat()
    assert choice["message"]["content"] is None
    assert choice["finish_reason"] == "tool_calls"
    assert "reasoning_content" not in choice["message"]


def test_log_probabilities_go_on_where_they_stopped() -> None:
    (choice,) = gathered(
        Logprobs({"content": [1], "refusal": None}), Logprobs({"content": [2]}), Logprobs({"refusal": [3]})
    ).chat()
    assert choice["logprobs"] == {"content": [1, 2], "refusal": [3]}


def test_a_client_of_the_old_functions_gets_one_function_call() -> None:
    calls = [ToolCallStarted(0, "c", "f"), ToolArguments(0, "{}"), ToolCallStarted(1, "d", "g"), Finished("tool_calls")]
    (choice,) = gathered(*calls, functions=True).chat()
    assert choice["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "function_call"


def test_a_completion_has_text_only() -> None:
    choices = gathered(
        ReasoningDelta("hm"), TextDelta("a"), RefusalDelta("b"), Finished("length"), TextDelta("c", 1)
    ).completions()
    assert choices == [
        {"text": "ab", "index": 0, "logprobs": None, "finish_reason": "length"},
        {"text": "c", "index": 1, "logprobs": None, "finish_reason": "stop"},
    ]
    assert gathered(Finished("tool_calls")).completions()[0]["finish_reason"] == "stop"
