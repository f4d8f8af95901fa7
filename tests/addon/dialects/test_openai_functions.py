"""The old functions as tools: requests in the new words, replies for a client of the old ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Event, Finished, Passed, Started, ToolArguments, ToolCallStarted
from addon.canon.frame import Frame
from addon.canon.outbound import Quirks, Target
from addon.canon.request import ChatRequest
from addon.dialects import openai, openai_functions
from addon.face.decode import decode
from tests.addon.dialects.native import Reading

FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": {}}}
ASKED = {"role": "user", "content": "?"}
CALLED = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
ANSWERED = {"role": "function", "name": "f", "content": "19"}
TARGET = Target("https://p.example", "sk-fake", "m", quirks=Quirks(functions=False))
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
HEAD = {"id": "chatcmpl-1", "created": 5, "model": "m"}


def request(*messages: Any, **fields: Any) -> ChatRequest:
    body = {"model": "m", "messages": [*messages], **fields}
    made = decode(Endpoint.CHAT, "application/json", json.dumps(body).encode())
    assert isinstance(made, ChatRequest)
    return made


def sent(asked: ChatRequest, target: Target = TARGET) -> dict[str, Any]:
    return dict(json.loads(openai.DIALECT.codecs[Endpoint.CHAT].build(asked, target).body))


def test_functions_and_their_results_go_as_tools() -> None:
    made = sent(request(ASKED, CALLED, ANSWERED, functions=[FUNCTION], function_call="auto"))
    assert made["tools"] == [{"type": "function", "function": FUNCTION}]
    assert made["tool_choice"] == "auto"
    assert not {"functions", "function_call"} & made.keys()
    asked, called, answered = made["messages"]
    assert asked == ASKED
    [call] = called["tool_calls"]
    assert call == {"id": call["id"], "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert call["id"] and "function_call" not in called
    assert answered == {"role": "tool", "tool_call_id": call["id"], "content": "19"}


@pytest.mark.parametrize(
    ("fields", "choice"),
    [
        ({"function_call": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}),
        ({"function_call": "none"}, "none"),
        ({}, None),
    ],
)
def test_choice_of_a_function_is_one_of_a_tool(fields: dict[str, Any], choice: Any) -> None:
    assert sent(request(ASKED, functions=[FUNCTION], **fields)).get("tool_choice") == choice


def test_tools_win_over_functions() -> None:
    tools = [{"type": "function", "function": {"name": "g"}}]
    made = sent(request(ASKED, functions=[FUNCTION], tools=tools))
    assert made["tools"] == tools and "functions" not in made


def test_an_old_conversation_without_functions_is_told_anew() -> None:
    made = sent(request(ASKED, CALLED, ANSWERED, {"role": "assistant", "content": "x", "function_call": None}, ASKED))
    assert made["messages"][2]["role"] == "tool"
    assert made["messages"][3] == {"role": "assistant", "content": "x"}
    assert "tools" not in made


def test_a_modern_request_passes_byte_for_byte() -> None:
    asked = request(ASKED)
    assert not openai_functions.converts(asked, TARGET.quirks)
    assert openai.DIALECT.codecs[Endpoint.CHAT].build(asked, TARGET).body == asked.raw


def test_functions_pass_where_they_are_known() -> None:
    known = replace(TARGET, quirks=Quirks())
    assert "functions" in sent(request(ASKED, CALLED, ANSWERED, functions=[FUNCTION]), known)


TOLD: list[Event] = [
    Started("chatcmpl-1", "m", 5),
    ToolCallStarted(0, "call_1", "f"),
    ToolArguments(0, "{}"),
    Finished("tool_calls"),
]


def test_calls_are_told_in_meanings_to_who_speaks_functions() -> None:
    codec = openai.DIALECT.codecs[Endpoint.CHAT]
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    body = json.dumps({**HEAD, "object": "chat.completion", "choices": [choice]}).encode()
    old = request(ASKED, functions=[FUNCTION])
    assert list(codec.read_reply(old, TARGET, body)) == TOLD
    assert isinstance(next(iter(codec.read_reply(request(ASKED), TARGET, body))), Passed)


def test_streamed_calls_are_told_in_meanings_to_who_speaks_functions() -> None:
    codec = openai.DIALECT.codecs[Endpoint.CHAT]
    assert codec.reader is not None
    choice = {"index": 0, "delta": {"tool_calls": [CALL]}, "finish_reason": "tool_calls"}
    frame = Frame(json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [choice]}).encode())
    assert list(codec.reader(request(ASKED, functions=[FUNCTION]), TARGET).read(frame)) == TOLD
    assert isinstance(next(iter(codec.reader(request(ASKED), TARGET).read(frame))), Passed)


def test_a_client_of_the_old_words_reads_them() -> None:
    reading = Reading(openai.DIALECT, TARGET, request(ASKED, functions=[FUNCTION]))
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    document = {**HEAD, "object": "chat.completion", "choices": [choice]}
    [told] = json.loads(reading.whole(json.dumps(document).encode()))["choices"]
    assert told["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert "tool_calls" not in told["message"]
    assert told["finish_reason"] == "function_call"
