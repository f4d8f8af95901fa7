"""Chat requests to DashScope, rule by rule. That its SDK sends the same is shown in test_dashscope."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects.dashscope_request import build
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, document, result

BASE = "https://dashscope.aliyuncs.com"
SYSTEM = {"role": "system", "content": "Be brief."}
CALLED = {"role": "assistant", "content": None, "tool_calls": [call("c1", "get_weather", '{"city":"Oslo"}')]}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}}
GREETING = [{"role": "user", "content": "Hello"}]


def target(model: str = "qwen-plus", **fields: Any) -> Target:
    return Target(BASE, "sk-fake-key", model, **fields)


def sent(request: ChatRequest, model: str = "qwen-plus", **fields: Any) -> Any:
    return document(build(request, target(model, **fields)))


def parameters(request: ChatRequest, model: str = "qwen-plus") -> Any:
    found = sent(request, model)["parameters"]
    found.pop("result_format", None)
    return found


def turns(*messages: dict[str, Any], model: str = "qwen-plus", **fields: Any) -> Any:
    return sent(chat(*messages), model, **fields)["input"]["messages"]


def test_the_least_request() -> None:
    outbound = build(chat(), target())
    assert outbound.url == f"{BASE}/api/v1/services/aigc/text-generation/generation"
    assert outbound.headers == (("content-type", "application/json"),)
    assert document(outbound) == {
        "model": "qwen-plus",
        "input": {"messages": GREETING},
        "parameters": {"result_format": "message"},
    }


def test_a_stream_tells_only_what_is_new() -> None:
    outbound = build(chat(stream=True, stream_options={"include_usage": True}), target())
    assert ("x-dashscope-sse", "enable") in outbound.headers
    assert ("accept", "text/event-stream") in outbound.headers
    assert document(outbound)["parameters"] == {"result_format": "message", "incremental_output": True}
    assert parameters(chat(stream=True), "qwen-mt-plus") == {"incremental_output": False}


def test_models_that_only_stream_are_asked_for_one() -> None:
    for model, fields, streams in (
        ("qwq-plus", {}, True),
        ("qwen3-32b", {}, True),
        ("qwen3-32b", {"reasoning_effort": "none"}, False),
        ("qwen3-32b", {"enable_thinking": False}, False),
        ("qwen3-32b", {"enable_thinking": "no"}, True),
    ):
        outbound = build(chat(**fields), target(model))
        assert (("x-dashscope-sse", "enable") in outbound.headers) is streams, (model, fields)


@pytest.mark.parametrize(
    ("model", "config", "content", "path"),
    [
        ("qwen-plus", {}, "Hi", "text"),
        ("qwen3.7-plus", {}, "Hi", "multimodal"),
        ("kimi-k2.5", {}, [{"type": "text", "text": "Hi"}, IMAGE], "multimodal"),
        ("kimi-k2.5", {"api": " Multimodal "}, "Hi", "multimodal"),
        ("qwen3.7-plus", {"api": "text"}, "Hi", "text"),
    ],
)
def test_the_service(model: str, config: dict[str, str], content: Any, path: str) -> None:
    outbound = build(chat({"role": "user", "content": content}), target(model, config=config))
    assert outbound.url == f"{BASE}/api/v1/services/aigc/{path}-generation/generation"
    assert ("result_format" in document(outbound)["parameters"]) is (path == "text")


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 2}, {"temperature": 1.99}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"top_p": 1}, {"top_p": 0.9999}),
        ({"top_p": 0}, {"top_p": 0.0001}),
        ({"top_k": 5, "max_tokens": 9}, {"top_k": 5, "max_tokens": 9}),
        ({"max_completion_tokens": 9}, {"max_tokens": 9}),
        ({"n": 4}, {"n": 4}),
        ({"stop": "END"}, {"stop": ["END"]}),
        ({"stop": ["a", ""]}, {"stop": ["a"]}),
        ({"stop": [""]}, {}),
        ({"seed": 2**40 + 5}, {"seed": 5}),
        ({"presence_penalty": 3}, {"presence_penalty": 2}),
        ({"frequency_penalty": 1, "logit_bias": {"1": 1}, "user": "ada", "store": True}, {}),
        ({"logprobs": True}, {"logprobs": True, "top_logprobs": 0}),
        ({"logprobs": True, "top_logprobs": 20}, {"logprobs": True, "top_logprobs": 5}),
        ({"reasoning_effort": "minimal"}, {"enable_thinking": False}),
        ({"reasoning_effort": "low"}, {"enable_thinking": True, "thinking_budget": 2048}),
        ({"enable_thinking": True, "thinking_budget": 99}, {"enable_thinking": True, "thinking_budget": 99}),
        ({"enable_search": True, "repetition_penalty": 1.1}, {"enable_search": True, "repetition_penalty": 1.1}),
        ({"enable_search": None}, {}),
    ],
)
def test_a_knob_is_translated_or_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert parameters(chat(**fields)) == wanted


def test_the_ending_of_a_model_asks_for_the_web() -> None:
    found = sent(chat(), "qwen-plus-internet")
    assert found["model"] == "qwen-plus"
    assert found["parameters"]["enable_search"] is True


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, "auto"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": NAMED}, NAMED),
        ({"tool_choice": "required"}, NAMED),
        ({"tool_choice": "required", "tools": [WEATHER, WEATHER]}, "auto"),
        ({"tool_choice": NAMED, "reasoning_effort": "high"}, "auto"),
    ],
)
def test_tool_choice(fields: dict[str, Any], wanted: Any) -> None:
    assert parameters(chat(**{"tools": [WEATHER], **fields})).get("tool_choice") == wanted


def test_tools() -> None:
    bare = {"type": "function", "function": {"name": "now", "strict": True}}
    found = parameters(chat(tools=[WEATHER, bare], parallel_tool_calls=False))
    assert found["tools"][0] == WEATHER
    assert found["tools"][1]["function"] == {"name": "now", "parameters": {"type": "object", "properties": {}}}
    assert found["parallel_tool_calls"] is False
    assert parameters(chat(tool_choice="auto")) == {}


@pytest.mark.parametrize(
    ("fields", "system", "mode"),
    [
        ({"response_format": {"type": "json_object"}}, "Answer with one valid JSON object", True),
        ({"response_format": {"type": "json_object"}, "reasoning_effort": "high"}, "Answer with one valid JSON", False),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "p", "schema": {"type": "object"}}}},
            '{"type":"object"}',
            True,
        ),
    ],
)
def test_json_is_asked_for_in_words_as_well(fields: dict[str, Any], system: str, mode: bool) -> None:
    found = sent(chat(SYSTEM, USER, **fields))
    assert found["input"]["messages"][0]["content"].startswith("Be brief.\n\nAnswer with")
    assert system in found["input"]["messages"][0]["content"]
    assert ("response_format" in found["parameters"]) is mode


def test_who_speaks_of_json_needs_no_further_words() -> None:
    asked = {"role": "user", "content": "As JSON, please."}
    assert sent(chat(asked, response_format={"type": "json_object"}))["input"]["messages"] == [asked]


def test_a_conversation_with_tools() -> None:
    assert turns(SYSTEM, USER, CALLED, result("c1", "cold"), {"role": "developer", "content": "Now!"}) == [
        {"role": "system", "content": "Be brief.\nNow!"},
        *GREETING,
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "index": 0,
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'},
                }
            ],
        },
        {"role": "tool", "content": "cold", "tool_call_id": "c1"},
    ]


def test_with_senses_every_content_is_a_list() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}}
    wave = {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}}
    asked = {"role": "user", "content": [{"type": "text", "text": "What?"}, IMAGE, sound, wave]}
    found = turns(SYSTEM, asked, CALLED, result("c1", "cold"), model="qwen3.7-plus")
    assert [turn["content"] for turn in found] == [
        [{"text": "Be brief."}],
        [
            {"text": "What?"},
            {"image": "https://images.example/cat.png"},
            {"audio": f"data:audio/mpeg;base64,{PIXEL}"},
            {"audio": f"data:audio/wav;base64,{PIXEL}"},
        ],
        [],
        [{"text": "cold"}],
    ]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("data:image/png;base64,aGk=", {"image": "data:image/png;base64,aGk="}),
        ("data:video/mp4;base64,aGk=", {"video": "data:video/mp4;base64,aGk="}),
        ("data:text/plain;base64,aGk=", {"text": "hi"}),
    ],
)
def test_a_file(data: str, wanted: dict[str, str]) -> None:
    part = {"type": "file", "file": {"filename": "a", "file_data": data}}
    [turn] = turns({"role": "user", "content": [part]}, model="qwen3.7-plus")
    assert turn["content"] == [wanted]


def test_the_channels_prompt_takes_the_place_of_the_systems() -> None:
    assert turns(SYSTEM, USER, system_prompt="Be loud.") == [{"role": "system", "content": "Be loud."}, *GREETING]


def test_blank_messages_disappear() -> None:
    assert turns({"role": "assistant", "content": ""}, USER, {"role": "user", "content": " "}) == GREETING


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (chat(n=5), "n"),
        (chat(n=2, tools=[WEATHER]), "n"),
        (chat({"role": "user", "content": [{"type": "hologram"}]}), "messages[0].content[0]"),
        (chat({"role": "user", "content": " "}), "messages"),
        (chat(USER, result("nobody", "x")), "messages[1].tool_call_id"),
        (
            chat({"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}),
            "messages[0].content[0]",
        ),
    ],
)
def test_what_cannot_be_carried_is_named(request_: ChatRequest, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        build(request_, target())
    assert refused.value.param == param
