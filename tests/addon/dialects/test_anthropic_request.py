"""Requests to Anthropic, rule by rule, and all of them against the SDK's request types."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects.anthropic_parts import CONTINUE
from addon.dialects.anthropic_request import BUDGETS, MAX_TOKENS, build
from tests.addon.dialects.native import (
    PIXEL,
    USER,
    WEATHER,
    call,
    chat,
    document,
    misfits,
    result,
)

OLD, BUDGET, ADAPTIVE, NEW, STUBBORN = (
    "claude-3-5-haiku-latest",
    "claude-sonnet-4-5",
    "claude-sonnet-4-6",
    "claude-opus-5",
    "claude-fable-5",
)
SCHEMA = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 0}},
    "required": ["age"],
    "additionalProperties": False,
}
WANTS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": SCHEMA}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
STRICT = {"type": "function", "function": {**WEATHER["function"], "strict": True}}  # type: ignore[dict-item]
CALLED = {"role": "assistant", "content": None, "tool_calls": [call("toolu_1", "get_weather", '{"city":"Paris"}')]}
THOUGHT = {**CALLED, "reasoning_details": [{"type": "anthropic.thinking", "thinking": "Hm.", "signature": "c2ln"}]}
ANSWERED = result("toolu_1", "18 C")
SYSTEM = {"role": "system", "content": "Be brief."}


def target(model: str = BUDGET, **fields: Any) -> Target:
    return Target("https://api.anthropic.com", "sk-fake-anthropic", model, **fields)


def sent(request: ChatRequest, model: str = BUDGET, **fields: Any) -> Any:
    return document(build(request, target(model, **fields)))


def test_the_least_request() -> None:
    outbound = build(chat(), target())
    assert outbound.method == "POST"
    assert outbound.url == "https://api.anthropic.com/v1/messages"
    assert dict(outbound.headers) == {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    assert outbound.secrets == (("x-api-key", "sk-fake-anthropic"),)
    assert document(outbound) == {
        "model": BUDGET,
        "max_tokens": MAX_TOKENS,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
    }


def test_the_script_of_the_article_a_single_system_message() -> None:
    request = chat(
        {"role": "system", "content": "Tell a joke."}, stream=True, temperature=0.8, top_p=1, max_tokens=1024
    )
    assert sent(request) == {
        "model": BUDGET,
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Tell a joke."}]}],
        "temperature": 0.8,
        "stream": True,
    }


@pytest.mark.parametrize("base", ["https://proxy.test/anthropic", "https://proxy.test/anthropic/v1"])
def test_a_base_url_may_hold_the_version(base: str) -> None:
    assert build(chat(), Target(base, "k", BUDGET)).url == "https://proxy.test/anthropic/v1/messages"


def test_a_channel_may_name_version_path_and_headers() -> None:
    quirks = Quirks(paths={"chat/completions": "/messages"}, headers=(("x-extra", "1"),))
    outbound = build(chat(), target(quirks=quirks, config={"api_version": "2026-10-21"}))
    assert outbound.url == "https://api.anthropic.com/messages"
    assert dict(outbound.headers)["anthropic-version"] == "2026-10-21"
    assert ("x-extra", "1") in outbound.headers


def test_a_file_id_needs_the_files_beta() -> None:
    part = {"type": "file", "file": {"file_id": "file_1"}}
    outbound = build(chat({"role": "user", "content": [part]}), target())
    assert dict(outbound.headers)["anthropic-beta"] == "files-api-2025-04-14"


@pytest.mark.parametrize(
    ("messages", "prompt", "system"),
    [
        ([SYSTEM, USER], "", "Be brief."),
        ([SYSTEM, {"role": "developer", "content": "And kind."}, USER], "", "Be brief.\nAnd kind."),
        ([USER, SYSTEM], "", "Be brief."),
        ([SYSTEM, USER], "Be loud.", "Be loud."),
        ([USER], "Be loud.", "Be loud."),
    ],
)
def test_system_messages_go_to_the_front(messages: list[dict[str, Any]], prompt: str, system: str) -> None:
    found = sent(chat(*messages), system_prompt=prompt)
    assert found["system"] == system
    assert len(found["messages"]) == 1


@pytest.mark.parametrize(
    ("fields", "model", "wanted"),
    [
        ({"temperature": 1.7}, BUDGET, {"temperature": 1}),
        ({"temperature": 0}, BUDGET, {"temperature": 0}),
        ({"temperature": 0.5, "top_p": 0.9}, BUDGET, {"temperature": 0.5}),
        ({"temperature": 0.5, "top_p": 0.9}, OLD, {"temperature": 0.5, "top_p": 0.9}),
        ({"top_p": 0.9, "top_k": 5}, BUDGET, {"top_p": 0.9, "top_k": 5}),
        ({"temperature": 0.5, "top_p": 0.9, "top_k": 5}, NEW, {}),
        ({"temperature": 0.5, "reasoning_effort": "low"}, BUDGET, {}),
        ({"temperature": 0.5, "reasoning_effort": "none"}, BUDGET, {"temperature": 0.5}),
    ],
)
def test_sampling_follows_the_model(fields: dict[str, Any], model: str, wanted: dict[str, Any]) -> None:
    found = sent(chat(**fields), model)
    assert {name: found[name] for name in ("temperature", "top_p", "top_k") if name in found} == wanted


def test_sampling_is_gone_from_the_newer_version_of_the_api() -> None:
    assert "temperature" not in sent(chat(temperature=0.5), config={"api_version": "2026-10-21"})


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"max_completion_tokens": 7}, {"max_tokens": 7}),
        ({"stop": ["END", " \n", ""]}, {"stop_sequences": ["END"]}),
        ({"stop": "END"}, {"stop_sequences": ["END"]}),
        ({"user": "ada"}, {"metadata": {"user_id": "ada"}}),
        ({"user": "ada@example.test"}, {}),
        ({"user": "+44 20 7946 0000"}, {}),
        ({"user": "ada", "safety_identifier": "s" * 300}, {"metadata": {"user_id": "s" * 256}}),
        ({"service_tier": "auto"}, {"service_tier": "auto"}),
        ({"service_tier": "default"}, {"service_tier": "standard_only"}),
        ({"service_tier": "flex"}, {}),
        (
            {
                "seed": 1,
                "logprobs": True,
                "top_logprobs": 2,
                "logit_bias": {"1": 1},
                "presence_penalty": 1,
                "frequency_penalty": 1,
                "store": True,
                "n": 1,
                "stream_options": {"include_usage": True},
                "parallel_tool_calls": True,
                "verbosity": "low",
            },
            {},
        ),
    ],
)
def test_a_knob_is_translated_or_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(chat(**fields)) == sent(chat()) | wanted


def test_more_than_one_answer_is_refused() -> None:
    with pytest.raises(CannotCarry, match="one answer") as refused:
        build(chat(n=2), target())
    assert refused.value.param == "n"


def test_content_of_unknown_types_is_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        build(chat({"role": "user", "content": [{"type": "hologram"}]}), target())
    assert refused.value.param == "messages[0].content[0]"


def test_a_conversation_of_blanks_is_refused() -> None:
    with pytest.raises(CannotCarry, match="not empty") as refused:
        build(chat({"role": "user", "content": " "}), target())
    assert refused.value.param == "messages"


@pytest.mark.parametrize(
    ("effort", "model", "thinking", "config"),
    [
        ("low", OLD, None, None),
        ("low", BUDGET, {"type": "enabled", "budget_tokens": 2048}, None),
        ("max", BUDGET, {"type": "enabled", "budget_tokens": 24576}, None),
        ("none", BUDGET, None, None),
        ("silly", BUDGET, None, None),
        ("minimal", ADAPTIVE, {"type": "adaptive"}, {"effort": "low"}),
        ("xhigh", ADAPTIVE, {"type": "adaptive"}, {"effort": "high"}),
        ("max", ADAPTIVE, {"type": "adaptive"}, {"effort": "max"}),
        ("none", ADAPTIVE, {"type": "disabled"}, None),
        ("silly", ADAPTIVE, None, None),
        ("xhigh", NEW, {"type": "adaptive", "display": "summarized"}, {"effort": "xhigh"}),
        ("none", NEW, {"type": "disabled"}, None),
        ("none", STUBBORN, None, {"effort": "low"}),
    ],
)
def test_effort_follows_the_model(
    effort: str, model: str, thinking: dict[str, Any] | None, config: dict[str, Any] | None
) -> None:
    found = sent(chat(reasoning_effort=effort), model)
    assert (found.get("thinking"), found.get("output_config")) == (thinking, config)
    room = BUDGETS[effort] if thinking and thinking["type"] != "disabled" else 0
    assert found["max_tokens"] == MAX_TOKENS + room


@pytest.mark.parametrize(("limit", "budget"), [(100_000, 16_384), (8_000, 4_000), (2_047, None)])
def test_a_thinking_budget_fits_into_the_clients_limit(limit: int, budget: int | None) -> None:
    found = sent(chat(reasoning_effort="high", max_tokens=limit))
    assert found.get("thinking", {}).get("budget_tokens") == budget
    assert found["max_tokens"] == limit


@pytest.mark.parametrize("model", [BUDGET, ADAPTIVE])
def test_a_forced_tool_goes_before_thinking(model: str) -> None:
    found = sent(chat(reasoning_effort="low", tools=[WEATHER], tool_choice="required"), model)
    assert "thinking" not in found
    assert found["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize(
    ("history", "thinks"),
    [
        ([USER, CALLED, ANSWERED], False),
        ([USER, THOUGHT, ANSWERED], True),
        ([USER, CALLED, ANSWERED, {"role": "assistant", "content": "18."}, USER], True),
    ],
)
def test_a_budget_is_left_out_where_the_thoughts_of_a_call_are_lost(
    history: list[dict[str, Any]], thinks: bool
) -> None:
    assert ("thinking" in sent(chat(*history, tools=[WEATHER], reasoning_effort="low"))) is thinks
    assert "thinking" in sent(chat(*history, tools=[WEATHER], reasoning_effort="low"), ADAPTIVE)


@pytest.mark.parametrize(
    ("fields", "model", "wanted"),
    [
        ({}, BUDGET, None),
        ({"tool_choice": "auto"}, BUDGET, {"type": "auto"}),
        ({"tool_choice": "none"}, BUDGET, {"type": "none"}),
        ({"tool_choice": "required"}, BUDGET, {"type": "any"}),
        ({"tool_choice": NAMED}, BUDGET, {"type": "tool", "name": "get_weather"}),
        ({"tool_choice": NAMED}, STUBBORN, {"type": "auto"}),
        ({"parallel_tool_calls": False}, BUDGET, {"type": "auto", "disable_parallel_tool_use": True}),
        (
            {"parallel_tool_calls": False, "tool_choice": "required"},
            BUDGET,
            {"type": "any", "disable_parallel_tool_use": True},
        ),
        ({"parallel_tool_calls": False, "tool_choice": "none"}, BUDGET, {"type": "none"}),
    ],
)
def test_tool_choice(fields: dict[str, Any], model: str, wanted: dict[str, Any] | None) -> None:
    assert sent(chat(tools=[WEATHER], **fields), model).get("tool_choice") == wanted


def test_a_tool_choice_without_tools_is_dropped() -> None:
    assert "tool_choice" not in sent(chat(tool_choice="auto", parallel_tool_calls=False))


@pytest.mark.parametrize(
    ("tool", "model", "wanted"),
    [
        (
            WEATHER,
            BUDGET,
            {
                "name": "get_weather",
                "description": "The weather of a city.",
                "input_schema": WEATHER["function"]["parameters"],  # type: ignore[index]
            },
        ),
        (
            {"type": "function", "function": {"name": "now"}},
            BUDGET,
            {"name": "now", "input_schema": {"type": "object", "properties": {}}},
        ),
        (
            {"type": "function", "function": {"name": "now", "parameters": {"properties": {"a": {}}}}},
            BUDGET,
            {"name": "now", "input_schema": {"type": "object", "properties": {"a": {}}}},
        ),
        (
            {"type": "function", "function": {"name": "f", "strict": True, "parameters": SCHEMA}},
            BUDGET,
            {
                "name": "f",
                "strict": True,
                "input_schema": {
                    **SCHEMA,
                    "properties": {"age": {"type": "integer", "description": '{"minimum":0}'}},
                },
            },
        ),
        (
            {"type": "function", "function": {"name": "f", "strict": True, "parameters": SCHEMA}},
            OLD,
            {"name": "f", "input_schema": SCHEMA},
        ),
    ],
)
def test_a_tool(tool: dict[str, Any], model: str, wanted: dict[str, Any]) -> None:
    assert sent(chat(tools=[tool]), model)["tools"] == [wanted]


def test_a_history_with_calls_defines_its_tools_and_forbids_them() -> None:
    found = sent(chat(USER, CALLED, ANSWERED))
    assert found["tools"] == [{"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}]
    assert found["tool_choice"] == {"type": "none"}


def test_a_schema_is_asked_for_by_knob_where_the_model_has_one_and_in_words_elsewhere() -> None:
    request = chat(SYSTEM, USER, response_format=WANTS_SCHEMA)
    format = sent(request)["output_config"]["format"]
    assert format["type"] == "json_schema"
    assert format["schema"]["properties"] == {"age": {"type": "integer", "description": '{"minimum":0}'}}
    assert sent(request)["system"] == "Be brief."
    assert "output_config" not in sent(request, OLD)
    assert sent(request, OLD)["system"].startswith("Be brief.\n\nAnswer with one valid JSON object")
    assert '"minimum":0' in sent(request, OLD)["system"]


def test_json_mode_is_asked_for_in_words() -> None:
    found = sent(chat(response_format={"type": "json_object"}))
    assert found["system"].startswith("Answer with one valid JSON object")
    assert "output_config" not in found


@pytest.mark.parametrize(
    ("model", "fields", "continued"),
    [(BUDGET, {}, False), (ADAPTIVE, {}, True), (BUDGET, {"reasoning_effort": "low"}, True)],
)
def test_the_assistants_last_words_are_continued_or_answered(
    model: str, fields: dict[str, Any], continued: bool
) -> None:
    found = sent(chat(USER, {"role": "assistant", "content": "Once upon \n"}, **fields), model)["messages"]
    if continued:
        assert found[-1] == {"role": "user", "content": [{"type": "text", "text": CONTINUE}]}
        assert found[-2]["content"][0]["text"] == "Once upon \n"
    else:
        assert found[-1]["content"] == [{"type": "text", "text": "Once upon"}]


def test_an_open_call_at_the_end_is_left_alone() -> None:
    assert sent(chat(USER, CALLED, tools=[WEATHER]), NEW)["messages"][-1]["content"][-1]["type"] == "tool_use"


def test_half_a_surrogate_pair_in_arguments_does_not_break_the_request() -> None:
    called = {"role": "assistant", "tool_calls": [call("a", "f", '{"x":"\\ud83d"}')]}
    assert sent(chat(USER, called))["messages"][1]["content"][0]["input"] == {"x": "\ud83d"}


PARTS = [
    {"type": "text", "text": "Look:"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
    {"type": "image_url", "image_url": {"url": "https://example.test/a.png"}},
    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
    {"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,SGk="}},
    {"type": "file", "file": {"file_id": "file_1"}},
]
EVERYTHING = [
    chat(),
    chat(SYSTEM, stream=True, temperature=0.8, top_p=1, max_tokens=1024),
    chat(SYSTEM, {"role": "user", "content": PARTS}),
    chat(USER, THOUGHT, ANSWERED, tools=[WEATHER, STRICT], tool_choice="auto", parallel_tool_calls=False),
    chat(USER, CALLED, result("toolu_1", [PARTS[0], PARTS[1]]), USER, tools=[WEATHER], tool_choice=NAMED),
    chat(USER, CALLED, ANSWERED),
    chat(USER, {"role": "assistant", "content": "So"}, stop=["a", "b"], user="ada", service_tier="default"),
    chat(response_format=WANTS_SCHEMA),
    chat(response_format={"type": "json_object"}, tools=[WEATHER], tool_choice="required"),
    *(chat(reasoning_effort=effort) for effort in ("none", *BUDGETS)),
]
SAMPLING = ("temperature", "top_p", "top_k")


def test_every_request_fits_the_sdks_request_types() -> None:
    """The SDK describes the API's version of 2026-10-21, which has no sampling any more; 2023-06-01 does."""
    models = (OLD, BUDGET, ADAPTIVE, NEW, STUBBORN)
    documents = [sent(request, model) for request in EVERYTHING for model in models]
    cases = [("anthropic", {key: value for key, value in one.items() if key not in SAMPLING}) for one in documents]
    assert misfits(cases) == []
