"""Zhipu as a whole: every recording comes out equal, however it was cut, and requests are what Zhipu's SDK sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Vector
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.zhipu import DIALECT, unboxed
from addon.face.encode import flatten
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same, row_target, through_row
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, document, embedding, read_by_openai, result
from tests.addon.dialects.sdk_traffic import sent_by
from tests.recordings import Recording, cases, recordings

TARGET = row_target(16, "glm-4.7")
READING = Composed(DIALECT, TARGET)
CHAT = DIALECT.codecs[Endpoint.CHAT]
KINDS = ("chat", "chat-stream")
GOOD = [one for one in recordings(["zhipu"], KINDS) if one.status == 200]


def expected(recording: Recording) -> oracle.Told:
    read = oracle.recorded_stream if recording.streamed else oracle.recorded_reply
    return read(recording.body)


@pytest.mark.parametrize("recording", cases(["zhipu"], KINDS))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording.status == 200:
        assert_same(READING.told(recording), expected(recording))


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert_same(READING.told_at_every_cut(recording), expected(recording))


@pytest.mark.parametrize("streamed", [True, False])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    found = [one for one in GOOD if one.streamed == streamed]
    outputs = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in found]
    for recording, said in zip(found, read_by_openai(streamed, outputs), strict=True):
        wanted = expected(recording)
        assert (said.text, said.finish) == (wanted.choices[0].text, wanted.choices[0].finish)


SDK = """
from zai import ZhipuAiClient

def call(host, case):
    client = ZhipuAiClient(api_key="fake-id.fake-secret", base_url="http://%s/api/paas/v4" % host)
    endpoint, fields = case
    if endpoint == "chat":
        client.chat.completions.create(**fields)
    elif endpoint == "images":
        client.images.generations(**fields)
    else:
        client.embeddings.create(**fields)
