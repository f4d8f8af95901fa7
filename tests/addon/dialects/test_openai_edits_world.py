"""Edits for the international providers: what their pages ask for, and that their own SDKs would send the same.

The SDKs' request types are theirs, so what they leave of our document shows what they do not know.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import Endpoint
from addon.dialects.gemini_parts import NO_SIGNATURE
from addon.dialects.openai_request import document
from addon.face.decode import decode
from rules.providers import PROVIDERS
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, result
from tests.addon.dialects.sdk_traffic import sent_by

GROQ, MISTRAL, TOGETHER, XAI, FASTGPT, SILICONFLOW, DEEPSEEK = 29, 28, 39, 45, 22, 44, 36
GEMINI_SURFACE = 51
SOUND = {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}
TEXT = {"type": "text", "text": "What?"}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
CALLED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [call("call_0123456789", "get_weather", '{"city":"Paris"}')],
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": {"type": "object"}}}


def sent(channel_type: int, model: str, **fields: Any) -> dict[str, Any]:
    """What a provider of this type is sent for a client's request."""
    body = {"model": "asked-for", "messages": [USER], **fields}
    request = decode(Endpoint.CHAT, "application/json", json.dumps(body).encode())
    target = Target("https://p.example", "k", model, Quirks(**PROVIDERS[channel_type].quirks))
    made: dict[str, Any] = json.loads(document(request, target))
    return made


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("openai/gpt-oss-120b", "none", "low"),
        ("openai/gpt-oss-120b", "xhigh", "high"),
        ("qwen/qwen3.8-27b", "none", "none"),
        ("qwen/qwen3.8-27b", "max", "high"),
        ("qwen/qwen3-32b", "minimal", "none"),
        ("qwen/qwen3-32b", "high", "default"),
        ("llama-3.1-8b-instant", "high", None),
    ],
)
def test_groq_has_words_for_efforts_by_model(model: str, effort: str, wanted: str | None) -> None:
    assert sent(GROQ, model, reasoning_effort=effort).get("reasoning_effort") == wanted


@pytest.mark.parametrize(
    ("tier", "wanted"),
    [("auto", "auto"), ("flex", "flex"), ("default", "on_demand"), ("priority", "performance"), ("scale", None)],
)
def test_groq_has_tiers_of_its_own(tier: str, wanted: str | None) -> None:
    assert sent(GROQ, "m", service_tier=tier).get("service_tier") == wanted


def test_groq_gets_nothing_that_no_model_of_its_takes() -> None:
    knobs = {"logprobs": True, "top_logprobs": 2, "logit_bias": {}, "store": True, "metadata": {}}
    made = sent(GROQ, "m", presence_penalty=1, frequency_penalty=1, **knobs)
    assert set(made) == {"model", "messages"}


@pytest.mark.parametrize("model", ["grok-4.5", "grok-4", "grok-code-fast-1", "grok-3-mini", "grok-4-fast-reasoning"])
def test_a_grok_that_reasons_gets_no_penalties_and_no_stop(model: str) -> None:
    knobs = {"presence_penalty": 1, "frequency_penalty": 1, "stop": ["a"]}
    assert not set(knobs) & set(sent(XAI, model, **knobs))


@pytest.mark.parametrize("model", ["grok-2-1212", "grok-3", "grok-3-fast", "grok-beta", "grok-4-fast-non-reasoning"])
def test_a_grok_that_does_not_reason_gets_all(model: str) -> None:
    knobs = {"presence_penalty": 1, "frequency_penalty": 1, "stop": ["a"]}
    assert set(knobs) < set(sent(XAI, model, **knobs))


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("grok-4.3", "none", "none"),
        ("grok-4.3", "xhigh", "high"),
        ("grok-4.5", "none", "low"),
        ("grok-4.7", "medium", "medium"),
        ("grok-5", "minimal", "low"),
        ("grok-3-mini", "medium", "high"),
        ("grok-3-mini", "none", "low"),
        ("grok-4", "high", None),
        ("grok-2", "high", None),
    ],
)
def test_which_efforts_there_are_is_each_groks_own(model: str, effort: str, wanted: str | None) -> None:
    assert sent(XAI, model, reasoning_effort=effort).get("reasoning_effort") == wanted


def test_together_has_a_switch_for_no_effort() -> None:
    assert sent(TOGETHER, "m", reasoning_effort="none") == {
        "model": "m",
        "messages": [USER],
        "reasoning": {"enabled": False},
    }
    own = sent(TOGETHER, "m", reasoning_effort="none", reasoning={"enabled": True})
    assert own["reasoning"] == {"enabled": True} and "reasoning_effort" not in own
    assert sent(TOGETHER, "m", reasoning_effort="max")["reasoning_effort"] == "high"
    assert sent(TOGETHER, "m", max_completion_tokens=5)["max_tokens"] == 5


