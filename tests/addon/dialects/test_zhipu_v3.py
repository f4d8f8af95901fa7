"""Zhipu's API v3, which was never recorded: written from the fact sheet, which has it from Zhipu's old SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed, Finished, Started, TextDelta, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.zhipu import DIALECT
from addon.dialects.zhipu_v3 import build, fault_of_text, read_reply, token, unquoted
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed
from tests.addon.dialects.native import USER, call, chat, document, result
from tests.splits import same_at_every_split

KEY = "0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp"
TARGET = Target("https://open.bigmodel.cn", KEY, "chatglm_pro", now=1_735_689_600)
STREAM = """event:add
id:7863
data:你好

event:add
id:7863
data:，有什么可以帮
data:您的吗

event:finish
id:7863
data:
meta:{"task_status":"SUCCESS","usage":{"completion_tokens":28,"prompt_tokens":2,"total_tokens":30}}

""".encode()


def test_token_is_that_of_the_vector() -> None:
    assert token(KEY, 1_735_689_600_000) == (
        "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ.eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYi"
        "LCJleHAiOjE3MzU2ODk4MTAwMDAsInRpbWVzdGFtcCI6MTczNTY4OTYwMDAwMH0.c_yo0FABYDcMkQvgBn_b0D3F6o0ynpme16-5_Yjx0P8"
    )


@pytest.mark.parametrize("key", ["", "fake", "a.b.c", ".b", "a."])
def test_key_of_another_form_is_told(key: str) -> None:
    with pytest.raises(BadKey, match=r"id\.secret"):
        token(key, 1)


def test_tools_are_refused() -> None:
    with pytest.raises(CannotCarry, match="calls no tools"):
        build(chat(tools=[{"type": "function", "function": {"name": "get_weather"}}]), TARGET)


def test_request_has_the_token_alone_in_its_header() -> None:
    outbound = build(chat(temperature=0, top_p=1), TARGET)
    assert outbound.url == "https://open.bigmodel.cn/api/paas/v3/model-api/chatglm_pro/invoke"
    assert outbound.secrets == (("authorization", token(KEY, 1_735_689_600_000)),)
    assert document(outbound) == {
        "prompt": [{"role": "user", "content": "Hello"}],
        "return_type": "text",
        "temperature": 0.01,
        "top_p": 0.99,
    }
    streamed = build(chat(stream=True), Target("http://127.0.0.1:9/api/paas/v4", KEY, "chatglm_pro"))
    assert streamed.url == "http://127.0.0.1:9/api/paas/v3/model-api/chatglm_pro/sse-invoke"
    assert document(streamed)["incremental"] is True


def test_systems_words_are_the_beginning_of_the_users() -> None:
    hello = {"role": "assistant", "content": "Hello!"}
    made = document(build(chat({"role": "system", "content": "Be brief."}, USER, hello, USER), TARGET))
    assert made["prompt"] == [
        {"role": "user", "content": "Be brief.\nHello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Hello"},
    ]
    wanted = document(build(chat(response_format={"type": "json_object"}), TARGET))
    assert "JSON" in wanted["prompt"][0]["content"]


@pytest.mark.parametrize(
    "messages",
    [
        [USER, {"role": "assistant", "content": None, "tool_calls": [call("a", "now", "{}")]}, result("a", "x")],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://images.example/a.png"}}]}],
        [{"role": "user", "content": [{"type": "video", "video": "x"}]}],
        [{"role": "user", "content": " "}],
    ],
)
def test_what_it_does_not_take_is_named(messages: list[Any]) -> None:
    with pytest.raises(CannotCarry):
        build(chat(*messages), TARGET)


def test_stream_is_the_same_at_every_cut() -> None:
    [out] = same_at_every_split(Composed(DIALECT, TARGET).pipe, STREAM)
    told = oracle.our_stream(out)
    assert told.choices[0].text == "你好，有什么可以帮\n您的吗"
    assert told.choices[0].finish == "stop"


@pytest.mark.parametrize(
    ("tail", "finish"),
    [(b"event:finish\ndata:!\n\n", "stop"), (b"event:interrupted\ndata:x\n\n", "content_filter")],
)
def test_stream_ends_in_other_ways(tail: bytes, finish: str) -> None:
    told = oracle.our_stream(Composed(DIALECT, TARGET).streamed(b"event:add\ndata:Hi\n\n" + tail))
    assert (told.choices[0].text, told.choices[0].finish) == ("Hi!" if finish == "stop" else "Hi", finish)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ('{"code":1302,"msg":"too often","success":false}', FaultKind.RATE_LIMITED, "too often"),
        ('{"code":1002,"msg":"who?","success":false}', FaultKind.BAD_KEY, "who?"),
        ("the model is gone", FaultKind.SERVER_ERROR, "the model is gone"),
        ("", FaultKind.SERVER_ERROR, "Zhipu broke off without a word about it"),
        ("[]", FaultKind.SERVER_ERROR, "[]"),
    ],
)
def test_error_event_is_a_fault(text: str, kind: FaultKind, message: str) -> None:
    fault = fault_of_text(text)
    assert (fault.kind, fault.message) == (kind, message)
    body = b"event:error\ndata:" + text.encode() + b"\n\n"
    assert Composed(DIALECT, TARGET).fault_in_stream(body) == fault


def test_stream_that_was_cut_is_not_whole() -> None:
    assert Composed(DIALECT, TARGET).fault_in_stream(b"event:add\ndata:Hi\n\n").kind is FaultKind.CUT


def test_whole_reply_is_read() -> None:
    usage = {"prompt_tokens": 2, "completion_tokens": 28, "total_tokens": 30}
    data = {"request_id": "r-1", "choices": [{"role": "assistant", "content": '" 你好\\n"'}], "usage": usage}
    body = json.dumps({"code": 200, "msg": "操作成功", "data": data, "success": True}).encode()
    assert list(read_reply(body)) == [
        Started(id="r-1"),
        TextDelta(" 你好\n"),
        UsageReported(Usage(prompt=2, completion=28, total=30)),
        Finished("stop"),
    ]


def test_error_in_a_good_reply_is_a_fault() -> None:
    [failed] = read_reply(b'{"code":1214,"msg":"messages","success":false}')
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.BAD_REQUEST
    with pytest.raises(KeyError):
        list(read_reply(b"{}"))


@pytest.mark.parametrize(("text", "wanted"), [('"a\\"b"', 'a"b'), ("a", "a"), ('"a\\x"', "a\\x"), ('"', '"'), ("", "")])
def test_quotes_around_a_text_are_taken_off(text: str, wanted: str) -> None:
    assert unquoted(text) == wanted
