"""Messages as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from addon.canon.dialogue import CallSite, answered_calls
from addon.canon.outbound import Target
from addon.canon.plain_turns import call_id, conversation, plain_turn, turn_of
from addon.canon.request import CannotCarry, ChatRequest, Message, ToolCall
from tests.addon.dialects.native import USER, call, chat, result

CALLED = {"role": "assistant", "content": "Wait.", "tool_calls": [call("c1", "f", "{}"), call("c2", "g", "{}")]}
OLD = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}


def turns(request: ChatRequest) -> list[dict[str, Any]]:
    answered = answered_calls(request.messages)
    return [plain_turn(message, answered, "Acme") for message in request.messages]


def test_a_conversation() -> None:
    assert turns(chat(USER, CALLED, result("c2", "two"))) == [
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": "Wait.",
            "tool_calls": [
                {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"index": 1, "id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "content": "two", "tool_call_id": "c2"},
    ]


def test_the_old_functions_become_tools() -> None:
    found = turns(chat(USER, OLD, {"role": "function", "name": "f", "content": "one"}))
    [one] = found[1]["tool_calls"]
    assert found[2] == {"role": "tool", "content": "one", "tool_call_id": one["id"]}


def test_a_call_without_an_id_is_known_by_its_name() -> None:
    assert call_id(ToolCall("", "f", "{}")) == "f"


def test_a_result_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        turns(chat(USER, result("c1", "x")))
    assert refused.value.param == "messages[1].tool_call_id"


def test_what_is_no_text_is_refused() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}}
    with pytest.raises(CannotCarry, match="Acme") as refused:
        turns(chat({"role": "user", "content": [part]}))
    assert refused.value.param == "messages[0].content[0]"


def test_another_content_may_be_given() -> None:
    [message] = chat(USER).messages
    assert turn_of(message, {}, ["Hello"]) == {"role": "user", "content": ["Hello"]}


def spoken(message: Message, answered: Mapping[str, CallSite]) -> dict[str, Any]:
    return plain_turn(message, answered, "Acme")


def test_a_conversation_begins_with_its_system_text() -> None:
    target = Target("https://acme.example", "k", "m", system_prompt="Be loud.")
    system, blank = {"role": "system", "content": "Be brief."}, {"role": "assistant", "content": " "}
    assert conversation(chat(system, USER, blank), target, "Acme", spoken) == [
        {"role": "system", "content": "Be loud."},
        {"role": "user", "content": "Hello"},
    ]
    plain = Target("https://acme.example", "k", "m")
    assert conversation(chat(USER), plain, "Acme", spoken) == [{"role": "user", "content": "Hello"}]
    with pytest.raises(CannotCarry, match="Acme"):
        conversation(chat({"role": "user", "content": " "}), plain, "Acme", spoken)
