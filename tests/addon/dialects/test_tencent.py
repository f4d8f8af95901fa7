"""Tencent Hunyuan as a whole: what its documentation shows comes out equal, and what its own SDK sends is what we send.

Nothing was recorded of the cloud's API: ../shared has transcripts of Tencent's documentation. Errors inside a stream
are written from the fact sheet, in the test.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed, UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.tencent import DIALECT, TOKENHUB
from addon.face.encode import flatten
from addon.signing.tc3 import Credentials, signature_headers
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import USER, WEATHER, call, chat, document, embedding, read_by_openai, result
from tests.addon.dialects.sdk_traffic import sent_by
from tests.recordings import Recording, cases, recordings

CLOUD = "https://hunyuan.tencentcloudapi.com"
KEY = "1300000000|AKIDfakefake|fakesecret"
TARGET = Target(CLOUD, KEY, "hunyuan-turbos-latest", now=1_735_689_600)
READING = Composed(DIALECT, TARGET)
CHAT = DIALECT.codecs[Endpoint.CHAT]
EMBEDDINGS = DIALECT.codecs[Endpoint.EMBEDDINGS]
KINDS = ("chat", "chat-stream")


def plays_through(recording: Recording) -> bool:
    return b'"Error"' not in recording.body


GOOD = [found for found in recordings(["tencent"], KINDS) if plays_through(found)]


def expected(recording: Recording) -> oracle.Told:
    """An oracle that shares nothing with the dialect."""
    told = oracle.Told()
    lines = [line[5:] for line in recording.body.decode().splitlines() if line.startswith("data:")]
    for text in lines if recording.streamed else [recording.body.decode()]:
        if text.strip() == "[DONE]":
            continue
        frame = json.loads(text)
        frame = frame.get("Response", frame)
        usage = frame["Usage"]
        told.usage = {
            "prompt_tokens": usage.get("PromptTokens", usage.get("InputTokens")),
            "completion_tokens": usage.get("CompletionTokens", usage.get("OutputTokens")),
            "total_tokens": usage["TotalTokens"],
        }
        for choice in frame["Choices"]:
            note(told.choice(0), choice["Delta"] if recording.streamed else choice["Message"])
            told.choice(0).finish = choice["FinishReason"] or None
    return told


def note(known: oracle.Choice, message: dict[str, Any]) -> None:
    known.text += message.get("Content") or ""
    known.reasoning += message.get("ReasoningContent") or ""
    for one in message.get("ToolCalls") or []:
        if one["Function"]["Name"]:
            known.calls.append(oracle.Call(one.get("Id") or "", one["Function"]["Name"]))
        known.calls[-1].arguments += one["Function"]["Arguments"]


@pytest.mark.parametrize("recording", cases(["tencent"], KINDS))
def test_a_documented_reply_comes_out_equal(recording: Recording) -> None:
    if recording in GOOD:
        assert_same(READING.told(recording), expected(recording))
    else:
        assert READING.fault(recording.body).kind is FaultKind.BAD_REQUEST


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_documented_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert_same(READING.told_at_every_cut(recording), expected(recording))


@pytest.mark.parametrize("streamed", [True, False])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    found = [one for one in GOOD if one.streamed == streamed]
    outputs = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in found]
    for recording, said in zip(found, read_by_openai(streamed, outputs), strict=True):
        wanted = expected(recording)
        assert (said.text, said.finish) == (wanted.choices[0].text, wanted.choices[0].finish)


@pytest.mark.parametrize("recording", cases(["tencent"], ["embeddings"]))
def test_documented_embeddings_come_out_equal(recording: Recording) -> None:
    said = list(flatten(EMBEDDINGS.read_reply(embedding("hi"), TARGET, recording.body)))
    response = json.loads(recording.body)["Response"]
    assert [one.values for one in said if isinstance(one, Vector)] == [
        tuple(item["Embedding"]) for item in response["Data"]
    ]
    assert [one.usage.prompt for one in said if isinstance(one, UsageReported)] == [3]


def test_an_error_instead_of_embeddings_is_a_fault() -> None:
    body = b'{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"slow down"},"RequestId":"x"}}'
    [failed] = EMBEDDINGS.read_reply(embedding("hi"), TARGET, body)
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.RATE_LIMITED


# Requests.

CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    USER,
    {"role": "assistant", "content": None, "tool_calls": [call("call_1", "get_weather", '{"city":"Oslo"}')]},
    result("call_1", "cold"),
]
REQUESTS: list[dict[str, Any]] = [
    {"messages": [USER]},
    {"messages": CONVERSATION, "tools": [WEATHER], "tool_choice": "auto", "stream": True},
    {"messages": [USER], "tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "get_weather"}}},
    {"messages": [USER], "temperature": 0.3, "top_p": 0.9, "stop": ["END"], "seed": 7, "max_tokens": 9},
    {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": "https://images.example/cat.png"}},
                ],
            }
        ]
    },
    {"messages": [USER], "reasoning_effort": "none", "enable_enhancement": True, "citation": True},
]

SDK = """
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.hunyuan.v20230901 import hunyuan_client, models

