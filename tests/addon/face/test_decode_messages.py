from __future__ import annotations

from typing import Any

import pytest

from addon.canon.request import Message, Text, ToolCall
from addon.face.bad_request import BadRequest
from addon.face.decode_messages import decode_messages

CALL = {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}


def decoded(*messages: Any) -> tuple[Message, ...]:
    return decode_messages({"messages": list(messages)}, [])


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_a_plain_message_keeps_role_text_and_name(role: str) -> None:
    (message,) = decoded({"role": role, "content": "hi", "name": "ann"})
    assert (message.role, message.text, message.name, message.param) == (role, "hi", "ann", "messages[0]")


def test_calls_and_their_results_are_read() -> None:
    extra = {"google": {"thought_signature": "abc"}}
    call, result = decoded(
        {"role": "assistant", "content": None, "tool_calls": [CALL, {**CALL, "id": "b", "extra_content": extra}]},
        {"role": "tool", "tool_call_id": "call_a", "content": [{"type": "text", "text": "42"}]},
    )
    assert call.tool_calls == (ToolCall("call_a", "f", '{"x":1}'), ToolCall("b", "f", '{"x":1}', extra))
    assert call.parts == ()
    assert (result.tool_call_id, result.parts, result.param) == ("call_a", (Text("42"),), "messages[1]")


def test_an_old_function_call_is_paired_with_the_message_that_answers_it() -> None:
    call, result, alone = decoded(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "42"},
        {"role": "function", "name": "g", "content": "43"},
    )
    assert call.tool_calls == (ToolCall("call_0", "f", "{}"),)
    assert (result.tool_call_id, result.name) == ("call_0", "f")
    assert alone.tool_call_id == "call_2"


def test_missing_ids_and_arguments_of_calls_are_empty() -> None:
    (message,) = decoded({"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]})
    assert message.tool_calls == (ToolCall("", "f", ""),)


def test_calls_count_for_the_assistant_only() -> None:
    (message,) = decoded({"role": "user", "content": "hi", "tool_calls": [CALL]})
    assert message.tool_calls == ()


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_and_opaque_details_come_back_as_they_were_sent(field: str) -> None:
    details = [{"type": "thinking", "signature": "s"}]
    (message,) = decoded({"role": "assistant", "content": "a", field: "hm", "reasoning_details": details})
    assert message.reasoning == "hm"
    assert message.opaque == tuple(details)


def test_a_call_of_another_type_is_foreign() -> None:
    foreign: list[str] = []
    message = {"role": "assistant", "tool_calls": [CALL, {"id": "c", "type": "custom", "custom": {"name": "x"}}]}
    (decoded_message,) = decode_messages({"messages": [message]}, foreign)
    assert len(decoded_message.tool_calls) == 1
    assert foreign == ["messages[0].tool_calls[1]"]


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({}, "messages", "field messages is required"),
        ({"messages": []}, "messages", "field messages is required"),
        ({"messages": None}, "messages", "field messages is required"),
        ({"messages": "hi"}, "messages", "messages must be an array, not a string"),
        ({"messages": ["hi"]}, "messages[0]", "messages[0] must be an object, not a string"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role", "messages[0].role is required"),
        ({"messages": [{"role": "bot", "content": "hi"}]}, "messages[0].role", "must be one of system, developer"),
        ({"messages": [{"role": "tool", "content": "hi"}]}, "messages[0].tool_call_id", "is required"),
        ({"messages": [{"role": "function", "content": "hi"}]}, "messages[0].name", "is required"),
        ({"messages": [{"role": "user", "content": "hi", "name": 1}]}, "messages[0].name", "must be a string"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]},
            "messages[0].tool_calls[0].function",
            "is required",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}]},
            "messages[0].tool_calls[0].function.arguments",
            "must be a string, not an object",
        ),
    ],
)
def test_a_wrong_message_is_named_with_its_path(body: dict[str, Any], param: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_messages(body, [])
    assert caught.value.param == param
    assert message in caught.value.message
