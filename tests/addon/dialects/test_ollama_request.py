"""Requests to Ollama's own API, rule by rule, and against what Ollama's own client sends."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, CompletionRequest, Endpoint
from addon.dialects.ollama_request import build, build_completion, build_embeddings
from addon.face.decode import decode
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, document, embedding, result
from tests.addon.dialects.sdk_traffic import sent_by

TARGET = Target("http://localhost:11434", "fake", "llama3.2")
SYSTEM = {"role": "system", "content": "Be brief."}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}}
WANTS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "", "parameters": {"type": "object", "properties": {}}},
}
CALLED = {
    "role": "assistant",
    "content": None,
    "reasoning_content": "Hm.",
    "tool_calls": [call("w1", "get_weather", '{"city":"Paris"}')],
}
# Ollama's client leaves out what it does not know: ids of calls, the index, and some words of a schema.
KNOWN: dict[str, ChatRequest] = {
    "greeting": chat(SYSTEM, USER),
    "stream": chat(stream=True),
    "knobs": chat(temperature=0.5, top_p=0.9, seed=3, max_tokens=9, stop="x", presence_penalty=1, frequency_penalty=1),
    "picture": chat({"role": "user", "content": [{"type": "text", "text": "What?"}, PICTURE]}),
    "tools": chat(tools=[TOOL]),
    "schema": chat(response_format=WANTS_SCHEMA),
    "json": chat(response_format={"type": "json_object"}),
    "thinking": chat(reasoning_effort="medium"),
    "logprobs": chat(logprobs=True, top_logprobs=30),
}


def sent(request: ChatRequest, **fields: Any) -> Any:
    return document(build(request, Target("http://localhost:11434", "fake", "llama3.2", **fields)))


def completing(**fields: Any) -> CompletionRequest:
    raw = json.dumps({"model": "m", "prompt": "Once", **fields}).encode()
    request = decode(Endpoint.COMPLETIONS, "application/json", raw)
    assert isinstance(request, CompletionRequest)
    return request


def test_the_least_request() -> None:
    outbound = build(chat(), TARGET)
    assert (outbound.method, outbound.url) == ("POST", "http://localhost:11434/api/chat")
    assert outbound.secrets == (("authorization", "Bearer fake"),)
    assert document(outbound) == {
        "model": "llama3.2",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": False,
        "options": {},
    }


@pytest.mark.parametrize("base", ["https://p.test/ollama", "https://p.test/ollama/v1", "https://p.test/ollama/api"])
def test_a_base_url_may_end_with_a_surface_and_a_key_may_be_missing(base: str) -> None:
    outbound = build(chat(), Target(base, "", "m"))
    assert (outbound.url, outbound.secrets) == ("https://p.test/ollama/api/chat", ())


def test_requests_are_those_that_the_client_sends() -> None:
    call = """
import contextlib, ollama
def call(host, case):
    with contextlib.suppress(ValueError):  # the reply is no stream; what was sent is what counts
        list(ollama.Client(host="http://" + host).chat(**case))
"""
    documents = [sent(request) for request in KNOWN.values()]
    reply = {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True}
    for ours, theirs in zip(documents, sent_by(call, documents, reply), strict=True):
        assert theirs.path == "/api/chat"
        assert {"tools": [], **ours} == theirs.document


def test_embeddings_are_those_that_the_client_sends() -> None:
    call = """
import ollama
def call(host, case):
    ollama.Client(host="http://" + host).embed(**case)
