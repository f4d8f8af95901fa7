"""What native dialects ask of a conversation."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from addon.canon.dialogue import (
    answered_calls,
    argument_object,
    body_of,
    call_ids,
    call_sites,
    compact,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    safe_names,
    split_system,
    tool_names,
)
from addon.canon.request import (
    CannotCarry,
    ChatRequest,
    Message,
    ResponseFormat,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
)

BAD = re.compile(r"[^a-z]")


def says(role: Role, text: str, at: int, **fields: Any) -> Message:
    return Message(role=role, parts=(Text(text),), param=f"messages[{at}]", **fields)


def request(*messages: Message, **fields: Any) -> ChatRequest:
    return ChatRequest(body={}, raw=b"", model="m", messages=messages, **fields)


SYSTEM, DEVELOPER, USER = says("system", "one", 0), says("developer", "two", 1), says("user", "three", 2)


@pytest.mark.parametrize(
    ("messages", "prompt", "system", "rest"),
    [
        ((USER,), "", "", (USER,)),
        ((SYSTEM, DEVELOPER, USER), "", "one\ntwo", (USER,)),
        ((USER, SYSTEM), "", "one", (USER,)),
        ((SYSTEM, DEVELOPER, USER), "channel", "channel\ntwo", (USER,)),
        ((USER, SYSTEM), "channel", "channel\none", (USER,)),
        ((says("system", " ", 0), USER), "", "", (USER,)),
        ((SYSTEM,), "", "", (says("user", "one", 0),)),
        ((SYSTEM,), "channel", "", (says("user", "channel", 0),)),
    ],
)
def test_split_system(messages: tuple[Message, ...], prompt: str, system: str, rest: tuple[Message, ...]) -> None:
    assert split_system(messages, prompt) == (system, rest)


def assistant(at: int, *calls: ToolCall) -> Message:
    return Message(role="assistant", parts=(), param=f"messages[{at}]", tool_calls=calls)


def test_results_find_the_latest_call_with_their_id() -> None:
    a, b = ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")
    found = answered_calls(
        [
            assistant(0, a, b),
            says("tool", "", 1, tool_call_id="b"),
            says("tool", "", 2, tool_call_id="a"),
            assistant(3, a),
            says("tool", "", 4, tool_call_id="a"),
            says("tool", "", 5, tool_call_id="a"),
            says("function", "", 6, name="g"),
        ]
    )
    assert {param: site.key for param, site in found.items()} == {
        "messages[1]": ("messages[0]", 1),
        "messages[2]": ("messages[0]", 0),
        "messages[4]": ("messages[3]", 0),
    }


def test_an_old_function_result_finds_its_call_by_name() -> None:
    found = answered_calls([assistant(0, ToolCall("", "f", "")), says("function", "", 1, name="f")])
    assert found["messages[1]"].call.name == "f"


def test_calls_are_listed_with_their_places() -> None:
    calls = call_sites([USER, assistant(3, ToolCall("a", "f", ""), ToolCall("a", "g", ""))])
    assert [(site.key, site.call.name) for site in calls] == [(("messages[3]", 0), "f"), (("messages[3]", 1), "g")]


def test_tool_names_are_those_offered_called_and_chosen() -> None:
    asked = request(
        USER,
        assistant(3, ToolCall("a", "called", ""), ToolCall("b", "offered", "")),
        tools=(Tool("offered"),),
        tool_choice=ToolChoice("named", "chosen"),
    )
    assert tool_names(asked) == ["offered", "called", "chosen"]
    assert tool_names(request(USER, tool_choice=ToolChoice("auto"))) == []


@pytest.mark.parametrize(
    ("names", "safe"),
    [
        (["good"], {"good": "good"}),
        (["a.b", "a_b"], {"a.b": "a_b", "a_b": "a_b_2"}),
        (["abcdefgh"], {"abcdefgh": "abcdef"}),
        (["abcdefgh", "abcdef", "abcdefxy"], {"abcdef": "abcdef", "abcdefgh": "abcd_2", "abcdefxy": "abcd_3"}),
        ([""], {"": "_"}),
    ],
)
def test_names_are_made_fit_and_stay_different(names: list[str], safe: dict[str, str]) -> None:
    assert safe_names(names, BAD, 6) == safe


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ('{"a":1}', {"a": 1}),
        ("", {}),
        (" \n", {}),
        ('{"a":', {"arguments": '{"a":'}),
        ("[1]", {"arguments": [1]}),
    ],
)
def test_arguments_are_always_an_object(arguments: str, wanted: dict[str, Any]) -> None:
    assert argument_object(ToolCall("a", "f", arguments)) == wanted


def test_json_instructions() -> None:
    assert json_instruction(ResponseFormat()) == ""
    assert "JSON object" in json_instruction(ResponseFormat("json_object"))
    assert '{"type":"object"}' in json_instruction(ResponseFormat("json_schema", "n", {"type": "object"}))


def test_documents_are_compact() -> None:
    assert compact({"a": "ü", "b": [1]}) == '{"a":"ü","b":[1]}'
    assert body_of({"a": "ü\ud83d"}) == b'{"a":"\\u00fc\\ud83d"}'
    assert json.loads(body_of({"a": "ü\ud83d"})) == {"a": "ü\ud83d"}


def test_refusals_name_the_part_and_the_provider() -> None:
    refuse_foreign(request(USER), "Somebody")
    with pytest.raises(CannotCarry, match="Somebody") as refused:
        refuse_foreign(request(USER, foreign=("tools[0]", "tools[1]")), "Somebody")
    assert refused.value.param == "tools[0]"
    assert nothing_to_say("Somebody").param == "messages"
    with pytest.raises(CannotCarry, match="Somebody does not speak") as silent:
        refuse_foreign(request(USER, modalities=("text", "audio")), "Somebody")
    assert silent.value.param == "modalities"


def test_call_ids_are_unique_never_empty_and_of_the_characters_that_are_taken() -> None:
    calls = tuple(ToolCall(id, "f", "{}") for id in ("abc", "abc", "a-c", "", "abcdefgh"))
    ids = call_ids([says("assistant", "", 0, tool_calls=calls)], BAD, 6)
    assert list(ids) == [("messages[0]", at) for at in range(5)]
    assert list(ids.values()) == ["abc", "abc_2", "a_c", "call_3", "abcdef"]
