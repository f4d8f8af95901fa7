"""Bedrock's dialect as a whole: what was recorded comes out equal, however it was cut, and clients can read it.

Exceptions in a stream, parallel calls and images were never recorded: they are written here from botocore's service
model (facts, 3.4 to 3.6).
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from addon.attempts import Send, Served, Terms, attempts
from addon.canon.events import Ended, Started, UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.dialects.bedrock import DIALECT
from addon.plan import Means, candidate
from addon.translation import Reply
from tests.addon.dialects.bedrock_bytes import BinaryReading, chunks, stream
from tests.addon.dialects.bedrock_oracle import expected
from tests.addon.dialects.native import WEATHER, Said, chat, document, embedding, read_by_openai, said_by, said_in
from tests.addon.wire.messages import exception, message
from tests.builders import caller, channel, snapshot
from tests.recordings import Recording, cases, recordings

KEY = "AKIDFAKE|fake/secret|us-east-1"
TARGET = Target("", KEY, "us.amazon.nova-2-lite-v1:0", now=1_800_000_000)
CLAUDE = replace(TARGET, model="claude-sonnet-4-5")
READING = BinaryReading(DIALECT, TARGET)
GOOD = [found for found in recordings(["bedrock"], ["chat", "chat-stream"]) if found.status == 200]


def compared(said: Said, recording: Recording) -> Said:
    """Where Bedrock counts only half of the tokens (Nova's own format does), the rest is the meter's business."""
    if "nova-completion" in recording.name:
        said.usage = {"prompt": said.usage["prompt"], "total": said.usage["prompt"]}
    return said


# -- recordings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recording", cases(["bedrock"], ["chat", "chat-stream"]))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording.status != 200:
        fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
        assert fault.message == json.loads(recording.body)["message"]
        assert (fault.kind, fault.status) == (FaultKind.BAD_REQUEST, 400)
    elif recording.streamed:
        assert compared(said_in(READING.streamed(recording.body)), recording) == expected(recording)
    else:
        assert compared(said_by(READING.whole(recording.body)), recording) == expected(recording)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert said_in(READING.split(recording)) == expected(recording)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if one.streamed is streamed]
    bodies = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        said = expected(recording)
        assert (read.text, read.calls, read.finish) == (said.text, said.calls, said.finish), recording.id


@pytest.mark.parametrize("recording", cases(["bedrock"], ["embeddings"]))
def test_recorded_vectors_come_out_equal(recording: Recording) -> None:
    asked = embedding("x")
    found = list(DIALECT.codecs[Endpoint.EMBEDDINGS].read_reply(asked, TARGET, recording.body))
    reply = json.loads(recording.body)
    wanted = [reply["embedding"]] if "embedding" in reply else reply["embeddings"]["float"]
    assert [list(event.values) for event in found if isinstance(event, Vector)] == wanted
    usage = [event.usage.prompt for event in found if isinstance(event, UsageReported)]
    assert usage == ([reply["inputTextTokenCount"]] if "inputTextTokenCount" in reply else [])
    assert isinstance(found[0], Started) and isinstance(found[-1], Ended)


# -- what was never recorded -----------------------------------------------------------------------------------------

PARALLEL = stream(
    ("messageStart", {"role": "assistant", "p": "ab"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Two at once."}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {"name": "a", "toolUseId": "tooluse_1"}}}),
    ("contentBlockStart", {"contentBlockIndex": 2, "start": {"toolUse": {"name": "b", "toolUseId": "tooluse_2"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '{"y":'}}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"x":1}'}}}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": "2}"}}}),
    ("contentBlockStop", {"contentBlockIndex": 1}),
    ("contentBlockStop", {"contentBlockIndex": 2}),
    ("messageStop", {"stopReason": "tool_use"}),
    (
        "metadata",
        {
            "usage": {
                "inputTokens": 13,
                "outputTokens": 5,
                "totalTokens": 1522,
                "cacheReadInputTokens": 1000,
                "cacheWriteInputTokens": 504,
            }
        },
    ),
)


def test_parallel_calls_that_mix_are_told_apart() -> None:
    said = said_in(READING.streamed(PARALLEL))
    assert said.calls == [("a", {"x": 1}), ("b", {"y": 2})]
    assert (said.text, said.finish) == ("Two at once.", "tool_calls")
    assert said.usage == {"prompt": 1517, "completion": 5, "total": 1522, "cached": 1000, "written": 504}
    [read] = read_by_openai(True, [READING.streamed(PARALLEL)])
    assert read.calls == said.calls


BEGUN = stream(
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
)


@pytest.mark.parametrize(
    ("frame", "kind", "status", "said"),
    [
        (
            exception("throttlingException", b'{"message":"slow down"}'),
            FaultKind.RATE_LIMITED,
            429,
            "slow down",
        ),
        (
            exception("modelStreamErrorException", b'{"originalStatusCode":500,"originalMessage":"broken"}'),
            FaultKind.SERVER_ERROR,
            502,
            "broken",
        ),
        (
            exception("validationException", b'{"message":"The model identifier is invalid."}'),
            FaultKind.NOT_FOUND,
            404,
            "The model identifier is invalid.",
        ),
        (
            message({":message-type": "error", ":error-code": "InternalError", ":error-message": "no idea"}),
            FaultKind.SERVER_ERROR,
            500,
            "no idea",
        ),
    ],
)
def test_an_exception_in_a_stream_is_a_fault(frame: bytes, kind: FaultKind, status: int, said: str) -> None:
    for begun in (b"", BEGUN):
        pipe = READING.pipe()
        out = b"".join([*pipe.feed(begun + frame), *pipe.close()])
        assert pipe.fault is not None
        assert (pipe.fault.kind, pipe.fault.status, pipe.fault.message) == (kind, status, said)
        assert (b'"Hel"' in out) == bool(begun) and b'"finish_reason":"stop"' not in out
        assert pipe.produced == bool(begun)


@pytest.mark.parametrize("rest", [b"", PARALLEL[: len(BEGUN) // 3]])
def test_a_cut_stream_does_not_look_complete(rest: bytes) -> None:
    pipe = READING.pipe()
    out = b"".join([*pipe.feed(BEGUN + rest), *pipe.close()])
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT
    assert b'"finish_reason":"stop"' not in out


def test_a_broken_checksum_is_garbage_and_not_shown_as_text() -> None:
    pipe = READING.pipe()
    out = pipe.feed(BEGUN + BEGUN[:-1] + bytes([BEGUN[-1] ^ 1]))
    assert b"".join([*out, *pipe.feed(BEGUN)]).count(b'"Hel"') == 1
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.GARBAGE


def test_changed_tool_names_come_back_as_the_client_knows_them() -> None:
    tool = {"type": "function", "function": {"name": "get.weather"}}
    for target in (TARGET, CLAUDE):
        reading = BinaryReading(
            DIALECT, target, chat(tools=[tool], stream=True, stream_options={"include_usage": True})
        )
        sent = document(reading.codec.build(reading.request, target))
        assert "get_weather" in json.dumps(sent) and "get.weather" not in json.dumps(sent)
        call = {"toolUse": {"name": "get_weather", "toolUseId": "tooluse_1", "input": {}}}
        body = json.dumps({"output": {"message": {"content": [call]}}, "stopReason": "tool_use"}).encode()
        assert said_by(reading.whole(body)).calls == [("get.weather", {})]
        claude = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
        streamed = chunks(
            {"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 1, "output_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": claude},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        )
        assert said_in(reading.streamed(streamed)).calls == [("get.weather", {})]


# -- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("claude-sonnet-4-5", False, "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"),
        ("claude-sonnet-4-5", True, "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream"),
        ("eu.anthropic.claude-sonnet-5", True, "eu.anthropic.claude-sonnet-5/invoke-with-response-stream"),
        ("amazon.nova-lite-v1:0", False, "amazon.nova-lite-v1%3A0/converse"),
        ("amazon.nova-lite-v1:0", True, "amazon.nova-lite-v1%3A0/converse-stream"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
            True,
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc/converse-stream",
        ),
        ("us.meta.llama3-3-70b-instruct-v1:0", True, "us.meta.llama3-3-70b-instruct-v1%3A0/converse"),
    ],
)
def test_each_model_is_asked_the_way_it_can_answer(model: str, stream: bool, path: str) -> None:
    request = chat(stream=stream, tools=[WEATHER])
    sent = DIALECT.codecs[Endpoint.CHAT].build(request, replace(TARGET, model=model))
    assert (sent.method, sent.url) == ("POST", f"https://bedrock-runtime.us-east-1.amazonaws.com/model/{path}")
    assert ("model" in document(sent), "stream" in document(sent)) == (False, False)


def test_llama_streams_where_no_tools_are_offered() -> None:
    target = replace(TARGET, model="us.meta.llama3-3-70b-instruct-v1:0")
    sent = DIALECT.codecs[Endpoint.CHAT].build(chat(stream=True), target)
    assert sent.url.endswith("/converse-stream")


def test_claude_is_sent_anthropics_body_with_bedrocks_version() -> None:
    request = chat({"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}, max_tokens=9)
    sent = DIALECT.codecs[Endpoint.CHAT].build(request, CLAUDE)
    assert document(sent) == {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }
    assert dict(sent.headers)["accept"] == "application/json"


@pytest.mark.parametrize(("tier", "header"), [("flex", "flex"), ("priority", "priority"), ("default", None)])
def test_claude_is_told_the_service_tier_in_a_header(tier: str, header: str | None) -> None:
    sent = DIALECT.codecs[Endpoint.CHAT].build(chat(service_tier=tier), CLAUDE)
    assert dict(sent.headers).get("x-amzn-bedrock-service-tier") == header
    assert "service_tier" not in document(sent)


def test_llama_answers_a_client_that_wants_a_stream_with_a_document() -> None:
    """The pipe finds no stream in it, and the reply is streamed by us."""
    one = channel(type=33, key=KEY, models=("us.meta.llama3-3-70b-instruct-v1:0",))
    chosen = candidate(
        snapshot(channels=[one]), caller(), one, Endpoint.CHAT, one.models[0], Means(DIALECTS, {}), TARGET.now
    )
    assert chosen is not None
    terms = Terms(retries=0, id="r1", now=TARGET.now, prompt_estimate=9)
    running = attempts(chat(stream=True, tools=[WEATHER]), (chosen,), terms)
    step = next(running)
    assert isinstance(step, Send)
    headers = {"content-type": "application/json"}
    assert step.translation.pipe(200, headers) is None
    content = [{"text": "It rains."}]
    body = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "end_turn"}
    answer = running.send(Reply(200, headers, json.dumps(body).encode()))
    assert isinstance(answer, Served)
    assert answer.translated.content_type == "text/event-stream"
    assert b"It rains." in answer.translated.body and answer.translated.body.endswith(b"[DONE]\n\n")


def test_several_texts_are_embedded_one_after_the_other_where_the_model_takes_one() -> None:
    one = channel(type=33, key=KEY, models=("amazon.titan-embed-text-v2:0",))
    request = embedding(["a", "b", "c"], dimensions=256)
    chosen = candidate(
        snapshot(channels=[one]), caller(), one, Endpoint.EMBEDDINGS, one.models[0], Means(DIALECTS, {}), TARGET.now
    )
    assert chosen is not None
    running = attempts(request, (chosen,), Terms(retries=0, id="r1", now=TARGET.now, prompt_estimate=9))
    step, sent = next(running), []
    while isinstance(step, Send):
        sent.append(document(step.outbound))
        number = float(len(sent))
        body = json.dumps({"embedding": [number, 0.5], "inputTextTokenCount": 2}).encode()
        step = running.send(Reply(200, {"content-type": "application/json"}, body))
    assert [one["inputText"] for one in sent] == ["a", "b", "c"]
    assert isinstance(step, Served)
    reply = json.loads(step.translated.body)
    assert [(item["index"], item["embedding"]) for item in reply["data"]] == [
        (0, [1.0, 0.5]),
        (1, [2.0, 0.5]),
        (2, [3.0, 0.5]),
    ]
    assert reply["usage"] == {"prompt_tokens": 6, "total_tokens": 6}


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["bedrock"] is DIALECT
    pictures = {Endpoint.IMAGES, Endpoint.IMAGE_EDITS, Endpoint.IMAGE_VARIATIONS}
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.EMBEDDINGS, Endpoint.RERANK} | pictures
