"""Cohere's v1 chat: requests rule by rule and against the SDK, replies event by event.

No v1 traffic was recorded; tests/recordings/cohere says from which page each reply was written (see `test_cohere`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.canon.turns import CONTINUE
from addon.dialects.cohere_v1 import StreamReader, build, reply_events
from tests.addon.dialects.native import USER, WEATHER, call, chat, document, result
from tests.addon.dialects.sdk_traffic import sent_by

SYSTEM = {"role": "system", "content": "Be brief."}
HELLO = {"role": "assistant", "content": "Hi"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [call("w1", "get_weather", '{"city":"Paris"}')]}
CALLS = [{"name": "get_weather", "parameters": {"city": "Paris"}}]
ODD = {
    "type": "function",
    "function": {
        "name": "odd",
        "parameters": {
            "properties": {"a": {"type": ["string", "null"]}, "b": True, "c": {"type": "array", "items": {}}, "d": {}}
        },
    },
}
BARE = {"type": "function", "function": {"name": "bare"}}
CASES: dict[str, ChatRequest] = {
    "history": chat(SYSTEM, USER, HELLO, USER, temperature=2, top_p=0.5, stop="x", max_tokens=5),
    "stream": chat(stream=True),
    "tools": chat(USER, tools=[WEATHER, ODD, BARE]),
    "results": chat(USER, CALLED, result("w1", '[{"t": 18}, 2]'), tools=[WEATHER]),
    "answered": chat(USER, CALLED, result("w1", "18 C"), HELLO, USER, tools=[WEATHER]),
    "schema": chat(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}),
}


def sent(request: ChatRequest, model: str = "command-r", **fields: Any) -> Any:
    return document(build(request, Target("https://api.cohere.ai", "fake-cohere", model, **fields)))


def test_requests_are_those_that_the_sdk_sends() -> None:
    call = """
import cohere, contextlib
def call(host, case):
    client = cohere.Client(api_key="fake", base_url="http://" + host)
    send = client.chat_stream if case.pop("stream", False) else client.chat
    with contextlib.suppress(Exception):  # the reply is no stream; what was sent is what counts
        list(send(**case, **({"accepts": "text/event-stream"} if send == client.chat_stream else {})))
