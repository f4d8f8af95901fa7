"""Requests as Tencent wants them: its turns, its tools, and what it cannot take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.canon.turns import NOTED
from addon.dialects.tencent_messages import chat_document
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, result

TARGET = Target("https://hunyuan.tencentcloudapi.com", "AKIDfake|fake", "hunyuan-lite")
OTHER = {"type": "function", "function": {"name": "get_time"}}


def document(*messages: Any, **fields: Any) -> dict[str, Any]:
    return chat_document(chat(*messages, **fields), TARGET)


def test_plain_request_has_nothing_else() -> None:
    assert document() == {
        "Model": "hunyuan-lite",
        "Messages": [{"Role": "user", "Content": "Hello"}],
        "Stream": False,
    }


def test_system_texts_and_the_wish_for_json_stand_in_front() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    system = {"role": "system", "content": "Be brief."}
    target = Target(TARGET.base_url, TARGET.key, "hunyuan-lite", system_prompt="Be kind.")
    made = chat_document(chat(USER, {"role": "developer", "content": "And clear."}, response_format=wanted), target)
    [first, user] = made["Messages"]
    assert first["Role"] == "system" and first["Content"].startswith(
        "Be kind.\nAnd clear.\n\nAnswer with one valid JSON"
    )
    assert '{"type":"object"}' in first["Content"] and user["Role"] == "user"
    assert document(system, USER)["Messages"][0] == {"Role": "system", "Content": "Be brief."}


def test_turns_alternate_and_results_find_their_calls() -> None:
    parallel = [call("call_1", "get_weather", '{"city":"Oslo"}'), call("call_2", "get_weather", '{"city":"Rome"}')]
    made = document(
        USER,
        USER,
        {"role": "assistant", "content": None, "tool_calls": parallel},
        result("call_2", "hot"),
        result("call_1", ""),
        USER,
    )
    assert [one["Role"] for one in made["Messages"]] == ["user", "assistant", "tool", "tool", "assistant", "user"]
    assert made["Messages"][0]["Content"] == "Hello\nHello"
    assert made["Messages"][1] == {
        "Role": "assistant",
        "Content": "",
        "ToolCalls": [
            {
                "Id": f"call_{number}",
                "Type": "function",
                "Function": {"Name": "get_weather", "Arguments": json.dumps({"city": city}, separators=(",", ":"))},
                "Index": number - 1,
            }
            for number, city in ((1, "Oslo"), (2, "Rome"))
        ],
    }
    assert made["Messages"][2:5] == [
        {"Role": "tool", "Content": "hot", "ToolCallId": "call_2"},
        {"Role": "tool", "Content": " ", "ToolCallId": "call_1"},
        {"Role": "assistant", "Content": NOTED},
    ]


def test_old_function_results_find_their_call() -> None:
    made = document(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "get_time", "arguments": "{}"}},
        {"role": "function", "name": "get_time", "content": "noon"},
    )
    [_, assistant, answer] = made["Messages"]
    assert assistant["ToolCalls"][0]["Id"] == answer["ToolCallId"] != ""


def test_pictures_make_a_list_of_parts() -> None:
    url = f"data:image/png;base64,{PIXEL}"
    picture = {"type": "image_url", "image_url": {"url": url}}
    made = document({"role": "user", "content": [{"type": "text", "text": "Look"}, picture]}, USER)
    assert made["Messages"] == [
        {
            "Role": "user",
            "Contents": [
                {"Type": "text", "Text": "Look"},
                {"Type": "image_url", "ImageUrl": {"Url": url}},
                {"Type": "text", "Text": "\n"},
                {"Type": "text", "Text": "Hello"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("choice", "tools", "wanted"),
    [
        (None, [WEATHER], (None, None)),
        ("auto", [WEATHER], ("auto", None)),
        ("none", [WEATHER], ("none", None)),
        ("required", [WEATHER], ("custom", "get_weather")),
        ("required", [WEATHER, OTHER], ("auto", None)),
        ({"type": "function", "function": {"name": "get_time"}}, [WEATHER, OTHER], ("custom", "get_time")),
    ],
)
def test_tools_and_their_choice(choice: Any, tools: list[Any], wanted: tuple[str | None, str | None]) -> None:
    made = document(tools=tools, **({} if choice is None else {"tool_choice": choice}))
    assert json.loads(made["Tools"][0]["Function"]["Parameters"]) == WEATHER["function"]["parameters"]  # type: ignore[index]
    custom = made.get("CustomTool", {}).get("Function", {}).get("Name")
    assert (made.get("ToolChoice"), custom) == wanted


def test_tool_without_schema_and_description_has_an_empty_one() -> None:
    [tool] = document(tools=[OTHER])["Tools"]
    assert tool["Function"] == {"Name": "get_time", "Parameters": '{"type":"object","properties":{}}'}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 0, "top_p": 0}, {"Temperature": 0, "TopP": 0}),
        ({"temperature": 2.0, "top_p": 1}, {"Temperature": 2.0, "TopP": 1}),
        ({"stop": "END"}, {"Stop": ["END"]}),
        ({"seed": 0}, {"Seed": 10_000}),
        ({"seed": 10_001}, {"Seed": 1}),
        ({"reasoning_effort": "minimal"}, {"EnableThinking": False}),
        ({"reasoning_effort": "high"}, {"EnableThinking": True}),
        ({"enable_enhancement": True, "search_info": "yes"}, {"EnableEnhancement": True}),
        ({"max_tokens": 5, "presence_penalty": 1, "user": "ada", "logprobs": True}, {}),
    ],
)
def test_knobs_have_their_names_or_are_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    made = document(**fields)
    assert {name: made[name] for name in made if name not in ("Model", "Messages", "Stream")} == wanted


@pytest.mark.parametrize(
    ("messages", "fields", "param"),
    [
        ([USER], {"n": 2}, "n"),
        ([{"role": "user", "content": " "}], {}, "messages"),
        ([USER, result("call_9", "x")], {}, "messages[1].tool_call_id"),
        ([{"role": "user", "content": [{"type": "video", "video": "x"}]}], {}, "messages[0].content[0]"),
        (
            [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}]}],
            {},
            "messages[0].content[0]",
        ),
    ],
)
def test_what_hunyuan_does_not_take_is_named(messages: list[Any], fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as caught:
        document(*messages, **fields)
    assert caught.value.param == param


def test_assistant_says_only_text() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}}
    with pytest.raises(CannotCarry, match="only text"):
        document(USER, {"role": "assistant", "content": [picture]}, USER)
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    assert document(USER, refused, USER)["Messages"][1]["Content"] == "No."
