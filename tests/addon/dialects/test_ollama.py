"""Ollama's dialect as a whole: what was recorded comes out equal, however it was cut, and clients can read it.

Errors, log probabilities and embeddings were never recorded: tests/recordings/ollama says from which page each was
written. Replies of the OpenAI surface are held to an oracle of that dialect (`composed`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from addon.canon.events import PictureMade
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CompletionRequest, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.ollama import DIALECT
from addon.face.decode import decode
from addon.face.encode import Ids, encoder, flatten, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire.ndjson import Decoder
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import Reading, Said, chat, document, embedding, read_by_openai, said_by, said_in
from tests.addon.dialects.pictures import picture
from tests.recordings import Recording, cases, recordings

TARGET = Target("http://localhost:11434", "fake", "qwen3:4b")
SURFACE = Target("http://localhost:11434", "fake", "gpt-oss:120b", config={"api_version": "v1"})
READING = Reading(DIALECT, TARGET, framing="application/x-ndjson")
COMPATIBLE = Composed(DIALECT, SURFACE)
GOOD = [
    one
    for one in recordings(["ollama"], ["chat", "chat-stream"])
    if one.status == 200 and not (one.own and "cut" in one.name) and b'"error"' not in one.body
]
IDS = Ids(id="cmpl-test", created=1, model="m")


def expected(recording: Recording) -> Said:
    """An oracle that shares nothing with the dialect."""
    lines = [json.loads(line) for line in recording.body.splitlines()]
    messages = [line["message"] for line in lines]
    calls = [call["function"] for message in messages for call in message.get("tool_calls", [])]
    finish = "tool_calls" if calls else lines[-1]["done_reason"]
    usage = {"prompt": lines[-1]["prompt_eval_count"], "completion": lines[-1]["eval_count"]}
    return Said(
        text="".join(message["content"] for message in messages),
        reasoning="".join(message.get("thinking", "") for message in messages),
        calls=[(call["name"], call["arguments"]) for call in calls],
        finish="length" if lines[-1]["done_reason"] == "length" else finish,
        usage={**usage, "total": sum(usage.values())},
    )


@pytest.mark.parametrize("recording", cases(["ollama"], ["chat", "chat-stream"]))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording not in GOOD:
        assert recording.own or recording.status != 200 or b'"error"' in recording.body
        return
    if recording.streamed:
        assert said_in(READING.streamed(recording.body)) == expected(recording)
    else:
        assert said_by(READING.whole(recording.body)) == expected(recording)


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
        assert read.usage["total"] == said.usage["total"], recording.id


def test_a_reply_has_the_time_and_model_it_came_with() -> None:
    recording = next(one for one in GOOD if one.streamed and not one.own)
    [first, *_] = READING.streamed(recording.body).decode().split("\n\n")
    chunk, line = json.loads(first[6:]), json.loads(recording.body.splitlines()[0])
    assert chunk["model"] == line["model"]
    assert chunk["created"] == int(datetime.fromisoformat(line["created_at"][:19] + "+00:00").timestamp())


def completing(stream: bool) -> CompletionRequest:
    raw = json.dumps({"model": "m", "prompt": "a", "stream": stream}).encode()
    request = decode(Endpoint.COMPLETIONS, "application/json", raw)
    assert isinstance(request, CompletionRequest)
    return request


@pytest.mark.parametrize("recording", cases(["ollama"], ["completions", "completions-stream"]))
def test_a_recorded_completion_comes_out_equal(recording: Recording) -> None:
    codec, request = DIALECT.codecs[Endpoint.COMPLETIONS], completing(recording.streamed)
    lines = [json.loads(line) for line in recording.body.splitlines()]
    if recording.streamed:
        assert codec.reader is not None
        pipe = Pipe(Decoder(), codec.reader(request, TARGET), encoder(request, IDS), Meter("m"))
        out = b"".join([*pipe.feed(recording.body), *pipe.close()]).decode()
        chunks = [json.loads(one[6:]) for one in out.split("\n\n") if one.startswith("data: {")]
    else:
        chunks = [json.loads(fold(request, codec.read_reply(request, TARGET, recording.body), IDS))]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert "".join(choice["text"] for choice in choices) == "".join(line["response"] for line in lines)
    assert choices[-1]["finish_reason"] == "stop"


@pytest.mark.parametrize("name", ["error-after-some-text", "cut-after-some-text"])
def test_a_broken_stream_does_not_look_complete(name: str) -> None:
    [recording] = [one for one in recordings(["ollama"], ["chat-stream"]) if one.name == f"chat-stream.{name}"]
    pipe = READING.pipe()
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    assert b'"error"' in out and b'"finish_reason":"stop"' not in out
    assert pipe.fault is not None
    assert pipe.fault.kind is (FaultKind.CUT if "cut" in name else FaultKind.SERVER_ERROR)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [("unknown-model", FaultKind.NOT_FOUND, "model_not_found"), ("no-tools", FaultKind.BAD_REQUEST, None)],
)
def test_an_error_keeps_its_message(name: str, kind: FaultKind, code: str | None) -> None:
    [recording] = [one for one in recordings(["ollama"], ["chat"]) if one.name == f"chat.{name}"]
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (fault.kind, fault.code, fault.message) == (kind, code, json.loads(recording.body)["error"])


@pytest.mark.parametrize(
    ("status", "kind"), [(502, FaultKind.SERVER_ERROR), (503, FaultKind.OVERLOADED), (429, FaultKind.RATE_LIMITED)]
)
def test_a_busy_server_is_told_from_a_broken_one(status: int, kind: FaultKind) -> None:
    assert DIALECT.read_error(status, {}, b'{"error":"x"}').kind is kind


def test_embeddings_come_numbered() -> None:
    [recording] = [one for one in recordings(["ollama"], ["embeddings"]) if one.own]
    codec, request = DIALECT.codecs[Endpoint.EMBEDDINGS], embedding(["a", "b"])
    found = json.loads(fold(request, codec.read_reply(request, TARGET, recording.body), IDS))
    assert [item["embedding"] for item in found["data"]] == [[0.25, -0.5], [1, 0.125]]
    assert found["usage"] == {"prompt_tokens": 8, "total_tokens": 8}


@pytest.mark.parametrize("recording", cases(["ollama-openai-compat"], ["chat", "chat-stream"]))
def test_the_openai_surface_comes_out_equal(recording: Recording) -> None:
    if recording.status != 200:
        assert DIALECT.read_error(recording.status, recording.headers, recording.body).kind is FaultKind.BAD_KEY
        return
    read = oracle.recorded_stream if recording.streamed else oracle.recorded_reply
    assert_same(COMPATIBLE.told(recording), read(recording.body))
    if recording.streamed:
        assert_same(COMPATIBLE.told_at_every_cut(recording), read(recording.body))


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (Endpoint.CHAT, "/v1/chat/completions"),
        (Endpoint.EMBEDDINGS, "/v1/embeddings"),
        (Endpoint.COMPLETIONS, "/v1/completions"),
    ],
)
def test_a_channel_may_ask_for_the_openai_surface(endpoint: Endpoint, path: str) -> None:
    requests: dict[Endpoint, Any] = {
        Endpoint.CHAT: chat({"role": "developer", "content": "a"}, tool_choice="auto"),
        Endpoint.EMBEDDINGS: embedding("a"),
        Endpoint.COMPLETIONS: completing(False),
    }
    outbound = DIALECT.codecs[endpoint].build(requests[endpoint], SURFACE)
    assert outbound.url == f"http://localhost:11434{path}"
    if endpoint is Endpoint.CHAT:
        assert document(outbound)["messages"][0]["role"] == "system" and "tool_choice" not in document(outbound)


@pytest.mark.parametrize("target", [SURFACE, replace(SURFACE, config={})])
def test_pictures_are_the_surfaces_alone(target: Target) -> None:
    codec = DIALECT.codecs[Endpoint.IMAGES]
    request = picture(size="1024x1024", n=2, quality="high", response_format="url", seed=3)
    outbound = codec.build(request, replace(target, model="x/z-image-turbo"))
    assert outbound.url == "http://localhost:11434/v1/images/generations"
    wanted = {"prompt": "a cat", "size": "1024x1024", "seed": 3, "response_format": "b64_json"}
    assert document(outbound) == {"model": "x/z-image-turbo", **wanted}
    assert "size" not in document(codec.build(picture(size="auto"), target))
    made = list(codec.read_reply(request, target, b'{"created":1,"data":[{"b64_json":"AAAA"}]}'))
    assert [one for one in flatten(made) if isinstance(one, PictureMade)] == [PictureMade(0, data="AAAA")]


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["ollama"] is DIALECT
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.COMPLETIONS, Endpoint.EMBEDDINGS, Endpoint.IMAGES}
