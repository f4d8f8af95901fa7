"""Requests as Qianfan v1 wants them; the recorded requests are what its own SDKs sent."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.canon.turns import CONTINUE, NOTED
from addon.dialects.baidu_messages import chat_document
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, result
from tests.recordings import Recording, cases

TARGET = Target("https://aip.baidubce.com", "fake-ak|fake-sk", "ERNIE-Speed-128K")
NEWER = Target("https://aip.baidubce.com", "fake-ak|fake-sk", "ERNIE-4.0-8K")


def document(*messages: Any, target: Target = TARGET, **fields: Any) -> dict[str, Any]:
    return chat_document(chat(*messages, **fields), target)


def roles(made: dict[str, Any]) -> list[str]:
    return [message["role"] for message in made["messages"]]


def test_plain_request_has_nothing_else() -> None:
    assert document() == {"messages": [{"role": "user", "content": "Hello"}]}
    assert document(stream=True)["stream"] is True


@pytest.mark.parametrize("recording", cases(["baidu"], ["chat", "chat-stream"]))
def test_recorded_request_can_be_written_with_openais_words(recording: Recording) -> None:
    """A client's conversation with the same calls becomes the same messages and functions."""
    messages: list[dict[str, Any]] = []
    for one in recording.request["messages"]:
        if one["role"] == "function":
            messages.append(result("call_1", one["content"]))
        elif "function_call" in one:
            called = one["function_call"]
            thoughts = {"reasoning_content": called["thoughts"]} if "thoughts" in called else {}
            calls = [call("call_1", called["name"], called["arguments"])]
            messages.append({"role": "assistant", "content": None, "tool_calls": calls, **thoughts})
        else:
            messages.append(one)
    functions = recording.request.get("functions", [])
    plain = [{name: one[name] for name in ("name", "description", "parameters")} for one in functions]
    tools: dict[str, Any] = {"tools": [{"type": "function", "function": one} for one in plain]} if plain else {}
    made = document(*messages, target=NEWER, **tools)
    wanted = [{"content": "", **one} if "function_call" in one else one for one in recording.request["messages"]]
    assert made["messages"] == wanted
    assert made.get("functions", []) == plain


def test_system_texts_stand_apart() -> None:
    made = document({"role": "system", "content": "A"}, USER, {"role": "system", "content": "B"})
    assert made["system"] == "A\nB" and roles(made) == ["user"]
    assert document({"role": "system", "content": "A"}) == {"messages": [{"role": "user", "content": "A"}]}


def test_parallel_calls_become_one_after_the_other() -> None:
    calls = [call("a", "get_weather", '{"city":"Oslo"}'), call("b", "get_weather", ""), call("c", "get_weather", "{}")]
    assistant = {"role": "assistant", "content": "Let me see.", "tool_calls": calls, "reasoning_content": "hm"}
    made = document(USER, assistant, result("b", "hot"), result("a", ""), USER)
    assert made["messages"] == [
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "function_call": {"name": "get_weather", "arguments": '{"city":"Oslo"}', "thoughts": "hm"},
        },
        {"role": "function", "name": "get_weather", "content": "null"},
        {"role": "assistant", "content": "", "function_call": {"name": "get_weather", "arguments": "{}"}},
        {"role": "function", "name": "get_weather", "content": "hot"},
        {"role": "assistant", "content": NOTED},
        {"role": "user", "content": "Hello"},
    ]


def test_calls_without_any_result_are_left_out() -> None:
    assistant = {"role": "assistant", "content": "Let me see.", "tool_calls": [call("a", "get_weather", "{}")]}
    assert document(USER, assistant)["messages"][1:] == [
        {"role": "assistant", "content": "Let me see."},
        {"role": "user", "content": CONTINUE},
    ]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 0, "top_p": 0.5}, {"temperature": 0.01, "top_p": 0.5}),
        ({"temperature": 2}, {"temperature": 1}),
        ({"frequency_penalty": 0}, {"penalty_score": 1}),
        ({"frequency_penalty": 2}, {"penalty_score": 2}),
        ({"frequency_penalty": -2}, {"penalty_score": 1}),
        ({"max_tokens": 1}, {"max_output_tokens": 2}),
        ({"max_completion_tokens": 50}, {"max_output_tokens": 50}),
        ({"stop": ["a", "b" * 21, "c"]}, {"stop": ["a", "c"]}),
        ({"stop": "b" * 21}, {}),
        ({"user": "ada"}, {"user_id": "ada"}),
        ({"disable_search": True, "enable_trace": "x"}, {"disable_search": True}),
        ({"presence_penalty": 1, "seed": 1, "logprobs": True}, {}),
        ({"response_format": {"type": "text"}}, {}),
    ],
)
def test_knobs_have_their_names_or_are_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    made = document(**fields)
    del made["messages"]
    assert made == wanted


def test_json_is_asked_for_in_words_and_where_it_is_known_by_its_mode() -> None:
    wish: dict[str, Any] = {"response_format": {"type": "json_object"}}
    older, newer = document(**wish), document(target=NEWER, **wish)
    assert "JSON" in older["system"] and "response_format" not in older
    assert newer == {**older, "response_format": "json_object"}


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("auto", None),
        ("required", None),
        (
            {"type": "function", "function": {"name": "get_weather"}},
            {"type": "function", "function": {"name": "get_weather"}},
        ),
    ],
)
def test_only_a_named_choice_has_a_word(choice: Any, wanted: Any) -> None:
    made = document(tools=[WEATHER], tool_choice=choice)
    assert made["functions"] == [WEATHER["function"]]
    assert made.get("tool_choice") == wanted


def test_functions_that_must_not_be_called_are_not_told() -> None:
    assert "functions" not in document(tools=[WEATHER], tool_choice="none")


def test_function_without_description_and_schema_gets_them() -> None:
    [function] = document(tools=[{"type": "function", "function": {"name": "now"}}])["functions"]
    assert function == {"name": "now", "description": "now", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("messages", "fields", "param"),
    [
        ([USER], {"n": 2}, "n"),
        ([{"role": "user", "content": " "}], {}, "messages"),
        ([USER, result("call_9", "x")], {}, "messages[1].tool_call_id"),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}],
                }
            ],
            {},
            "messages[0].content[0]",
        ),
    ],
)
def test_what_ernie_does_not_take_is_named(messages: list[Any], fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as caught:
        document(*messages, **fields)
    assert caught.value.param == param
