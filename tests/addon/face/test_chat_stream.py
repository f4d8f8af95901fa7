from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.events import (
    Event,
    Finished,
    Logprobs,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
)
from addon.face.chat_stream import ChatStreamEncoder
from tests.addon.face.replies import IDS, RICH, TOKEN, chat, documents
from tests.clients import Parsed, Reply, parsed_by_openai

FUNCTIONS: dict[str, Any] = {"functions": [{"name": "f"}]}


def choices(*events: Event, **body: Any) -> list[dict[str, Any]]:
    return [chunk["choices"][0] for chunk in documents(ChatStreamEncoder(chat(**body), IDS).feed(events))]


def written(events: list[Event], include_usage: bool = False, **body: Any) -> bytes:
    encoder = ChatStreamEncoder(chat(include_usage, **body), IDS)
    return b"".join(encoder.feed(events) + encoder.end())


def test_the_first_chunk_is_the_role_and_the_last_the_finish() -> None:
    assert choices(TextDelta("hi"), Finished("length")) == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None},
        {"index": 0, "delta": {"content": "hi"}, "logprobs": None, "finish_reason": None},
        {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "length"},
    ]


@pytest.mark.parametrize(
    ("event", "delta"),
    [
        (ReasoningDelta("hm"), {"reasoning_content": "hm"}),
        (RefusalDelta("no"), {"refusal": "no"}),
        (RICH[2], {"reasoning_details": [{"type": "thinking", "signature": "s"}]}),
        (
            ToolCallStarted(1, "c", "f"),
            {
                "tool_calls": [
                    {"index": 1, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}},
                ]
            },
        ),
        (ToolArguments(1, "{"), {"tool_calls": [{"index": 1, "function": {"arguments": "{"}}]}),
    ],
)
def test_each_event_has_its_delta(event: Event, delta: dict[str, Any]) -> None:
    assert choices(event)[1]["delta"] == delta


@pytest.mark.parametrize("event", [TextDelta(""), ReasoningDelta(""), RefusalDelta(""), ToolArguments(0, "")])
def test_an_empty_delta_is_not_written(event: Event) -> None:
    assert choices(event) == []


def test_a_call_without_id_gets_one_and_extra_travels_along() -> None:
    call = choices(ToolCallStarted(0, "", "f", extra={"google": {"s": 1}}))[1]["delta"]["tool_calls"][0]
    assert call["id"] == "call_1_0_0"
    assert call["extra_content"] == {"google": {"s": 1}}


def test_log_probabilities_alone_have_an_empty_delta() -> None:
    assert choices(Logprobs({"content": [TOKEN]}))[1] == {
        "index": 0,
        "delta": {},
        "logprobs": {"content": [TOKEN]},
        "finish_reason": None,
    }


def test_a_client_of_the_old_functions_gets_one_function_call() -> None:
    got = choices(
        ToolCallStarted(0, "c", "f"),
        ToolArguments(0, "{}"),
        ToolCallStarted(1, "d", "g"),
        ToolArguments(1, "{}"),
        Finished("tool_calls"),
        **FUNCTIONS,
    )
    assert [choice["delta"] for choice in got[1:]] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
        {},
    ]
    assert got[-1]["finish_reason"] == "function_call"
    assert choices(Finished("stop"), **FUNCTIONS)[-1]["finish_reason"] == "stop"


@pytest.fixture(scope="module")
def parsed() -> list[Parsed]:
    plain: list[Event] = [TextDelta("hi"), Finished("stop")]
    return parsed_by_openai(
        [
            Reply("chat-stream", written(RICH)),
            Reply("chat-stream", written(RICH, include_usage=True)),
            Reply("chat-stream", written(RICH, **FUNCTIONS)),
            Reply("chat-stream", written(plain)),
        ]
    )


def test_the_official_client_reads_every_reply_without_complaint(parsed: list[Parsed]) -> None:
    assert [(reply.error, reply.invalid) for reply in parsed] == [("", [])] * 4


def test_the_official_client_puts_the_reply_together(parsed: list[Parsed]) -> None:
    final = parsed[0].final
    assert final is not None
    message = final["choices"][0]["message"]
    assert message["content"] == "Hello 😀"
    assert [
        (call["id"], call["function"]["name"], call["function"]["arguments"]) for call in message["tool_calls"]
    ] == [
        ("call_a", "f", '{"x":1}'),
        ("call_theirs_0_1", "g", "{}"),
    ]
    assert final["choices"][0]["finish_reason"] == "tool_calls"
    assert final["choices"][1]["message"]["refusal"] == "no"
    assert final["choices"][0]["logprobs"]["content"] == [TOKEN]
    assert {chunk["id"] for chunk in parsed[0].chunks} == {"chatcmpl-theirs"}


def test_the_official_client_gets_usage_only_if_asked_for(parsed: list[Parsed]) -> None:
    assert all(chunk.get("usage") is None and chunk["choices"] for chunk in parsed[0].chunks)
    *chunks, last = parsed[1].chunks
    assert all(chunk["usage"] is None for chunk in chunks)
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 14)


@given(
    st.lists(
        st.one_of(
            st.builds(TextDelta, st.text(), st.integers(0, 2)),
            st.builds(ToolArguments, st.integers(0, 2), st.text(), st.integers(0, 2)),
            st.builds(ReasoningDelta, st.text(), st.integers(0, 2)),
        )
    ),
    st.integers(1, 5),
)
def test_deltas_add_up_to_what_was_said(events: list[Any], step: int) -> None:
    encoder = ChatStreamEncoder(chat(), IDS)
    chunks = [chunk for at in range(0, len(events), step) for chunk in encoder.feed(events[at : at + step])]
    said: dict[tuple[Any, ...], str] = {}
    for choice in (document["choices"][0] for document in documents(chunks)):
        delta, index = choice["delta"], choice["index"]
        for name in ("content", "reasoning_content"):
            said[index, name] = said.get((index, name), "") + delta.get(name, "")
        for call in delta.get("tool_calls", []):
            key = (index, call["index"])
            said[key] = said.get(key, "") + call["function"]["arguments"]
    wanted: dict[tuple[Any, ...], str] = {}
    for event in events:
        match event:
            case TextDelta():
                key = (event.choice, "content")
            case ReasoningDelta():
                key = (event.choice, "reasoning_content")
            case _:
                key = (event.choice, event.index)
        wanted[key] = wanted.get(key, "") + event.text
    assert {key: text for key, text in said.items() if text} == {key: text for key, text in wanted.items() if text}