"""
    made = document(build_embeddings(embedding(["a", "b"], dimensions=2, num_ctx=512), TARGET))
    assert made == {"model": "llama3.2", "input": ["a", "b"], "dimensions": 2, "options": {"num_ctx": 512}}
    [sent] = sent_by(call, [made], {"model": "m", "embeddings": [[1]]})
    assert (sent.path, sent.document) == ("/api/embed", made)
    assert "options" not in document(build_embeddings(embedding("a"), TARGET))
    with pytest.raises(CannotCarry, match="send the text"):
        build_embeddings(embedding([[1]]), TARGET)


def test_knobs_are_options() -> None:
    assert sent(KNOWN["knobs"])["options"] == {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 3,
        "num_predict": 9,
        "presence_penalty": 1,
        "frequency_penalty": 1,
        "stop": ["x"],
    }


def test_the_context_is_as_long_as_the_channel_or_the_client_says() -> None:
    short = {"config": {"num_ctx": " 4096 "}}
    assert sent(chat(), **short)["options"] == {"num_ctx": 4096}
    assert sent(chat(num_ctx=8192), **short)["options"] == {"num_ctx": 8192}
    assert sent(chat(options={"num_ctx": 1, "mirostat": 2}), **short)["options"] == {"num_ctx": 1, "mirostat": 2}
    assert sent(chat(), config={"num_ctx": "a lot"})["options"] == {}
    assert sent(chat(keep_alive="5m"))["keep_alive"] == "5m"


def test_thoughts_calls_and_results_go_back() -> None:
    made = sent(chat(SYSTEM, USER, CALLED, result("w1", "18 C")))["messages"]
    assert made[2:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "w1", "function": {"index": 0, "name": "get_weather", "arguments": {"city": "Paris"}}}
            ],
        },
        {"role": "tool", "content": "18 C", "tool_name": "get_weather", "tool_call_id": "w1"},
    ]


def test_the_old_function_role_has_no_ids() -> None:
    called = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    made = sent(chat(USER, called, {"role": "function", "name": "f", "content": "1"}))["messages"]
    assert made[2]["tool_name"] == "f"


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(CannotCarry, match="No earlier assistant message"):
        sent(chat(USER, result("nobody", "1")))


def test_pictures_and_sounds_stand_beside_the_text() -> None:
    scan = {"type": "file", "file": {"file_data": f"data:image/png;base64,{PIXEL}"}}
    notes = {"type": "file", "file": {"file_data": "data:text/plain;base64," + base64.b64encode(b"Notes").decode()}}
    [made] = sent(chat({"role": "user", "content": [PICTURE, SOUND, scan, notes]}))["messages"]
    assert made == {"role": "user", "content": "Notes", "images": [PIXEL, "UklG", PIXEL]}


def test_tools_cannot_be_forced_only_left_out() -> None:
    bare = {"type": "function", "function": {"name": "bare"}}
    assert len(sent(chat(tools=[WEATHER, bare], tool_choice="required"))["tools"]) == 2
    assert "tools" not in sent(chat(tools=[WEATHER], tool_choice="none"))
    named = {"type": "function", "function": {"name": "bare"}}
    [tool] = sent(chat(tools=[WEATHER, bare], tool_choice=named))["tools"]
    assert tool["function"] == {"name": "bare", "description": "", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    ("effort", "think"), [("none", False), ("minimal", "low"), ("high", "high"), ("xhigh", "max"), ("odd", None)]
)
def test_an_effort_is_how_to_think(effort: str, think: bool | str | None) -> None:
    assert sent(chat(reasoning_effort=effort)).get("think") == think


def test_logprobs_are_bounded() -> None:
    assert sent(KNOWN["logprobs"])["top_logprobs"] == 20
    assert sent(chat(logprobs=True))["top_logprobs"] == 0


@pytest.mark.parametrize(
    ("message", "fields", "param"),
    [
        (USER, {"n": 2}, "n"),
        ({"role": "user", "content": " "}, {}, "messages"),
        ({"role": "user", "content": [{"type": "video", "video": {}}]}, {}, "messages[0].content[0]"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]},
            {},
            "messages[0].content[0]",
        ),
    ],
)
def test_what_ollama_cannot_do_is_refused(message: Any, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        sent(chat(message, **fields))
    assert refused.value.param == param


def test_completions_are_generated() -> None:
    outbound = build_completion(completing(max_tokens=5, temperature=0, stop=["a"], suffix="end", stream=True), TARGET)
    assert outbound.url == "http://localhost:11434/api/generate"
    assert document(outbound) == {
        "model": "llama3.2",
        "prompt": "Once",
        "stream": True,
        "suffix": "end",
        "options": {"temperature": 0, "num_predict": 5, "stop": ["a"]},
    }
    least = document(build_completion(completing(stop="a"), TARGET))
    assert least == {"model": "llama3.2", "prompt": "Once", "stream": False, "options": {"stop": ["a"]}}


@pytest.mark.parametrize(
    ("fields", "param"), [({"prompt": ["a", "b"]}, "prompt"), ({"prompt": [1, 2]}, "prompt"), ({"n": 2}, "n")]
)
def test_a_completion_that_ollama_cannot_make_is_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        build_completion(completing(**fields), TARGET)
    assert refused.value.param == param