def call(host, case):
    action, text = case
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=host))
    client = hunyuan_client.HunyuanClient(credential.Credential("AKIDfakefake", "fakesecret"), "ap-guangzhou", profile)
    request = getattr(models, action + "Request")()
    request.from_json_string(text)
    getattr(client, action)(request)
"""


def built(fields: dict[str, Any]) -> Outbound:
    return CHAT.build(chat(*fields["messages"], **{k: v for k, v in fields.items() if k != "messages"}), TARGET)


def test_requests_are_what_tencents_sdk_sends() -> None:
    """The SDK reads our document into its types, which drop what they do not know, and writes it again."""
    plain = [fields for fields in REQUESTS if not fields.get("stream")]
    ours = [built(fields) for fields in plain] + [EMBEDDINGS.build(embedding(["a", "b"]), TARGET)]
    reply = {"Response": {"RequestId": "x", "Choices": [], "Data": [], "Usage": {}}}
    inputs = [[dict(one.headers)["x-tc-action"], one.body.decode()] for one in ours]
    for outbound, sent in zip(ours, sent_by(SDK, inputs, reply), strict=True):
        assert sent.document == document(outbound)
        headers = dict(outbound.headers)
        for name in ("content-type", "x-tc-action", "x-tc-version"):
            assert sent.headers[name] == headers[name]
        assert sent.path == "/" and outbound.url == f"{CLOUD}/"


def test_signatures_are_those_of_tencents_sdk() -> None:
    [sent] = sent_by(SDK, [["GetEmbedding", '{"Input":"a"}']], {"Response": {"RequestId": "x"}})
    outbound = Outbound("POST", f"http://{sent.headers['host']}/", tuple(sent.headers.items()), sent.body.encode())
    now = int(sent.headers["x-tc-timestamp"])
    names = ("content-type", "host")
    ours = dict(signature_headers(outbound, Credentials("AKIDfakefake", "fakesecret"), "hunyuan", now, names))
    assert ours["authorization"] == sent.headers["authorization"]


def test_the_signature_is_a_secret_and_fits_what_is_sent() -> None:
    outbound = built(REQUESTS[0])
    [(name, value)] = outbound.secrets
    assert (name, value) == signature_headers(
        outbound, Credentials("AKIDfakefake", "fakesecret"), "hunyuan", TARGET.now
    )[-1]
    headers = dict(outbound.headers)
    assert headers["x-tc-timestamp"] == "1735689600" and "authorization" not in headers
    assert "fakesecret" not in str(outbound)


def test_region_and_service_come_from_the_channel() -> None:
    target = Target(
        "https://lkeap.ap-shanghai.tencentcloudapi.com", KEY, "deepseek-r1", config={"region": "ap-shanghai"}
    )
    outbound = CHAT.build(chat(), target)
    headers = dict(outbound.headers)
    assert (headers["x-tc-version"], headers["x-tc-region"]) == ("2024-05-22", "ap-shanghai")
    assert "/lkeap/tc3_request" in dict(outbound.secrets)["authorization"]


@pytest.mark.parametrize(
    "key", ["AKIDfakefake|fakesecret", "1|AKIDfakefake|fakesecret", " 1 | AKIDfakefake | fakesecret "]
)
def test_key_may_have_two_or_three_parts(key: str) -> None:
    outbound = CHAT.build(chat(), Target(CLOUD, key, "hunyuan-lite"))
    assert "Credential=AKIDfakefake/" in dict(outbound.secrets)["authorization"]


@pytest.mark.parametrize("key", ["", "fake", "a|b|c", "1||fakesecret", "1|2|3|4"])
def test_key_of_another_form_is_told(key: str) -> None:
    for codec, request in ((CHAT, chat()), (EMBEDDINGS, embedding("hi"))):
        with pytest.raises(BadKey, match="SecretId") as caught:
            codec.build(request, Target(CLOUD, key, "hunyuan-lite"))
        assert "fakesecret" not in str(caught.value)


def test_token_ids_cannot_be_carried() -> None:
    with pytest.raises(CannotCarry, match="token ids"):
        EMBEDDINGS.build(embedding([[1, 2]]), TARGET)


# The OpenAI-compatible hosts.

OPENAI = DIALECTS["openai"]


@pytest.mark.parametrize(
    ("base_url", "key", "url"),
    [
        (CLOUD, "sk-fake-tencent", f"{TOKENHUB}/v1"),
        ("https://api.hunyuan.cloud.tencent.com", "sk-fake-tencent", "https://api.hunyuan.cloud.tencent.com/v1"),
        ("http://127.0.0.1:9/v1", "any-key", "http://127.0.0.1:9/v1"),
    ],
)
def test_plain_key_goes_to_a_compatible_host(base_url: str, key: str, url: str) -> None:
    target = Target(base_url, key, "hy3", Quirks(roles=(("developer", "system"),)))
    outbound = CHAT.build(chat(), target)
    assert (outbound.url, outbound.secrets) == (f"{url}/chat/completions", (("authorization", f"Bearer {key}"),))
    assert EMBEDDINGS.build(embedding("hi"), target).url == f"{url}/embeddings"


def test_compatible_replies_are_read_as_openais() -> None:
    target = Target("http://127.0.0.1:9/v1", "sk-fake-tencent", "hy3")
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "hy3"}
    chunk["choices"] = [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]
    stream = b"data: " + json.dumps(chunk).encode() + b"\n\ndata: [DONE]\n\n"
    assert oracle.our_stream(Composed(DIALECT, target).streamed(stream)).choices[0].text == "Hi"
    whole = {**chunk, "object": "chat.completion"}
    whole["choices"] = [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]
    assert oracle.our_reply(Composed(DIALECT, target).whole(json.dumps(whole).encode())).choices[0].text == "Hi"
    vectors = {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
    [vector] = [
        one
        for one in flatten(EMBEDDINGS.read_reply(embedding("hi"), target, json.dumps(vectors).encode()))
        if isinstance(one, Vector)
    ]
    assert vector.values == (0.5,)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound","Message":"no"}}}', FaultKind.BAD_KEY, 401),
        (b'{"error":{"type":"rate_limit_error","code":"429001","message":"rpm"}}', FaultKind.RATE_LIMITED, 429),
        (b"<html>", FaultKind.RATE_LIMITED, 429),
    ],
)
def test_error_is_read_in_either_form(body: bytes, kind: FaultKind, status: int) -> None:
    fault = DIALECT.read_error(429, {}, body)
    assert (fault.kind, fault.status) == (kind, status)
