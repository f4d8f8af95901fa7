"""Coze's old API, from the fact sheet: no recording of it exists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Ended, Failed, Finished, TextDelta
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.coze_v2 import StreamReader, build, read_document
from addon.wire import sse
from tests.addon.dialects import native

TARGET = Target("https://api.coze.cn", "pat_fake", "bot-733", config={"user_id": "29032", "api_version": "v2"})
STREAM = """data:{"event":"message","message":{"role":"assistant","type":"verbose","content":"{}","content_type":"text"},"is_finish":true,"index":0,"conversation_id":"123"}

data:{"event":"message","message":{"role":"assistant","type":"answer","content":"你","content_type":"text"},"is_finish":false,"index":1,"conversation_id":"123"}

data:{"event":"message","message":{"role":"assistant","type":"answer","content":"好","content_type":"text"},"is_finish":false,"index":1,"conversation_id":"123"}

data:{"event":"message","message":{"role":"assistant","type":"answer","content":"","content_type":"text"},"is_finish":true,"index":1,"conversation_id":"123"}

data:{"event":"message","message":{"role":"assistant","type":"follow_up","content":"And?","content_type":"text"},"is_finish":true,"index":2,"conversation_id":"123"}

data:{"event":"done"}

"""  # noqa: E501  (lines of a stream are as long as they are)


def test_build_sends_the_last_turn_as_the_query() -> None:
    request = native.chat(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "And you?"},
    )
    outbound = build(request, TARGET)
    assert outbound.url == "https://api.coze.cn/open_api/v2/chat"
    assert outbound.secrets == (("authorization", "Bearer pat_fake"),)
    assert json.loads(outbound.body) == {
        "bot_id": "733",
        "user": "29032",
        "query": "And you?",
        "chat_history": [
            {"role": "user", "content": "Be brief.\n\nHi", "content_type": "text"},
            {"role": "assistant", "type": "answer", "content": "Hello", "content_type": "text"},
        ],
        "stream": True,
    }


def test_build_sends_a_lone_system_message_as_the_query() -> None:
    document = json.loads(build(native.chat({"role": "system", "content": "Who are you?"}), TARGET).body)
    assert (document["query"], document["chat_history"]) == ("Who are you?", [])


def test_build_refuses_images() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x.example/cat.png"}}
    with pytest.raises(CannotCarry, match="v3"):
        build(native.chat({"role": "user", "content": [image]}), TARGET)


def read(*documents: Any) -> list[Any]:
    reader = StreamReader()
    return [event for one in documents for event in reader.read(Frame(json.dumps(one).encode()))] + [*reader.close()]


def test_read_shows_answers_only() -> None:
    decoder, reader = sse.Decoder(), StreamReader()
    events = [event for frame in decoder.feed(STREAM.encode()) for event in reader.read(frame)]
    assert events == [TextDelta("你"), TextDelta("好"), Finished("stop"), Ended()]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"event": "error", "error_information": {"err_code": 702232007, "err_msg": "too long"}}, "too long"),
        ({"event": "error", "error_information": {"code": 4000, "msg": "bad"}}, "bad"),
        ({"event": "error", "error_information": "boom"}, "boom"),
        ({"code": 702242106, "msg": "no such bot"}, "no such bot"),
    ],
)
def test_read_fails_with_what_coze_says(document: Any, message: str) -> None:
    [failed] = read(document)
    assert isinstance(failed, Failed) and failed.fault.message == message


def test_read_ignores_what_is_new() -> None:
    assert read({"event": "ping"}, {"event": "message"}) == []


def test_read_document_takes_the_first_answer() -> None:
    messages = [{"type": "verbose", "content": "{}"}, {"type": "answer", "content": "Hi"}, {"type": "follow_up"}]
    assert list(read_document({"code": 0, "messages": messages})) == [TextDelta("Hi"), Finished("stop")]
    with pytest.raises(ValueError):
        list(read_document({"code": 0}))
