"""AI Proxy's knowledge bases. Nothing of them was recorded: tests/recordings/aiproxy has One API's shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.aiproxy_library import DIALECT
from tests.addon.dialects.native import USER, WEATHER, Reading, chat, document, read_by_openai, said_by, said_in
from tests.recordings import Recording, recordings

TARGET = Target("https://api.aiproxy.io", "fake", "m", config={"library_id": "42"})
WORK = Reading(DIALECT, TARGET)
ANSWER = "\n\n参考文档：\n1. [Manual](https://x.example/m)\n2. [FAQ](https://x.example/f)\n"


def recorded(name: str) -> Recording:
    [recording] = [one for one in recordings(["aiproxy"], ["chat", "chat-stream"]) if one.name == name]
    return recording


def test_the_last_message_is_the_question() -> None:
    outbound = DIALECT.codecs[Endpoint.CHAT].build(chat(USER, {"role": "user", "content": "How?"}, stream=True), TARGET)
    assert (outbound.method, outbound.url) == ("POST", "https://api.aiproxy.io/api/library/ask")
    assert outbound.secrets == (("authorization", "Bearer fake"),)
    assert document(outbound) == {"model": "m", "query": "How?", "libraryId": "42", "stream": True}


def test_a_channel_without_its_library_says_what_it_needs() -> None:
    with pytest.raises(BadKey, match="library ID"):
        DIALECT.codecs[Endpoint.CHAT].build(chat(), Target("https://api.aiproxy.io", "fake", "m"))


@pytest.mark.parametrize(
    "content", [" ", [{"type": "image_url", "image_url": {"url": "https://x/a.png"}}]], ids=["blank", "picture"]
)
def test_a_question_is_a_text(content: Any) -> None:
    with pytest.raises(CannotCarry):
        DIALECT.codecs[Endpoint.CHAT].build(chat({"role": "user", "content": content}), TARGET)


def test_tools_are_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        DIALECT.codecs[Endpoint.CHAT].build(chat(tools=[WEATHER]), TARGET)
    assert refused.value.param == "tools"


def test_the_documents_are_put_below_the_answer() -> None:
    whole = WORK.whole(recorded("chat.answer").body)
    assert (said_by(whole).text, said_by(whole).finish) == ("Press the button." + ANSWER, "stop")
    stream = recorded("chat-stream.answer")
    assert (said_in(WORK.split(stream)).text, said_in(WORK.split(stream)).finish) == ("Press it." + ANSWER, "stop")
    for streamed, reply in ((False, whole), (True, WORK.streamed(stream.body))):
        [read] = read_by_openai(streamed, [reply])
        assert read.text.endswith(ANSWER)


def test_a_stream_may_end_as_openais_do() -> None:
    assert said_in(WORK.streamed(b'data: {"content":"Hi"}\n\ndata: [DONE]\n\n')).text == "Hi"
    finished = b'data: {"content":"Hi","finish":true}\n\ndata: [DONE]\n\n'
    assert said_in(WORK.streamed(finished)).finish == "stop"


def test_a_cut_stream_does_not_look_complete() -> None:
    pipe = WORK.pipe()
    out = b"".join([*pipe.feed(recorded("chat-stream.cut-after-some-text").body), *pipe.close()])
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT
    assert b'"finish_reason":"stop"' not in out


def test_errors_inside_a_good_reply() -> None:
    [failed] = WORK.events(recorded("chat.error").body)
    assert isinstance(failed, Failed) and failed.fault.message == "invalid key"
    pipe = WORK.pipe()
    pipe.feed(b'data: {"errCode":7}\n\n')
    assert pipe.fault is not None and pipe.fault.message == "AI Proxy reports error 7"


def test_an_error_keeps_its_message() -> None:
    fault = DIALECT.read_error(401, {}, json.dumps({"message": "no"}).encode())
    assert (fault.kind, fault.message) == (FaultKind.BAD_KEY, "no")


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["aiproxy_library"] is DIALECT


def test_an_error_is_told_by_its_words() -> None:
    [failed] = WORK.events(b'{"success":false,"message":"\xe4\xbd\x99\xe9\xa2\x9d\xe4\xb8\x8d\xe8\xb6\xb3"}')
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.OUT_OF_BALANCE
