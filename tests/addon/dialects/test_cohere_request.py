"""Requests to Cohere's v2 chat, rule by rule, and all of them against what Cohere's own SDK sends."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.canon.turns import CONTINUE
from addon.dialects.cohere_request import build
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, document, result
from tests.addon.dialects.sdk_traffic import sent_by

MODEL, THINKER = "command-a-03-2025", "command-a-reasoning-08-2025"
SYSTEM = {"role": "system", "content": "Be brief."}
CALLED = {"role": "assistant", "content": "I look.", "tool_calls": [call("w1", "get_weather", '{"city": "Paris"}')]}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
WANTS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
OTHER = {"type": "function", "function": {"name": "2 lives"}}
STRICT = {"type": "function", "function": {**WEATHER["function"], "strict": True}}  # type: ignore[dict-item]

CASES: dict[str, ChatRequest] = {
    "greeting": chat(SYSTEM, USER),
    "stream": chat(stream=True),
    "knobs": chat(temperature=1.7, top_p=1, top_k=900, seed=3, max_tokens=9, stop=["a", "", "b"], logprobs=True),
    "penalties": chat(presence_penalty=-1, frequency_penalty=1.5),
    "picture": chat({"role": "user", "content": [{"type": "text", "text": "What?"}, PICTURE]}),
    "tools": chat(USER, CALLED, result("w1", "18 C"), tools=[WEATHER], tool_choice="required"),
    "named": chat(tools=[WEATHER, OTHER], tool_choice=NAMED, parallel_tool_calls=False),
    "strict": chat(tools=[STRICT]),
    "schema": chat(response_format=WANTS_SCHEMA),
    "json": chat(response_format={"type": "json_object"}),
    "documents": chat(documents=[{"id": "d", "data": {"text": "It rains."}}], safety_mode="STRICT"),
}


def sent(request: ChatRequest, model: str = MODEL, **fields: Any) -> Any:
    return document(build(request, Target("https://api.cohere.ai", "fake-cohere", model, **fields)))


def test_the_least_request() -> None:
    outbound = build(chat(), Target("https://api.cohere.ai", "fake-cohere", MODEL))
    assert (outbound.method, outbound.url) == ("POST", "https://api.cohere.ai/v2/chat")
    assert outbound.secrets == (("authorization", "Bearer fake-cohere"),)
    assert document(outbound) == {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("base", ["https://p.test/cohere", "https://p.test/cohere/v1", "https://p.test/cohere/v2"])
def test_a_base_url_may_hold_a_version(base: str) -> None:
    assert build(chat(), Target(base, "k", MODEL)).url == "https://p.test/cohere/v2/chat"


def test_requests_are_those_that_the_sdk_sends() -> None:
    call = """
import cohere, contextlib
def call(host, case):
    client = cohere.ClientV2(api_key="fake", base_url="http://" + host)
    send = client.chat_stream if case.pop("stream", False) else client.chat
    with contextlib.suppress(Exception):  # the reply is no stream; what was sent is what counts
        list(send(**case))
