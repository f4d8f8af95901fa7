"""Requests to Workers AI's native surface, rule by rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, CompletionRequest, Endpoint
from addon.dialects.cloudflare_native import (
    MAX_TOKENS,
    chat_document,
    completion_document,
    embedding_document,
)
from addon.face.decode import decode
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, embedding, result

SYSTEM = {"role": "system", "content": "Be brief."}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}}
CALLED = {"role": "assistant", "content": "I look.", "tool_calls": [call("w1", "get_weather", '{"city": "Paris"}')]}


def sent(request: ChatRequest, **fields: Any) -> Any:
    target = Target("https://api.cloudflare.com", "fake", "@cf/meta/llama-3.3-70b-instruct-fp8-fast", **fields)
    return json.loads(json.dumps(chat_document(request, target)))


def completing(**fields: Any) -> CompletionRequest:
    raw = json.dumps({"model": "m", "prompt": "Once", **fields}).encode()
    request = decode(Endpoint.COMPLETIONS, "application/json", raw)
    assert isinstance(request, CompletionRequest)
    return request


def test_the_least_request_has_a_limit_that_does_not_cut() -> None:
    assert sent(chat()) == {
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": False,
        "max_tokens": MAX_TOKENS,
    }


def test_knobs_are_fitted() -> None:
    made = sent(chat(temperature=9, top_p=0.5, top_k=99, seed=3, frequency_penalty=1, max_tokens=5, stream=True))
    assert made["temperature"] == 5 and made["top_k"] == 50 and made["stream"] is True
    assert sent(chat(seed=0))["seed"] == 1
    assert (made["top_p"], made["seed"], made["frequency_penalty"], made["max_tokens"]) == (0.5, 3, 1, 5)
    assert sent(chat(reasoning_effort="low"))["reasoning_effort"] == "low"


def test_a_conversation_with_calls_and_results() -> None:
    made = sent(chat(SYSTEM, USER, CALLED, result("w1", "18 C")), system_prompt="Be loud.")["messages"]
    assert made == [
        {"role": "system", "content": "Be loud."},
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {
                    "id": "w1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
                }
            ],
        },
        {"role": "tool", "name": "get_weather", "tool_call_id": "w1", "content": "18 C"},
    ]


def test_texts_are_flat_unless_there_is_a_picture() -> None:
    parts = [{"type": "text", "text": "What "}, {"type": "text", "text": "is it?"}]
    assert sent(chat({"role": "user", "content": parts}))["messages"][0]["content"] == "What is it?"
    made = sent(chat({"role": "user", "content": [*parts, PICTURE]}))["messages"][0]["content"]
    assert made == [*parts, PICTURE]


def test_who_decides_on_tools() -> None:
    bare = {"type": "function", "function": {"name": "bare"}}
    assert "tools" not in sent(chat(tools=[WEATHER], tool_choice="none"))
    assert "tool_choice" not in sent(chat(tools=[WEATHER], tool_choice="auto"))
    assert sent(chat(tools=[WEATHER, bare], tool_choice="required"))["tool_choice"] == "any"
    made = sent(chat(tools=[WEATHER, bare], tool_choice={"type": "function", "function": {"name": "bare"}}))
    assert made["tool_choice"] == "any"
    assert [tool["function"] for tool in made["tools"]] == [
        {"name": "bare", "description": "", "parameters": {"type": "object", "properties": {}}}
    ]


def test_a_json_mode_is_not_streamed_and_its_schema_has_no_name() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
    made = sent(chat(response_format=wanted, stream=True))
    assert made["response_format"] == {"type": "json_schema", "json_schema": SCHEMA} and made["stream"] is False
    assert sent(chat(response_format={"type": "json_object"}))["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("message", "fields", "param"),
    [
        (USER, {"n": 2}, "n"),
        ({"role": "user", "content": " "}, {}, "messages"),
        ({"role": "user", "content": [{"type": "video", "video": {}}]}, {}, "messages[0].content[0]"),
        (result("nobody", "1"), {}, "messages[0].tool_call_id"),
    ],
)
def test_what_workers_ai_cannot_do_is_refused(message: Any, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        sent(chat(message, **fields))
    assert refused.value.param == param


def test_completions() -> None:
    assert completion_document(completing(temperature=9, stream=True)) == {
        "prompt": "Once",
        "stream": True,
        "max_tokens": MAX_TOKENS,
        "temperature": 5,
    }
    for fields, param in (({"prompt": ["a", "b"]}, "prompt"), ({"prompt": [1]}, "prompt"), ({"n": 2}, "n")):
        with pytest.raises(CannotCarry) as refused:
            completion_document(completing(**fields))
        assert refused.value.param == param


def test_embeddings() -> None:
    assert embedding_document(embedding(["a", "b"])) == {"text": ["a", "b"]}
    with pytest.raises(CannotCarry, match="send the text"):
        embedding_document(embedding([[1]]))
