"""Gemini's dialect as a whole: what was recorded comes out equal, however it was cut, and clients can read it.

Mid-stream errors, parallel calls, the JSON array, RetryInfo and good embeddings were never recorded:
tests/recordings/gemini says from which page each was written.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.dialects.gemini import DIALECT
from addon.face.encode import encoder, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire.jsonarray import Decoder
from tests.addon.dialects.native import IDS, Reading, Said, chat, embedding, read_by_openai, said_by, said_in
from tests.recordings import Recording, cases, recordings
from tests.splits import same_at_every_split

TARGET = Target("https://generativelanguage.googleapis.com", "fake-google-key", "gemini-2.5-flash")
READING = Reading(DIALECT, TARGET)
REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "OTHER": "stop",
}
BROKEN = ("error", "cut")


def plays_through(recording: Recording) -> bool:
    broken = recording.own and any(word in recording.name for word in BROKEN)
    return recording.status == 200 and not broken and b'"error": {' not in recording.body


GOOD = [found for found in recordings(["gemini"], ["chat", "chat-stream"]) if plays_through(found)]


def documents_of(recording: Recording) -> list[dict[str, Any]]:
    """The reply's documents, read without any of the product's code."""
    if recording.framing == "sse":
        lines = recording.body.decode().replace("\r\n", "\n").split("\n")
        return [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    found = json.loads(recording.body)
    return found if isinstance(found, list) else [found]


def expected(recording: Recording) -> Said:
    """An oracle that shares nothing with the dialect."""
    documents = documents_of(recording)
    candidates = [candidate for one in documents for candidate in one.get("candidates", [])]
    parts = [part for candidate in candidates for part in candidate.get("content", {}).get("parts", [])]
    reasons = [candidate["finishReason"] for candidate in candidates if "finishReason" in candidate]
    calls = [(part["functionCall"]["name"], part["functionCall"].get("args") or {}) for part in parts if is_call(part)]
    blocked = any("promptFeedback" in one for one in documents) and not candidates
    finish = REASONS.get(reasons[-1], "stop") if reasons else "content_filter" if blocked else "stop"
    usage: dict[str, Any] = {}
    for one in documents:
        usage |= one.get("usageMetadata", {})
    numbers = {
        "prompt": usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0),
        "completion": usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
        "total": usage.get("totalTokenCount", 0),
        "cached": usage.get("cachedContentTokenCount", 0),
        "reasoning": usage.get("thoughtsTokenCount", 0),
    }
    return Said(
        text="".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        reasoning="".join(part["text"] for part in parts if part.get("thought")),
        calls=calls,
        images=[
            f"data:{part['inlineData']['mimeType']};base64,{part['inlineData']['data']}"
            for part in parts
            if part.get("inlineData", {}).get("mimeType", "").startswith("image/")
        ],
        signatures=[part["thoughtSignature"] for part in parts if is_call(part) and "thoughtSignature" in part],
        finish="tool_calls" if calls and finish == "stop" else finish,
        usage={name: number for name, number in numbers.items() if number},
    )


def is_call(part: dict[str, Any]) -> bool:
    return "functionCall" in part


def reported(said: Said, recording: Recording) -> Said:
    """Where Google counts nothing, the pipe does; those numbers are the meter's business."""
    if "usageMetadata" not in recording.body.decode():
        said.usage = {}
    return said


@pytest.mark.parametrize("recording", cases(["gemini"], ["chat", "chat-stream"]))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording not in GOOD:
        assert recording.own or recording.status != 200 or b'"error": {' in recording.body
        return
    if recording.framing == "sse":
        said = said_in(READING.streamed(recording.body))
    else:
        said = said_by(READING.whole(recording.body))
    assert reported(said, recording) == expected(recording)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.framing == "sse"])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert reported(said_in(READING.split(recording)), recording) == expected(recording)


