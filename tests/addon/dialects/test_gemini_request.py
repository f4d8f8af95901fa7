"""Requests to Gemini, rule by rule, and all of them against the SDK's request types."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects.gemini_request import build, build_embeddings
from tests.addon.dialects.native import (
    PIXEL,
    USER,
    WEATHER,
    call,
    chat,
    document,
    embedding,
    misfits,
    result,
)

OLD, FLASH, PRO, NEW, GEMMA = (
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
    "gemini-3-flash-preview",
    "gemma-3-27b-it",
)
BASE = "https://generativelanguage.googleapis.com"
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}, "oneOf": [{"required": ["age"]}]}
WANTS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
NAMED = {"type": "function", "function": {"name": "get_weather"}}
STRICT = {"type": "function", "function": {**WEATHER["function"], "strict": True}}  # type: ignore[dict-item]
SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [call("c1", "get_weather", '{"city":"Paris"}', **SIGNED)]}
ANSWERED = result("c1", "18 C")
SYSTEM = {"role": "system", "content": "Be brief."}
GREETING = [{"role": "user", "parts": [{"text": "Hello"}]}]


def target(model: str = FLASH, **fields: Any) -> Target:
    return Target(BASE, "fake-google-key", model, **{"settings": {"GEMINI_SAFETY_SETTING": ""}, **fields})


def sent(request: ChatRequest, model: str = FLASH, **fields: Any) -> Any:
    return document(build(request, target(model, **fields)))


def test_the_least_request() -> None:
    outbound = build(chat(), target())
    assert outbound.method == "POST"
    assert outbound.url == f"{BASE}/v1beta/models/gemini-2.5-flash:generateContent"
    assert outbound.headers == (("content-type", "application/json"),)
    assert outbound.secrets == (("x-goog-api-key", "fake-google-key"),)
    assert document(outbound) == {"contents": GREETING}


def test_the_script_of_the_article_a_single_system_message() -> None:
    request = chat(
        {"role": "system", "content": "Tell a joke."}, stream=True, temperature=0.8, top_p=1, max_tokens=1024
    )
    assert build(request, target()).url.endswith(":streamGenerateContent?alt=sse")
    assert sent(request) == {
        "contents": [{"role": "user", "parts": [{"text": "Tell a joke."}]}],
        "generationConfig": {"temperature": 0.8, "topP": 1, "maxOutputTokens": 1024},
    }


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, f"{BASE}/v1beta/models/gemini-2.5-flash"),
        ({"model": "models/gemini-2.5-flash"}, f"{BASE}/v1beta/models/gemini-2.5-flash"),
        ({"model": "tunedModels/my model"}, f"{BASE}/v1beta/tunedModels/my%20model"),
        ({"settings": {"GEMINI_VERSION": "v1"}}, f"{BASE}/v1/models/gemini-2.5-flash"),
        (
            {"settings": {"GEMINI_VERSION": "v1"}, "config": {"api_version": "v1alpha"}},
            f"{BASE}/v1alpha/models/gemini-2.5-flash",
        ),
        ({"base_url": "https://proxy.test/v1beta"}, "https://proxy.test/v1beta/models/gemini-2.5-flash"),
        ({"base_url": "https://proxy.test/x"}, "https://proxy.test/x/v1beta/models/gemini-2.5-flash"),
    ],
)
def test_the_address(fields: dict[str, Any], url: str) -> None:
    known = {"base_url": BASE, "key": "k", "model": FLASH} | fields
    assert build(chat(), Target(**known)).url == f"{url}:generateContent"


def test_a_providers_headers_are_sent() -> None:
    outbound = build(chat(), target(quirks=Quirks(headers=(("x-extra", "1"),))))
    assert ("x-extra", "1") in outbound.headers


@pytest.mark.parametrize(("settings", "threshold"), [({}, "BLOCK_NONE"), ({"GEMINI_SAFETY_SETTING": "OFF"}, "OFF")])
def test_safety_settings_cover_every_category(settings: dict[str, str], threshold: str) -> None:
    found = sent(chat(), settings=settings)["safetySettings"]
    assert {one["threshold"] for one in found} == {threshold}
    assert [one["category"] for one in found] == [
        "HARM_CATEGORY_HARASSMENT",
        "HARM_CATEGORY_HATE_SPEECH",
        "HARM_CATEGORY_SEXUALLY_EXPLICIT",
        "HARM_CATEGORY_DANGEROUS_CONTENT",
    ]


@pytest.mark.parametrize(
    ("messages", "prompt", "system"),
    [
        ([SYSTEM, USER], "", "Be brief."),
        ([SYSTEM, {"role": "developer", "content": "And kind."}, USER], "", "Be brief.\nAnd kind."),
        ([SYSTEM, USER], "Be loud.", "Be loud."),
        ([USER], "Be loud.", "Be loud."),
    ],
)
def test_system_messages_become_the_system_instruction(
    messages: list[dict[str, Any]], prompt: str, system: str
) -> None:
    found = sent(chat(*messages), system_prompt=prompt)
    assert found == {"systemInstruction": {"parts": [{"text": system}]}, "contents": GREETING}


def test_gemma_hears_the_system_from_the_user() -> None:
    found = sent(chat(SYSTEM, USER), GEMMA)
    assert found == {"contents": [{"role": "user", "parts": [{"text": "Be brief.\n\n"}, {"text": "Hello"}]}]}


@pytest.mark.parametrize(
    ("fields", "config"),
    [
        ({"temperature": 2}, {"temperature": 2}),
        ({"temperature": 0, "top_p": 0.5, "top_k": 40}, {"temperature": 0, "topP": 0.5, "topK": 40}),
        ({"max_completion_tokens": 7}, {"maxOutputTokens": 7}),
        ({"n": 2}, {"candidateCount": 2}),
        ({"n": 1}, {}),
        ({"stop": ["a", "b"]}, {"stopSequences": ["a", "b"]}),
        ({"stop": [""]}, {}),
        ({"seed": 7}, {"seed": 7}),
        ({"seed": 2**40 + 5}, {"seed": 5}),
        ({"presence_penalty": 2, "frequency_penalty": -2}, {"presencePenalty": 1.99, "frequencyPenalty": -1.99}),
        ({"logprobs": True}, {"responseLogprobs": True}),
        ({"logprobs": True, "top_logprobs": 3}, {"responseLogprobs": True, "logprobs": 3}),
        ({"modalities": ["text", "image"]}, {"responseModalities": ["TEXT", "IMAGE"]}),
        ({"response_format": {"type": "json_object"}}, {"responseMimeType": "application/json"}),
        (
            {"response_format": WANTS_SCHEMA},
            {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
        ),
        ({"reasoning_effort": "low"}, {"thinkingConfig": {"thinkingBudget": 1024, "includeThoughts": True}}),
        ({"reasoning_effort": "none"}, {"thinkingConfig": {"thinkingBudget": 0, "includeThoughts": False}}),
        (
            {
                "user": "ada",
                "logit_bias": {"1": 1},
                "store": True,
                "parallel_tool_calls": False,
                "stream_options": {"include_usage": True},
                "service_tier": "flex",
                "modalities": ["text"],
            },
            {},
        ),
    ],
)
def test_a_knob_is_translated_or_dropped(fields: dict[str, Any], config: dict[str, Any]) -> None:
    assert sent(chat(**fields)) == {"contents": GREETING} | ({"generationConfig": config} if config else {})


def test_thinking_has_a_level_since_gemini_3() -> None:
    found = sent(chat(reasoning_effort="high"), NEW)["generationConfig"]
    assert found == {"thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True}}


@pytest.mark.parametrize(
    ("fields", "model", "wanted"),
    [
        ({}, FLASH, None),
        ({"tool_choice": "auto"}, FLASH, {"mode": "AUTO"}),
        ({"tool_choice": "none"}, FLASH, {"mode": "NONE"}),
        ({"tool_choice": "required"}, FLASH, {"mode": "ANY"}),
        ({"tool_choice": NAMED}, FLASH, {"mode": "ANY", "allowedFunctionNames": ["get_weather"]}),
        ({"tools": [STRICT]}, FLASH, {"mode": "VALIDATED"}),
        ({"tools": [STRICT], "tool_choice": "auto"}, FLASH, {"mode": "VALIDATED"}),
        ({"tools": [STRICT], "tool_choice": "required"}, FLASH, {"mode": "ANY"}),
        ({"tools": [STRICT]}, OLD, None),
    ],
)
def test_tool_choice(fields: dict[str, Any], model: str, wanted: dict[str, Any] | None) -> None:
    found = sent(chat(**{"tools": [WEATHER], **fields}), model).get("toolConfig")
    assert found == (None if wanted is None else {"functionCallingConfig": wanted})


def test_a_tool_choice_without_tools_is_dropped() -> None:
    assert sent(chat(tool_choice="auto")) == {"contents": GREETING}


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (
            WEATHER["function"],
            {
                "name": "get_weather",
                "description": "The weather of a city.",
                "parametersJsonSchema": WEATHER["function"]["parameters"],  # type: ignore[index]
            },
        ),
        ({"name": "now"}, {"name": "now"}),
        (
            {"name": "now", "parameters": {"type": "object", "properties": {}, "additionalProperties": False}},
            {"name": "now"},
        ),
        (
            {"name": "f", "parameters": {"type": "object", "anyOf": [{}]}},
            {"name": "f", "parametersJsonSchema": {"type": "object", "anyOf": [{}]}},
        ),
        ({"name": "3d view!"}, {"name": "_d_view_"}),
    ],
)
def test_a_tool(function: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = sent(chat(tools=[{"type": "function", "function": function}]))
    assert found["tools"] == [{"functionDeclarations": [wanted]}]


def test_before_gemini_3_json_beside_tools_is_asked_for_in_words() -> None:
    request = chat(tools=[WEATHER], response_format=WANTS_SCHEMA)
    assert sent(request, NEW)["generationConfig"]["responseJsonSchema"] == SCHEMA
    old = sent(request)
    assert "generationConfig" not in old
    assert '"minimum":0' in old["systemInstruction"]["parts"][0]["text"]


def test_a_tool_loop_keeps_its_signature_and_its_order() -> None:
    found = sent(chat(USER, CALLED, ANSWERED, tools=[WEATHER]), NEW)
    assert [content["role"] for content in found["contents"]] == ["user", "model", "user"]
    assert found["contents"][1]["parts"][0]["thoughtSignature"] == "c2ln"


def test_content_of_unknown_types_is_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        build(chat({"role": "user", "content": [{"type": "hologram"}]}), target())
    assert refused.value.param == "messages[0].content[0]"


def test_a_conversation_of_nothing_is_refused() -> None:
    with pytest.raises(CannotCarry, match="not empty") as refused:
        build(chat({"role": "user", "content": ""}), target())
    assert refused.value.param == "messages"


@pytest.mark.parametrize(
    ("input", "fields", "wanted"),
    [
        ("a", {}, [{"content": {"parts": [{"text": "a"}]}}]),
        (["a", "b"], {}, [{"content": {"parts": [{"text": "a"}]}}, {"content": {"parts": [{"text": "b"}]}}]),
        ("a", {"dimensions": 256}, [{"content": {"parts": [{"text": "a"}]}, "outputDimensionality": 256}]),
    ],
)
def test_embeddings(input: Any, fields: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
    outbound = build_embeddings(embedding(input, **fields), target("gemini-embedding-001"))
    assert outbound.url == f"{BASE}/v1beta/models/gemini-embedding-001:batchEmbedContents"
    assert document(outbound) == {"requests": [{"model": "models/gemini-embedding-001", **one} for one in wanted]}


def test_embeddings_of_token_ids_are_refused() -> None:
    with pytest.raises(CannotCarry, match="token ids") as refused:
        build_embeddings(embedding([[1, 2], [3]]), target())
    assert refused.value.param == "input[0]"


PARTS = [
    {"type": "text", "text": "Look:"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
    {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
    {"type": "file", "file": {"file_id": "files/abc"}},
]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
EVERYTHING = [
    chat(),
    chat(SYSTEM, stream=True, temperature=0.8, top_p=1, max_tokens=1024),
    chat(SYSTEM, {"role": "user", "content": PARTS}, top_k=3, n=2, seed=1, stop=["a"], modalities=["text", "image"]),
    chat(USER, CALLED, ANSWERED, tools=[WEATHER, STRICT], tool_choice="auto"),
    chat(USER, CALLED, ANSWERED, USER, tools=[WEATHER], tool_choice=NAMED),
    chat(USER, {"role": "assistant", "tool_calls": [call("x", "f", "{}")]}, result("x", "y")),
    chat(response_format=WANTS_SCHEMA, logprobs=True, top_logprobs=5, presence_penalty=1, frequency_penalty=1),
    chat(response_format={"type": "json_object"}, tools=[WEATHER], tool_choice="none"),
    *(chat(reasoning_effort=effort) for effort in EFFORTS),
]
WITH_IMAGE = chat(USER, CALLED, result("c1", [PARTS[0], PARTS[1]]), tools=[WEATHER])


def test_every_request_fits_the_sdks_request_types() -> None:
    safe = {"GEMINI_SAFETY_SETTING": "BLOCK_ONLY_HIGH"}
    documents = [sent(one, model, settings=safe) for one in EVERYTHING for model in (OLD, FLASH, PRO, NEW, GEMMA)]
    documents.append(sent(WITH_IMAGE, NEW))
    vectors = document(build_embeddings(embedding(["a", "b"], dimensions=8), target("gemini-embedding-001")))
    cases = [*(("gemini", one) for one in documents), ("gemini-embeddings", vectors)]
    assert misfits(cases) == []