def test_mistral_takes_sound_as_a_bare_text() -> None:
    made = sent(MISTRAL, "voxtral-small-latest", messages=[{"role": "user", "content": [TEXT, SOUND]}])
    assert made["messages"][0]["content"] == [TEXT, {"type": "input_audio", "input_audio": "UklG"}]
    odd = [TEXT, {"type": "input_audio", "input_audio": "UklG"}, "text"]
    assert sent(MISTRAL, "m", messages=[{"role": "user", "content": [TEXT]}])["messages"][0]["content"] == [TEXT]
    assert odd[1] == made["messages"][0]["content"][1]


def test_mistral_is_told_that_an_answer_is_to_be_continued() -> None:
    begun = {"role": "assistant", "content": "Once"}
    assert sent(MISTRAL, "m", messages=[USER, begun])["messages"][1] == {**begun, "prefix": True}
    assert "prefix" not in sent(MISTRAL, "m", messages=[USER, begun, USER])["messages"][1]
    assert "prefix" not in sent(MISTRAL, "m", messages=[USER, CALLED])["messages"][1]


def test_mistrals_embeddings_have_no_messages_to_change() -> None:
    request = decode(Endpoint.EMBEDDINGS, "application/json", b'{"model":"m","input":"x"}')
    target = Target("https://p.example", "k", "m", Quirks(**PROVIDERS[MISTRAL].quirks))
    assert json.loads(document(request, target)) == {"model": "m", "input": "x"}


def test_deepseek_has_the_plain_json_mode_and_is_told_the_schema() -> None:
    made = sent(DEEPSEEK, "deepseek-v4-pro", response_format=SCHEMA)
    assert made["response_format"] == {"type": "json_object"}
    assert '"type":"object"' in made["messages"][0]["content"]


def test_mistral_hears_the_assistant_between_a_tool_and_a_user() -> None:
    made = sent(MISTRAL, "mistral-large-latest", messages=[USER, CALLED, result("call_0123456789", "18 C"), USER])
    assert [one["role"] for one in made["messages"]] == ["user", "assistant", "tool", "assistant", "user"]
    assert made["messages"][3] == {"role": "assistant", "content": "OK"}
    assert made["messages"][2]["tool_call_id"] == made["messages"][1]["tool_calls"][0]["id"] != "call_0123456789"
    request = decode(
        Endpoint.CHAT,
        "application/json",
        json.dumps({"model": "m", "messages": [USER, CALLED, result("call_0123456789", "18 C"), USER]}).encode(),
    )
    target = Target("https://p.example", "k", "m", Quirks(**PROVIDERS[MISTRAL].quirks), system_prompt="Be brief.")
    prompted = json.loads(document(request, target))["messages"]
    assert [one["role"] for one in prompted] == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_groq_gets_schemas_in_words_and_thoughts_apart_where_a_model_needs_it() -> None:
    plain = sent(GROQ, "qwen/qwen3.8-27b", response_format=SCHEMA)
    assert plain["response_format"] == {"type": "json_object"}
    assert plain["reasoning_format"] == "parsed"
    assert "JSON schema" in plain["messages"][0]["content"]
    made = sent(GROQ, "openai/gpt-oss-120b", response_format=SCHEMA)
    assert made["response_format"] == SCHEMA
    assert "reasoning_format" not in made
    for own in ({"reasoning_format": "hidden"}, {"include_reasoning": False}):
        assert own.items() <= sent(GROQ, "qwen/qwen3.8-27b", **own).items()
    assert "reasoning_format" not in sent(GROQ, "qwen/qwen3.8-27b", include_reasoning=False)


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("gemini-3.8-flash", "high", {"thinking_level": "high", "include_thoughts": True}),
        ("gemini-2.5-flash", "low", {"thinking_budget": 1024, "include_thoughts": True}),
        ("gemini-2.5-flash", "none", {"thinking_budget": 0, "include_thoughts": False}),
    ],
)
def test_geminis_surface_gets_a_thinking_config_for_an_effort(model: str, effort: str, wanted: Any) -> None:
    made = sent(GEMINI_SURFACE, model, reasoning_effort=effort, extra_body={"google": {"cached_content": "c"}})
    assert "reasoning_effort" not in made
    assert made["extra_body"] == {"google": {"cached_content": "c", "thinking_config": wanted}}