def test_the_json_array_is_the_same_at_every_cut() -> None:
    [recording] = [one for one in GOOD if one.framing == "json-array"]

    def pipe() -> Pipe:
        assert READING.codec.reader is not None
        reader = READING.codec.reader(READING.request, TARGET)
        return Pipe(Decoder(), reader, encoder(READING.request, IDS), Meter(TARGET.model))

    [out] = same_at_every_split(pipe, recording.body)
    assert said_in(out) == expected(recording)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if (one.framing == "sse") is streamed]
    bodies = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        said = expected(recording)
        assert (read.text, read.calls, read.finish) == (said.text, said.calls, said.finish), recording.id
        assert not said.usage or read.usage["total"] == said.usage["total"], recording.id


def stream_of(name: str) -> tuple[bytes, Any]:
    [recording] = [one for one in recordings(["gemini"], ["chat-stream"]) if one.name == f"chat-stream.{name}"]
    pipe = READING.pipe()
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    return out, pipe.fault


def test_an_error_after_some_text_ends_the_stream_with_it() -> None:
    out, fault = stream_of("error-after-some-text")
    assert b'"The "' in out and b'"error"' in out
    assert (fault.kind, fault.status) == (FaultKind.OVERLOADED, 503)


def test_a_cut_stream_does_not_look_complete() -> None:
    out, fault = stream_of("cut-after-some-text")
    assert fault.kind is FaultKind.CUT
    assert b'"finish_reason":"stop"' not in out


@pytest.mark.parametrize("recording", cases(["gemini"], ["chat", "chat-stream", "embeddings", "models"]))
def test_a_recorded_error_keeps_its_message(recording: Recording) -> None:
    if recording.status == 200:
        return
    document = json.loads(recording.body)
    error = (document[0] if isinstance(document, list) else document)["error"]
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert fault.message == error["message"]
    bad_key = error["message"].startswith("API key not valid")
    assert fault.status == (401 if bad_key else recording.status)
    assert (fault.kind is FaultKind.BAD_KEY) is bad_key


def test_a_rate_limit_says_how_long_to_wait() -> None:
    [recording] = [one for one in recordings(["gemini"], ["chat"]) if one.name == "chat.rate-limited"]
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (fault.kind, fault.status, fault.retry_after) == (FaultKind.RATE_LIMITED, 429, 37)


def test_embeddings_come_numbered_in_the_form_that_was_asked_for() -> None:
    [recording] = [one for one in recordings(["gemini"], ["embeddings"]) if one.own and one.status == 200]
    codec = DIALECT.codecs[Endpoint.EMBEDDINGS]
    for encoding in ("float", "base64"):
        request = embedding(["a", "b"], encoding_format=encoding)
        document = json.loads(fold(request, codec.read_reply(request, TARGET, recording.body), IDS))
        vectors = [item["embedding"] for item in document["data"]]
        if encoding == "base64":
            vectors = [list(struct.unpack("<2f", base64.b64decode(vector))) for vector in vectors]
        assert vectors == [[0.25, -0.5], [1, 0.125]]
        assert [item["index"] for item in document["data"]] == [0, 1]


def test_changed_tool_names_come_back_as_the_client_knows_them() -> None:
    tool = {"type": "function", "function": {"name": "9 lives"}}
    reading = Reading(DIALECT, TARGET, chat(tools=[tool]))
    sent = json.loads(DIALECT.codecs[Endpoint.CHAT].build(reading.request, TARGET).body)
    [declared] = sent["tools"][0]["functionDeclarations"]
    part = {"functionCall": {"name": declared["name"]}}
    body = json.dumps({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}).encode()
    assert declared["name"] == "__lives"
    assert said_by(reading.whole(body)).calls == [("9 lives", {})]


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["gemini"] is DIALECT
    sound = {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS}
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.EMBEDDINGS, Endpoint.IMAGES, Endpoint.IMAGE_EDITS} | sound


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://www.youtube.com/watch?v=x", True),
        ("https://youtu.be/x", True),
        ("https://generativelanguage.googleapis.com/v1beta/files/x", True),
        ("https://example.com/a.png", False),
        ("https://youtube.com.example.com/a.png", False),
    ],
)
def test_pictures_are_wanted_as_bytes_but_for_what_google_has(url: str, taken: bool) -> None:
    codec = DIALECT.codecs[Endpoint.CHAT]
    assert codec.inline_urls
    assert codec.takes_url is not None
    assert codec.takes_url(url) is taken
