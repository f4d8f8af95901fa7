"""Conversations as turns: where system text goes, what parts become, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.coze_messages import LIMIT, Turn, text_only, turns
from tests.addon.dialects import native

TARGET = Target("https://api.coze.com", "k", "1")
IMAGE = {"type": "image_url", "image_url": {"url": "https://x.example/cat.png"}}


def made(*messages: dict[str, Any], prompt: str = "", **fields: Any) -> list[Turn]:
    return turns(native.chat(*messages, **fields), Target("https://api.coze.com", "k", "1", system_prompt=prompt))


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_turns_put_system_text_before_the_first_users() -> None:
    system = {"role": "developer", "content": "Be brief."}
    assert made(system, user("Hi")) == [Turn("user", "Be brief.\n\nHi")]
    assert made({"role": "assistant", "content": "Hello"}, user("Hi"), system) == [
        Turn("assistant", "Hello"),
        Turn("user", "Be brief.\n\nHi"),
    ]
    assert made(system, {"role": "assistant", "content": "Hello"}) == [
        Turn("user", "Be brief."),
        Turn("assistant", "Hello"),
    ]


def test_turns_of_a_lone_system_message() -> None:
    assert made({"role": "system", "content": "Who are you?"}) == [Turn("user", "Who are you?")]


def test_turns_take_the_channels_prompt() -> None:
    assert made({"role": "system", "content": "old"}, user("Hi"), prompt="new") == [Turn("user", "new\n\nHi")]


def test_turns_ask_for_json_in_words() -> None:
    [turn] = made(user("Hi"), response_format={"type": "json_object"})
    assert turn.text.startswith("Answer with one valid JSON object") and turn.text.endswith("\n\nHi")


def test_turns_with_images_and_files_are_objects() -> None:
    [turn] = made({"role": "system", "content": "S"}, user([{"type": "text", "text": "T"}, IMAGE]))
    document = turn.document
    assert (document["content_type"], document["type"]) == ("object_string", "question")
    assert json.loads(document["content"]) == [
        {"type": "text", "text": "S"},
        {"type": "text", "text": "T"},
        {"type": "image", "file_url": "https://x.example/cat.png"},
    ]
    [turn] = made(user([{"type": "file", "file": {"file_id": "f1"}}]))
    assert json.loads(turn.document["content"]) == [{"type": "file", "file_id": "f1"}]


def test_turns_name_uploaded_files_by_their_ids() -> None:
    inline = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{native.PIXEL}"}}
    sound = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
    file = {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}}
    ids = {f"messages[0].content[{at}]": f"f{at}" for at in range(3)}
    [turn] = turns(native.chat(user([inline, sound, file])), TARGET, ids)
    assert json.loads(turn.document["content"]) == [
        {"type": "image", "file_id": "f0"},
        {"type": "audio", "file_id": "f1"},
        {"type": "file", "file_id": "f2"},
    ]


def test_turns_leave_out_what_says_nothing() -> None:
    assert made(user("Hi"), {"role": "assistant", "content": ""}, user("Well?")) == [
        Turn("user", "Hi"),
        Turn("user", "Well?"),
    ]


def test_turns_tell_earlier_calls_and_results_in_words() -> None:
    called = {"role": "assistant", "content": "I look.", "tool_calls": [native.call("a", "f", '{"x":1}')]}
    assert made(user("Hi"), called, {"role": "tool", "tool_call_id": "a", "content": "19"}, user("And?")) == [
        Turn("user", "Hi"),
        Turn("assistant", 'I look.\nf({"x":1})'),
        Turn("user", "f: 19"),
        Turn("user", "And?"),
    ]


@pytest.mark.parametrize(
    ("messages", "fields", "param"),
    [
        ([user("Hi")], {"n": 2}, "n"),
        ([user("Hi"), {"role": "tool", "tool_call_id": "a", "content": "1"}], {}, "messages[1].tool_call_id"),
        ([user("Hi"), {"role": "function", "name": "f", "content": "1"}], {}, "messages[1].tool_call_id"),
        (
            [user([{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{native.PIXEL}"}}])],
            {},
            "messages[0].content[0]",
        ),
        (
            [
                user(
                    [
                        {"type": "text", "text": "T"},
                        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
                    ]
                )
            ],
            {},
            "messages[0].content[1]",
        ),
        (
            [user([{"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,aGk="}}])],
            {},
            "messages[0].content[0]",
        ),
        ([user("")], {}, "messages"),
        ([user(str(number)) for number in range(LIMIT + 1)], {}, "messages"),
    ],
)
def test_turns_refuse_what_no_bot_takes(messages: list[Any], fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        made(*messages, **fields)
    assert refused.value.param == param and refused.value.message


def test_turns_refuse_parts_of_an_unknown_type() -> None:
    with pytest.raises(CannotCarry) as refused:
        made(user([{"type": "text", "text": "T"}, {"type": "hologram", "hologram": {}}]))
    assert refused.value.param == "messages[0].content[1]"


def test_text_only_refuses_objects() -> None:
    plain = made(user("Hi"))
    assert text_only(plain) == plain
    with pytest.raises(CannotCarry):
        text_only(made(user([IMAGE])))