def test_geminis_surface_gets_no_fields_that_it_cannot_find() -> None:
    known = {"temperature": 0.5, "stop": ["a"], "n": 1, "user": "u", "parallel_tool_calls": True}
    odd = dict.fromkeys(("seed", "frequency_penalty", "presence_penalty", "store", "prompt_cache_key"), 1)
    assert sent(GEMINI_SURFACE, "gemini-2.5-flash", **known, **odd) == {
        "model": "gemini-2.5-flash",
        "messages": [USER],
        **known,
    }


def test_geminis_surface_gets_a_stand_in_for_a_lost_signature() -> None:
    lost = sent(GEMINI_SURFACE, "gemini-3.8-flash", messages=[USER, {**CALLED, "tool_calls": CALLED["tool_calls"] * 2}])
    first, second = lost["messages"][1]["tool_calls"]
    assert first["extra_content"] == {"google": {"thought_signature": NO_SIGNATURE}}
    assert second == CALLED["tool_calls"][0]
    assert sent(GEMINI_SURFACE, "gemini-2.5-pro", messages=[USER, CALLED])["messages"][1] == CALLED
    kept = {**CALLED, "tool_calls": [{**second, "extra_content": {"google": {"thought_signature": "c2ln"}}}]}
    assert sent(GEMINI_SURFACE, "gemini-3.8-flash", messages=[USER, kept])["messages"][1] == kept


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"reasoning_effort": "odd"},
        {"reasoning_effort": "low", "extra_body": "odd"},
        {"reasoning_effort": "low", "extra_body": {"google": {"thinking_config": {"include_thoughts": True}}}},
    ],
)
def test_geminis_surface_gets_else_what_the_client_sent(fields: dict[str, Any]) -> None:
    assert sent(GEMINI_SURFACE, "gemini-3.8-flash", **fields) == {
        "model": "gemini-3.8-flash",
        "messages": [USER],
        **fields,
    }


def test_fastgpt_gives_no_report_and_siliconflow_knows_the_old_limit_only() -> None:
    assert "detail" not in sent(FASTGPT, "m", detail=True, chatId="c")
    assert sent(SILICONFLOW, "m", max_completion_tokens=5)["max_tokens"] == 5


REQUESTS: list[dict[str, Any]] = [
    {"messages": [{"role": "system", "content": "Be brief."}, USER], "temperature": 0.5, "seed": 3, "max_tokens": 5},
    {"messages": [USER, CALLED, result("call_0123456789", "18 C")], "tools": [WEATHER], "tool_choice": "auto"},
    {"messages": [{"role": "user", "content": [TEXT, PICTURE]}], "stop": ["a"], "top_p": 0.5},
    {"messages": [USER], "response_format": SCHEMA, "reasoning_effort": "high", "stream": True},
    {"messages": [USER], "n": 1, "logprobs": True, "top_logprobs": 2, "presence_penalty": 0.5, "user": "u"},
]
CLIENTS = {
    GROQ: ("groq.Groq(api_key='fake', base_url='http://' + host)", "client.chat.completions.create"),
    TOGETHER: ("together.Together(api_key='fake', base_url='http://' + host)", "client.chat.completions.create"),
    MISTRAL: ("mistral(api_key='fake', server_url='http://' + host)", "client.chat.complete"),
}
IMPORTS = {GROQ: "import groq", TOGETHER: "import together", MISTRAL: "from mistralai.client import Mistral as mistral"}


@pytest.mark.parametrize("channel_type", sorted(CLIENTS), ids=lambda number: PROVIDERS[number].name)
def test_requests_are_those_that_the_sdk_sends(channel_type: int) -> None:
    client, method = CLIENTS[channel_type]
    call = f"""
import contextlib
{IMPORTS[channel_type]}
def call(host, case):
    client = {client}
    send = {method}
    if "mistral" in send.__module__ and case.pop("stream", False):
        send = client.chat.stream
    with contextlib.suppress(Exception):  # the reply is bare; what was sent is what counts
        list(send(**case))
"""
    model = {GROQ: "openai/gpt-oss-120b", TOGETHER: "zai-org/GLM-5.3", MISTRAL: "mistral-small-latest"}[channel_type]
    documents = [sent(channel_type, model, **fields) for fields in REQUESTS]
    for one in documents:
        one.pop("stream_options", None)  # no SDK has it; the providers take it
    found = sent_by(call, documents, {})
    for ours, theirs in zip(documents, found, strict=True):
        assert holds(theirs.document, ours), theirs.document


def holds(theirs: Any, ours: Any) -> bool:
    """Whether the SDK sends all of ours; Mistral's adds what it takes for granted (`index`, `prefix`)."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(holds(theirs.get(name), value) for name, value in ours.items())
    if isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(holds, theirs, ours))
    return bool(theirs == ours)
