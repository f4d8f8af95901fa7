"""Baidu's Qianfan v1 as a whole: what was recorded comes out equal, however it was cut; keys, tokens and addresses.

Errors, moderation and embeddings were never recorded: written from the fact sheet, in the tests.
"""

from __future__ import annotations

import json

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed, UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.baidu import DIALECT, mint, read_token
from addon.face.encode import flatten
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import chat, document, embedding, read_by_openai
from tests.recordings import Recording, cases, recordings

BASE = "https://aip.baidubce.com"
TARGET = Target(BASE, "fake-ak|fake-sk", "ERNIE-4.0-8K", minted="24.fake-token")
READING = Composed(DIALECT, TARGET)
CHAT = DIALECT.codecs[Endpoint.CHAT]
EMBEDDINGS = DIALECT.codecs[Endpoint.EMBEDDINGS]
KINDS = ("chat", "chat-stream")
GOOD = recordings(["baidu"], KINDS)
REASONS = {"normal": "stop", "function_call": "tool_calls"}


def expected(recording: Recording) -> oracle.Told:
    """An oracle that shares nothing with the dialect."""
    told = oracle.Told()
    lines = [line[5:] for line in recording.body.decode().splitlines() if line.startswith("data:")]
    for frame in map(json.loads, lines if recording.streamed else [recording.body]):
        known = told.choice(0)
        known.text += frame["result"]
        if "function_call" in frame:
            called = frame["function_call"]
            known.calls.append(oracle.Call("", called["name"], called["arguments"]))
            known.reasoning += called.get("thoughts", "")
        known.finish = REASONS.get(frame.get("finish_reason", "normal"), "length")
        told.usage = frame["usage"]
    return told


@pytest.mark.parametrize("recording", cases(["baidu"], KINDS))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
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
        assert said.calls == [(call.name, json.loads(call.arguments)) for call in wanted.choices[0].calls]


# Addresses, keys and tokens.


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("ERNIE-4.0-8K", "completions_pro"),
        ("ERNIE-Bot-turbo", "eb-instant"),
        ("ERNIE-Speed-128K", "ernie-speed-128k"),
        ("ERNIE-Character-8K", "ernie-char-8k"),
        ("Yi-34B-Chat", "yi_34b_chat"),
        ("my-own-service", "my-own-service"),
    ],
)
def test_model_stands_in_the_path(model: str, path: str) -> None:
    outbound = CHAT.build(chat(), Target("http://127.0.0.1:9", "fake-ak|fake-sk", model, minted="24.fake"))
    assert outbound.url == f"http://127.0.0.1:9/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/{path}"
    assert outbound.secret_query == (("access_token", "24.fake"),)
    assert outbound.secrets == () and "fake-sk" not in str(outbound)


def test_token_is_fetched_with_the_key_in_the_query() -> None:
    made = mint(TARGET)
    assert made.outbound.url == f"{BASE}/oauth/2.0/token?grant_type=client_credentials"
    assert made.outbound.secret_query == (("client_id", "fake-ak"), ("client_secret", "fake-sk"))
    assert made.outbound.body == b"" and "fake" not in made.key
    assert mint(Target(BASE, "fake-ak|other-sk", "x")).key != made.key
    assert read_token(b'{"access_token":"24.fake","expires_in":2592000}') == ("24.fake", 2_591_400)
    with pytest.raises(KeyError):
        read_token(b'{"error":"invalid_client","error_description":"unknown client id"}')


@pytest.mark.parametrize("key", ["", "fake-ak", "fake-ak|", "a|b|c", "bce-v3/ALTAK-fake/fake"])
def test_key_of_another_form_is_told(key: str) -> None:
    target = Target(BASE, key, "ERNIE-4.0-8K")
    for build in (lambda: CHAT.build(chat(), target), lambda: mint(target)):
        with pytest.raises(BadKey, match="SecretKey"):
            build()


# Embeddings.


def test_embeddings_are_a_list_of_texts() -> None:
    target = Target(BASE, "fake-ak|fake-sk", "bge-large-zh", minted="24.fake")
    outbound = EMBEDDINGS.build(embedding("hi"), target)
    assert outbound.url.endswith("/wenxinworkshop/embeddings/bge_large_zh")
    assert document(outbound) == {"input": ["hi"]}
    with pytest.raises(CannotCarry, match="token ids"):
        EMBEDDINGS.build(embedding([[1]]), target)


def test_embeddings_come_out_as_openais() -> None:
    body = {
        "id": "as-1",
        "object": "embedding_list",
        "created": 1,
        "data": [{"object": "embedding", "embedding": [0.5, 1.0], "index": 0}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    }
    said = list(flatten(EMBEDDINGS.read_reply(embedding("hi"), TARGET, json.dumps(body).encode())))
    assert [one.values for one in said if isinstance(one, Vector)] == [(0.5, 1.0)]
    assert [one.usage.prompt for one in said if isinstance(one, UsageReported)] == [4]
    [failed] = EMBEDDINGS.read_reply(embedding("hi"), TARGET, b'{"error_code":18,"error_msg":"qps"}')
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.RATE_LIMITED