"""
REPLY = {"id": "x", "created": 1, "model": "glm-4.7", "choices": [], "data": [], "usage": {}}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
REQUESTS: list[dict[str, Any]] = [
    {"messages": [USER]},
    {
        "messages": [USER],
        "temperature": 0,
        "top_p": 1,
        "max_tokens": 9,
        "seed": 3,
        "stop": "END",
        "user": "ada-lovelace",
    },
    {"messages": [USER], "temperature": 2, "reasoning_effort": "low", "response_format": {"type": "json_object"}},
    {
        "messages": [
            {"role": "system", "content": "Be brief."},
            USER,
            {"role": "assistant", "content": None, "tool_calls": [call("call_1", "get_weather", '{"city":"Oslo"}')]},
            result("call_1", "cold"),
        ],
        "tools": [WEATHER],
        "tool_choice": "auto",
    },
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]},
]


def test_requests_are_what_zhipus_sdk_sends() -> None:
    """Our document, given to the SDK as arguments (it refuses what it does not know), comes out as it is."""
    asked = [chat(*one["messages"], **{k: v for k, v in one.items() if k != "messages"}) for one in REQUESTS]
    ours = [through_row(16, one, "glm-4.7") for one in asked]
    vectors = through_row(16, embedding(["a", "b"], dimensions=256), "embedding-3")
    inputs = [["chat", document(one)] for one in ours] + [["embeddings", document(vectors)]]
    for outbound, sent in zip([*ours, vectors], sent_by(SDK, inputs, REPLY), strict=True):
        assert {k: v for k, v in sent.document.items() if v is not None} == document(outbound)
        assert outbound.url.endswith(sent.path)
        assert dict(outbound.secrets)["authorization"] == sent.headers["authorization"]


@pytest.mark.parametrize("key", ["", "fake", "a.b.c", "fake."])
def test_key_of_another_form_is_told_at_zhipus_own_hosts(key: str) -> None:
    for request in (chat(), embedding("hi")):
        with pytest.raises(BadKey, match=r"id\.secret"):
            through_row(16, request, "glm-4.7", key=key)
    assert through_row(16, chat(), "glm-4.7", key="fake", base_url="http://127.0.0.1:9").secrets


def test_one_answer_and_one_text_where_there_is_no_more() -> None:
    with pytest.raises(CannotCarry, match="one answer"):
        through_row(16, chat(n=2), "glm-4.7")
    with pytest.raises(CannotCarry, match="one text"):
        through_row(16, embedding(["a", "b"]), "embedding-2")
    with pytest.raises(CannotCarry, match="token ids"):
        through_row(16, embedding([[1]]), "embedding-3")
    assert document(through_row(16, embedding("a"), "embedding-2")) == {"model": "embedding-2", "input": "a"}


def test_embeddings_come_out() -> None:
    body = {"model": "embedding-3", "object": "list", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    data = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    codec = DIALECT.codecs[Endpoint.EMBEDDINGS]
    said = flatten(codec.read_reply(embedding("hi"), TARGET, json.dumps(body | {"data": data}).encode()))
    assert [one.values for one in said if isinstance(one, Vector)] == [(0.5,)]


def test_marks_of_a_box_belong_to_no_text() -> None:
    text = "<|begin_of_box|>a cat<|end_of_box|>"
    message = {"role": "assistant", "content": text}
    whole = {"id": "x", "created": 1, "model": "glm-4.5v", "choices": [{"index": 0, "message": message}]}
    assert oracle.our_reply(READING.whole(json.dumps(whole).encode())).choices[0].text == "a cat"
    chunks = [
        {"id": "x", "created": 1, "model": "glm-4.5v", "choices": [{"index": 0, "delta": {"content": piece}}]}
        for piece in ("<|begin_of_box|>", "a cat", "<|end_of_box|>")
    ]
    chunks[-1]["choices"][0]["finish_reason"] = "stop"  # type: ignore[index]
    body = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks) + b"data: [DONE]\n\n"
    assert oracle.our_stream(READING.streamed(body)).choices[0].text == "a cat"
    assert unboxed(b"_of_box|>") == b"_of_box|>"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "1113", FaultKind.OUT_OF_BALANCE),
        (429, "1302", FaultKind.RATE_LIMITED),
        (429, "1308", FaultKind.OUT_OF_BALANCE),
        (400, "1301", FaultKind.CONTENT_FILTER),
        (400, "1211", FaultKind.NOT_FOUND),
        (400, "1214", FaultKind.BAD_REQUEST),
        (429, "1311", FaultKind.FORBIDDEN),
        (500, "1234", FaultKind.OVERLOADED),
        (401, "1002", FaultKind.BAD_KEY),
        (500, "1200", FaultKind.SERVER_ERROR),
        (434, "434", FaultKind.FORBIDDEN),
    ],
)
def test_code_says_what_went_wrong(status: int, code: str, kind: FaultKind) -> None:
    body = json.dumps({"error": {"code": code, "message": "why"}}).encode()
    fault = DIALECT.read_error(status, {}, body)
    assert (fault.kind, fault.code, fault.message) == (kind, code, "why")
    if status != 401 and code != "434":
        assert READING.fault(body).kind is kind


def test_a_broken_connection_is_a_fault() -> None:
    chunk = {
        "id": "x",
        "created": 1,
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "network_error"}],
    }
    fault = READING.fault_in_stream(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    assert fault.kind is FaultKind.SERVER_ERROR


def test_oldest_models_go_to_the_oldest_api() -> None:
    target = row_target(16, "chatglm_turbo")
    assert "/api/paas/v3/model-api/chatglm_turbo/invoke" in CHAT.build(chat(), target).url
    reading = Composed(DIALECT, target)
    body = {
        "code": 200,
        "data": {"request_id": "r", "choices": [{"role": "assistant", "content": "Hi"}]},
        "success": True,
    }
    assert oracle.our_reply(reading.whole(json.dumps(body).encode())).choices[0].text == "Hi"
    stream = b"event:add\nid:1\ndata:Hi\n\nevent:finish\nid:1\ndata:\nmeta:{}\n\n"
    assert oracle.our_stream(reading.streamed(stream)).choices[0].text == "Hi"
