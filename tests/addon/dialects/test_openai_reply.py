"""Whole replies: passed, put right, told in meanings, or refused."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.events import (
    Event,
    Failed,
    Finished,
    Passed,
    Started,
    TextDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.outbound import Quirks, Target
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest
from addon.dialects.openai_reply import read_chat, read_completion, read_embeddings

TARGET = Target("https://p.example", "k", "upstream-model")
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
HEAD = {"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "m"}
MESSAGE = {"role": "assistant", "content": "a"}
CHAT = {**HEAD, "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}], "usage": USAGE}
TEXT = {
    **HEAD,
    "object": "text_completion",
    "choices": [{"index": 0, "text": "a", "finish_reason": "stop", "logprobs": None}],
}


def chat(document: Any) -> list[Event]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_chat(ChatRequest({}, b"", "m", ()), TARGET, body))


def completion(document: Any) -> list[Event]:
    return list(read_completion(CompletionRequest({}, b"", "m", ()), TARGET, json.dumps(document).encode()))


def embeddings(document: Any, wanted: Any = "float", **fields: Any) -> list[Event]:
    request = EmbeddingRequest({}, b"", "m", (), encoding_format=wanted)
    return list(read_embeddings(request, replace(TARGET, **fields), json.dumps(document).encode()))


def passed(events: list[Event]) -> Any:
    [event] = events
    assert isinstance(event, Passed)
    return json.loads(event.data)


def test_read_chat_passes_what_follows_the_dialect() -> None:
    body = b"\n\n" + json.dumps(CHAT, indent=1).encode() + b"\n"
    assert chat(body) == [
        Passed(
            body.strip(),
            (Started("chatcmpl-1", "m", 5), TextDelta("a"), Finished("stop"), UsageReported(Usage(1, 2, total=3))),
        )
    ]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ({"message": {"content": "a"}}, {"index": 0, "message": MESSAGE, "finish_reason": "stop"}),
        (
            {"index": 0, "messages": [{"role": "user"}, MESSAGE], "finish_reason": "eos"},
            {"index": 0, "message": MESSAGE, "finish_reason": "stop"},
        ),
        (
            {"index": 0, "delta": MESSAGE, "finish_reason": ""},
            {"index": 0, "message": MESSAGE, "finish_reason": "stop", "delta": MESSAGE},
        ),
        (
            {"index": 0, "finish_reason": "length"},
            {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "length"},
        ),
    ],
)
def test_read_chat_puts_choices_right(choice: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert passed(chat({**HEAD, "choices": [choice]}))["choices"] == [wanted]


def test_read_chat_of_calls_without_a_reason() -> None:
    message = {"role": "assistant", "tool_calls": {"function": {"name": "f", "arguments": {}}}}
    [event] = chat({**HEAD, "choices": [{"index": 0, "message": message}]})
    assert isinstance(event, Passed)
    assert json.loads(event.data)["choices"][0]["finish_reason"] == "tool_calls"
    assert [type(one) for one in event.meanings][1] is ToolCallStarted and event.meanings[-1] == Finished("tool_calls")


def test_read_chat_completes_the_head_and_the_usage() -> None:
    made = passed(chat({**CHAT, "object": "x", "model": None, "usage": {"total_tokens": 3}}))
    assert (made["object"], made["model"]) == ("chat.completion", "upstream-model")
    assert made["usage"] == {"prompt_tokens": 0, "completion_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize("lacking", ["id", "created"])
def test_read_chat_tells_a_reply_without_identity_in_meanings(lacking: str) -> None:
    events = chat({name: value for name, value in CHAT.items() if name != lacking})
    assert isinstance(events[0], Started)
    assert events[1:] == [TextDelta("a"), Finished("stop"), UsageReported(Usage(1, 2, total=3))]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"error": {"message": "m"}}, "m"),
        ([{"error": {"message": "m"}}], "m"),
        ({**CHAT, "choices": [{"finish_reason": "error", "message": MESSAGE}]}, "the provider broke off: error"),
        ({"code": 11200, "message": "m"}, "m"),
    ],
)
def test_read_chat_fails_with_what_the_provider_says(document: Any, message: str) -> None:
    [failed] = chat(document)
    assert isinstance(failed, Failed) and failed.fault.message == message


@pytest.mark.parametrize("body", [b"", b"<html>", b"7", b"[]", b"{}", b'{"choices":[]}', b'{"choices":{"a":1}}'])
def test_read_chat_raises_on_garbage(body: bytes) -> None:
    with pytest.raises(ValueError):
        chat(body)


def test_read_completion_passes_puts_right_and_fails() -> None:
    [event] = completion(TEXT)
    assert event == Passed(json.dumps(TEXT).encode(), (Started("chatcmpl-1", "m", 5), TextDelta("a"), Finished("stop")))
    made = passed(completion({**TEXT, "choices": [{"text": None, "finish_reason": "normal"}]}))
    assert made["choices"] == [{"text": "", "finish_reason": "stop", "index": 0}]
    made = passed(completion({**TEXT, "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}))
    assert made["choices"] == [{"text": "a", "finish_reason": "stop", "index": 0}]
    [failed] = completion({"error": {"message": "m"}})
    assert isinstance(failed, Failed)
    [failed] = completion({**TEXT, "choices": [{"text": "a", "finish_reason": "abort"}]})
    assert isinstance(failed, Failed)


def vectors(*values: Any) -> dict[str, Any]:
    items = [{"object": "embedding", "index": index, "embedding": value} for index, value in enumerate(values)]
    return {"object": "list", "model": "m", "data": items, "usage": {"prompt_tokens": 4, "total_tokens": 4}}


def test_read_embeddings_passes_what_was_asked_for() -> None:
    text = base64.b64encode(struct.pack("<2f", 1, 2)).decode()
    for wanted, value, told in (("float", [1.0, 2.0], (1.0, 2.0)), ("base64", text, text)):
        document = vectors(value, value)
        [event] = embeddings(document, wanted)
        assert isinstance(event, Passed) and event.data == json.dumps(document).encode()
        assert event.meanings == (
            Started(model="m"),
            Vector(0, told),
            Vector(1, told),
            UsageReported(Usage(prompt=4, total=4)),
        )


def test_read_embeddings_tells_the_other_encoding_in_meanings() -> None:
    assert embeddings(vectors([1.0]), "base64")[1] == Vector(0, (1.0,))
    assert embeddings(vectors("AACAPw=="), "float")[1] == Vector(0, "AACAPw==")


def test_read_embeddings_puts_right_and_fails() -> None:
    assert passed(embeddings({"data": {"embedding": [1.0]}}))["data"] == [
        {"embedding": [1.0], "object": "embedding", "index": 0}
    ]
    quirks = Quirks(repairs=("int8-embeddings",))
    document = {**vectors("AQ=="), "model": "pplx-embed-v1"}
    assert passed(embeddings(document, quirks=quirks))["data"][0]["embedding"] == [1.0]
    [failed] = embeddings({"error": {"message": "m"}})
    assert isinstance(failed, Failed)
    with pytest.raises(ValueError):
        embeddings({"data": []})