"""
    documents = [sent(request) for request in CASES.values()]
    for ours, theirs in zip(documents, sent_by(call, documents, {"text": "x"}), strict=True):
        assert theirs.path == "/v1/chat"
        assert {"stream": False, **ours} == theirs.document
        assert theirs.headers.get("accepts") == ("text/event-stream" if ours.get("stream") else None)


def test_question_history_and_preamble_stand_apart() -> None:
    assert sent(CASES["history"]) == {
        "model": "command-r",
        "message": "Hello",
        "chat_history": [{"role": "USER", "message": "Hello"}, {"role": "CHATBOT", "message": "Hi"}],
        "preamble": "Be brief.",
        "temperature": 1,
        "p": 0.5,
        "max_tokens": 5,
        "stop_sequences": ["x"],
    }


def test_a_stream_is_asked_for_as_events() -> None:
    outbound = build(CASES["stream"], Target("https://api.cohere.ai/v1", "k", "m"))
    assert outbound.url == "https://api.cohere.ai/v1/chat"
    assert ("accepts", "text/event-stream") in outbound.headers and document(outbound)["stream"] is True


def test_the_end_of_a_models_name_asks_for_the_web() -> None:
    made = sent(chat(), "command-r-plus-internet")
    assert (made["model"], made["connectors"]) == ("command-r-plus", [{"id": "web-search"}])
    assert "connectors" not in sent(chat())


def test_an_answer_that_stands_last_is_history() -> None:
    made = sent(chat(USER, HELLO))
    assert made["message"] == CONTINUE and made["chat_history"][-1] == {"role": "CHATBOT", "message": "Hi"}


def test_results_repeat_the_call_that_they_answer() -> None:
    made = sent(CASES["results"])
    assert made["message"] == ""
    assert made["tool_results"] == [{"call": CALLS[0], "outputs": [{"t": 18}, {"result": 2}]}]
    assert made["chat_history"][-1] == {"role": "CHATBOT", "message": "", "tool_calls": CALLS}


def test_earlier_results_are_one_turn_of_the_history() -> None:
    twice = {"role": "assistant", "content": "", "tool_calls": [call("a", "f", "{}"), call("b", "f", "")]}
    made = sent(chat(USER, twice, result("a", "1"), result("b", "[]"), HELLO, USER))
    [turn] = [one for one in made["chat_history"] if one["role"] == "TOOL"]
    assert [one["outputs"] for one in turn["tool_results"]] == [[{"result": 1}], [{"result": []}]]
    assert sent(CASES["answered"])["chat_history"][2]["tool_results"][0]["outputs"] == [{"result": "18 C"}]


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(CannotCarry, match="No earlier assistant message"):
        sent(chat(USER, result("nobody", "1")))


def test_tools_have_pythons_types() -> None:
    weather, odd, bare = sent(CASES["tools"])["tools"]
    assert weather == {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameter_definitions": {"city": {"type": "str", "required": True}},
    }
    assert odd["parameter_definitions"] == {
        "a": {"type": "str", "required": False},
        "b": {"type": "str", "required": False},
        "c": {"description": '{"items":{}}', "type": "list", "required": False},
        "d": {"type": "str", "required": False},
    }
    assert bare == {"name": "bare", "description": "bare"}
    assert "tools" not in sent(chat(tools=[WEATHER], tool_choice="none"))


def test_a_format_beside_tools_is_asked_for_in_words() -> None:
    assert sent(CASES["schema"])["response_format"] == {"type": "json_object", "json_schema": {"type": "object"}}
    made = sent(chat(response_format={"type": "json_object"}, tools=[WEATHER]))
    assert "response_format" not in made and "JSON object" in made["preamble"]


@pytest.mark.parametrize(
    ("request_", "param"), [(chat(n=2), "n"), (chat({"role": "user", "content": " "}), "messages")]
)
def test_what_cohere_cannot_do_is_refused(request_: ChatRequest, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        sent(request_)
    assert refused.value.param == param


def read(*documents: Any) -> list[Event]:
    reader = StreamReader({"_2_lives": "2 lives"})
    found = [event for one in documents for event in reader.read(Frame(json.dumps(one).encode()))]
    return [*found, *reader.close()]


def end(reason: str = "COMPLETE", **reply: Any) -> dict[str, Any]:
    return {"event_type": "stream-end", "is_finished": True, "finish_reason": reason, "response": reply}


def test_the_last_event_tells_what_was_not_streamed() -> None:
    tokens: dict[str, Any] = {"meta": {"tokens": {"input_tokens": 7, "output_tokens": 2}}}
    assert read({"event_type": "stream-start", "generation_id": "g"}, end(text="Hi", **tokens)) == [
        Started("g"),
        TextDelta("Hi"),
        UsageReported(Usage(prompt=7, completion=2)),
        Finished("stop"),
    ]
    assert read({"event_type": "text-generation", "text": "Hi"}, end("MAX_TOKENS", text="Hi")) == [
        TextDelta("Hi"),
        UsageReported(Usage()),
        Finished("length"),
    ]


@pytest.mark.parametrize(("streamed", "repeated"), [(False, True), (True, True), (True, False)])
def test_calls_are_told_once(streamed: bool, repeated: bool) -> None:
    calls = [{"name": "_2_lives", "parameters": {"a": 1}}, {"name": "f"}]
    events = [{"event_type": "tool-calls-generation", "tool_calls": calls}] if streamed else []
    assert read(*events, end(text="", tool_calls=calls if repeated else [])) == [
        ToolCallStarted(0, "", "2 lives"),
        ToolArguments(0, '{"a":1}'),
        ToolCallStarted(1, "", "f"),
        ToolArguments(1, "{}"),
        UsageReported(Usage()),
        Finished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("event", "message"),
    [(end("ERROR"), "Cohere broke off: ERROR"), ({"message": "too many tokens"}, "too many tokens")],
)
def test_a_failure_in_the_stream_is_one(event: Any, message: str) -> None:
    failed = read(event)[-1]
    assert isinstance(failed, Failed) and failed.fault.message == message


def test_what_is_not_for_chats_is_left_out_and_the_end_is_the_end() -> None:
    assert read({"event_type": "search-results", "documents": []}) == []
    assert StreamReader({}).read(Frame(b"[DONE]")) == [Ended()]


def test_whole_replies() -> None:
    reply = {"response_id": "r", "text": "Hi", "finish_reason": "COMPLETE"}
    assert list(reply_events({}, json.dumps(reply).encode())) == [
        Started("r"),
        TextDelta("Hi"),
        UsageReported(Usage()),
        Finished("stop"),
    ]
    [failed] = reply_events({}, b'{"message":"no such model"}')
    assert isinstance(failed, Failed) and failed.fault.message == "no such model"