"""
    documents = [sent(request) for request in CASES.values()]
    reply = {"id": "x", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": []}}
    for ours, theirs in zip(documents, sent_by(call, documents, reply), strict=True):
        assert theirs.path == "/v2/chat"
        assert {"stream": False, **ours} == theirs.document


def test_ranges_are_narrower() -> None:
    made = sent(CASES["knobs"])
    assert (made["temperature"], made["p"], made["k"]) == (1, 0.99, 500)
    assert (made["seed"], made["max_tokens"], made["stop_sequences"], made["logprobs"]) == (3, 9, ["a", "b"], True)
    assert sent(chat(stop=list("abcdef")))["stop_sequences"] == list("abcde")
    assert sent(chat(temperature=0, seed=-1)) == {**sent(chat()), "temperature": 0}


@pytest.mark.parametrize(
    ("presence", "frequency", "wanted"),
    [(-1, 1.5, {"frequency_penalty": 1}), (0.5, 0.2, {"presence_penalty": 0.5}), (-1, -1, {}), (0, 0, {})],
)
def test_only_the_stronger_penalty_is_sent(presence: float, frequency: float, wanted: dict[str, float]) -> None:
    made = sent(chat(presence_penalty=presence, frequency_penalty=frequency))
    assert {name: value for name, value in made.items() if "penalty" in name} == wanted


def test_system_messages_go_to_the_front_and_the_channels_goes_first() -> None:
    late = {"role": "developer", "content": "And kind."}
    assert sent(chat(SYSTEM, USER, late))["messages"][0] == {"role": "system", "content": "Be brief.\nAnd kind."}
    assert sent(chat(SYSTEM, USER), system_prompt="Be loud.")["messages"][0]["content"] == "Be loud."
    assert sent(chat(SYSTEM))["messages"] == [{"role": "user", "content": "Be brief."}]


def test_an_answer_is_not_the_last_word() -> None:
    made = sent(chat(USER, {"role": "assistant", "content": "Hi"}))["messages"]
    assert made[1:] == [
        {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "user", "content": CONTINUE},
    ]


def test_text_beside_calls_is_a_plan_and_results_find_their_call() -> None:
    twice = [call("same", "get_weather", ""), call("same", "2 lives", "[1]")]
    made = sent(
        chat(
            {"role": "assistant", "content": None, "tool_calls": twice},
            result("same", "1"),
            result("same", [{"type": "text", "text": "2"}]),
            CALLED,
            result("w1", "3"),
            tools=[WEATHER, OTHER],
        )
    )["messages"]
    first, second = made[0]["tool_calls"]
    assert (first["id"], second["id"]) == ("same", "same_2")
    assert (first["function"]["arguments"], second["function"]["arguments"]) == ("{}", '{"arguments":[1]}')
    assert second["function"]["name"] == "_2_lives"
    assert "tool_plan" not in made[0] and "content" not in made[0]
    assert [one["tool_call_id"] for one in made if one["role"] == "tool"] == ["same", "same_2", "w1"]
    assert made[3]["tool_plan"] == "I look."


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(CannotCarry, match="No earlier assistant message"):
        sent(chat(USER, result("nobody", "1")))


def test_thoughts_go_back_to_a_model_that_has_some() -> None:
    said = {"role": "assistant", "content": "4", "reasoning_content": "2+2"}
    for model, blocks in ((THINKER, ["thinking", "text"]), (MODEL, ["text"])):
        made = sent(chat(USER, said, USER), model)["messages"][1]
        assert [block["type"] for block in made["content"]] == blocks


@pytest.mark.parametrize(
    ("fields", "model", "wanted"),
    [
        ({}, THINKER, None),
        ({"reasoning_effort": "none"}, THINKER, {"type": "disabled"}),
        ({"reasoning_effort": "low"}, THINKER, {"type": "enabled", "token_budget": 2048}),
        ({"reasoning_effort": "low", "max_tokens": 100}, THINKER, {"type": "enabled", "token_budget": 50}),
        ({"reasoning_effort": "xhigh"}, THINKER, {"type": "enabled"}),
        ({"reasoning_effort": "high"}, MODEL, None),
    ],
)
def test_an_effort_is_a_budget(fields: dict[str, Any], model: str, wanted: Any) -> None:
    assert sent(chat(**fields), model).get("thinking") == wanted


def test_who_decides_on_tools() -> None:
    assert "tool_choice" not in sent(chat(tools=[WEATHER], tool_choice="auto"))
    assert sent(chat(tools=[WEATHER], tool_choice="none"))["tool_choice"] == "NONE"
    assert sent(CASES["tools"])["tool_choice"] == "REQUIRED"
    named = sent(CASES["named"])
    assert named["tool_choice"] == "REQUIRED" and len(named["tools"]) == 1
    assert "tool_choice" not in sent(chat(tool_choice="none"))


def test_strictness_is_one_switch_for_tools_that_all_have_to_be_told_something() -> None:
    assert sent(CASES["strict"])["strict_tools"] is True
    assert "strict_tools" not in sent(chat(tools=[STRICT, OTHER]))


def test_a_format_beside_tools_is_asked_for_in_words() -> None:
    assert sent(CASES["schema"])["response_format"] == {"type": "json_object", "json_schema": SCHEMA}
    made = sent(chat(response_format=WANTS_SCHEMA, tools=[WEATHER]))
    assert "response_format" not in made and '"age"' in made["messages"][0]["content"]


def test_pictures_stay_and_files_of_text_are_read() -> None:
    file = {"type": "file", "file": {"file_data": "data:text/plain;base64," + base64.b64encode(b"Notes").decode()}}
    blank = {"type": "text", "text": " "}
    made = sent(chat({"role": "user", "content": [PICTURE, blank, file]}))["messages"][0]["content"]
    assert made == [PICTURE, {"type": "text", "text": "Notes"}]


@pytest.mark.parametrize(
    ("message", "fields", "param"),
    [
        (USER, {"n": 2}, "n"),
        ({"role": "user", "content": [{"type": "text", "text": " "}]}, {}, "messages"),
        ({"role": "user", "content": [{"type": "video", "video": {}}]}, {}, "messages[0].content[0]"),
        (
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}]},
            {},
            "messages[0].content[0]",
        ),
    ],
)
def test_what_cohere_cannot_do_is_refused(message: Any, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        sent(chat(message, **fields))
    assert refused.value.param == param
