"""Strict turns: what a client sends in any order becomes user, assistant, user, .."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.request import CannotCarry, Image, Text
from addon.canon.turns import CONTINUE, NOTED, alternating, refuse_tools, unanswerable
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, result

HELLO: dict[str, Any] = {"role": "assistant", "content": "Hello!"}
CALLS: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [call("a", "get", "{}")]}


def told(*messages: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in alternating(chat(*messages).messages)]


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ([USER], [("user", "Hello")]),
        ([USER, USER], [("user", "Hello\nHello")]),
        ([HELLO, USER], [("user", CONTINUE), ("assistant", "Hello!"), ("user", "Hello")]),
        ([USER, HELLO], [("user", "Hello"), ("assistant", "Hello!"), ("user", CONTINUE)]),
        ([USER, {"role": "assistant", "content": " "}, USER], [("user", "Hello\nHello")]),
        ([USER, HELLO, HELLO, USER], [("user", "Hello"), ("assistant", "Hello!\nHello!"), ("user", "Hello")]),
        (
            [USER, CALLS, result("a", "1"), result("a", ""), USER],
            [
                ("user", "Hello"),
                ("assistant", ""),
                ("tool", "1"),
                ("tool", ""),
                ("assistant", NOTED),
                ("user", "Hello"),
            ],
        ),
        ([{"role": "user", "content": ""}], []),
    ],
)
def test_conversation_alternates(messages: list[dict[str, Any]], wanted: list[tuple[str, str]]) -> None:
    assert told(*messages) == wanted


def test_joined_messages_keep_their_calls_and_thoughts_and_pictures() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    thinking = {**CALLS, "reasoning_content": "hm"}
    [user, assistant, end] = alternating(
        chat({"role": "user", "content": [picture]}, USER, thinking, {**thinking, "reasoning_content": "so"}).messages
    )
    assert [type(part) for part in user.parts] == [Image, Text, Text]
    assert (len(assistant.tool_calls), assistant.reasoning, assistant.parts) == (2, "hm\nso", ())
    assert end.text == CONTINUE


def test_result_that_answers_nothing_is_named_by_its_place() -> None:
    [message] = chat(result("a", "1")).messages
    refusal = unanswerable(message)
    assert refusal.param == "messages[0].tool_call_id"
    assert "tool_calls" in refusal.message


def test_tools_are_refused_for_who_calls_none() -> None:
    with pytest.raises(CannotCarry) as refused:
        refuse_tools(chat(USER, tools=[WEATHER]), "Nobody")
    assert refused.value.param == "tools" and refused.value.message.startswith("Nobody calls no tools")
    refuse_tools(chat(USER, CALLS, result("a", "1")), "Nobody")
    refuse_tools(chat(USER, tools=[WEATHER], tool_choice="none"), "Nobody")
