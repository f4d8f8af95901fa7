"""Cohere's dialect as a whole: what was recorded comes out equal, however it was cut, and clients can read it.

v1, failures inside a stream and most errors were never recorded: tests/recordings/cohere says from which page each was
written.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Transcript
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.dialects.cohere import DIALECT
from addon.face.fold import flatten
from tests.addon.dialects.native import (
    Reading,
    Said,
    chat,
    document,
    read_by_openai,
    said_by,
    said_in,
    transcribing,
)
from tests.addon.dialects.sounds import Sounding, fields_of, hearing
from tests.recordings import Recording, cases, recordings

TARGET = Target("https://api.cohere.ai", "fake-cohere", "command-a-03-2025")
OLD = Target("https://api.cohere.ai", "fake-cohere", "command-r", config={"api_version": "v1"})
REASONS = {"COMPLETE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}
KINDS = ("chat", "chat-stream")


def is_old(recording: Recording) -> bool:
    return "/v1/" in recording.url


def reading(recording: Recording) -> Reading:
    return Reading(DIALECT, OLD if is_old(recording) else TARGET, framing=recording.headers["content-type"])


GOOD = [
    one
    for one in recordings(["cohere"], KINDS)
    if one.status == 200 and not (one.own and ("error" in one.name or "cut" in one.name))
]


def documents_of(recording: Recording) -> list[dict[str, Any]]:
    """The reply's documents, read without any of the product's code."""
    if recording.framing == "sse":
        lines = [line[5:].strip() for line in recording.body.decode().split("\n") if line.startswith("data:")]
        return [json.loads(line) for line in lines if line != "[DONE]"]
    if recording.framing == "ndjson":
        return [json.loads(line) for line in recording.body.splitlines()]
    return [json.loads(recording.body)]


def expected(recording: Recording) -> Said:
    """An oracle that shares nothing with the dialect."""
    return expected_v1(documents_of(recording)) if is_old(recording) else expected_v2(documents_of(recording))


def expected_v2(documents: list[dict[str, Any]]) -> Said:
    said, arguments = Said(), []
    names: list[str] = []
    for one in documents:
        message = one.get("message") or (one.get("delta") or {}).get("message") or {}
        blocks = message.get("content") or []
        for block in blocks if isinstance(blocks, list) else [blocks]:
            said.text += block.get("text") or ""
            said.reasoning += block.get("thinking") or ""
        said.text = (
            (message.get("tool_plan") or "") + said.text
            if "message" in one
            else said.text + (message.get("tool_plan") or "")
        )
        calls = message.get("tool_calls") or []
        for call in calls if isinstance(calls, list) else [calls]:
            if "name" in call["function"]:
                names.append(call["function"]["name"])
                arguments.append("")
            arguments[-1] += call["function"].get("arguments") or ""
    end = documents[-1] if "finish_reason" in documents[-1] else documents[-1]["delta"]
    said.calls = [(name, json.loads(text or "{}")) for name, text in zip(names, arguments, strict=True)]
    said.finish = REASONS[end["finish_reason"]]
    usage = end["usage"]
    prompt = usage["tokens"]["input_tokens"] + usage["tokens"].get("image_tokens", 0)
    numbers = {
        "prompt": prompt,
        "completion": usage["tokens"]["output_tokens"],
        "total": prompt + usage["tokens"]["output_tokens"],
        "cached": usage.get("cached_tokens", 0),
        "reasoning": usage["tokens"].get("reasoning_tokens", 0),
    }
    said.usage = {name: number for name, number in numbers.items() if number}
    return said


def expected_v1(documents: list[dict[str, Any]]) -> Said:
    reply = documents[-1].get("response", documents[-1])
    tokens = reply["meta"]["tokens"]
    calls = [(call["name"], call["parameters"]) for call in reply.get("tool_calls", [])]
    usage = {"prompt": tokens["input_tokens"], "completion": tokens["output_tokens"]}
    finish = "tool_calls" if calls else REASONS[reply["finish_reason"]]
    return Said(text=reply["text"], calls=calls, finish=finish, usage={**usage, "total": sum(usage.values())})


@pytest.mark.parametrize("recording", cases(["cohere"], KINDS))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording not in GOOD:
        assert recording.own or recording.status != 200
        return
    at_work = reading(recording)
    if recording.streamed:
        assert said_in(at_work.streamed(recording.body)) == expected(recording)
    else:
        assert said_by(at_work.whole(recording.body)) == expected(recording)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert said_in(reading(recording).split(recording)) == expected(recording)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if one.streamed is streamed]
    bodies = [reading(one).streamed(one.body) if streamed else reading(one).whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        said = expected(recording)
        assert (read.text, read.calls, read.finish) == (said.text, said.calls, said.finish), recording.id
        assert read.usage["total"] == said.usage["total"], recording.id


@pytest.mark.parametrize("name", ["error-after-some-text", "cut-after-some-text", "v1-cut-after-some-text"])
def test_a_broken_stream_does_not_look_complete(name: str) -> None:
    [recording] = [one for one in recordings(["cohere"], ["chat-stream"]) if one.name == f"chat-stream.{name}"]
    pipe = reading(recording).pipe()
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    assert b'"error"' in out and b'"finish_reason":"stop"' not in out
    assert pipe.fault is not None
    assert pipe.fault.kind is (FaultKind.CUT if "cut" in name else FaultKind.SERVER_ERROR)


@pytest.mark.parametrize("recording", cases(["cohere"], ["chat", "chat-stream", "embeddings", "rerank"]))
def test_a_recorded_error_keeps_its_message(recording: Recording) -> None:
    if recording.status == 200:
        return
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert fault.message == json.loads(recording.body)["message"]
    kinds = {
        400: FaultKind.BAD_REQUEST,
        401: FaultKind.BAD_KEY,
        402: FaultKind.OUT_OF_BALANCE,
        429: FaultKind.RATE_LIMITED,
        498: FaultKind.BAD_KEY,
    }
    assert fault.kind is kinds[recording.status]


@pytest.mark.parametrize(
    ("limit", "kind"),
    [("40 API calls / minute", FaultKind.RATE_LIMITED), ("1000 API calls / month", FaultKind.OUT_OF_BALANCE)],
)
def test_a_trial_keys_month_is_not_a_minute(limit: str, kind: FaultKind) -> None:
    said = {"message": f"You are using a Trial key, which is limited to {limit}."}
    fault = DIALECT.read_error(429, {}, json.dumps(said).encode())
    assert (fault.kind, fault.status) == (kind, 429)


@pytest.mark.parametrize(
    ("config", "model", "path"),
    [
        ({}, "command-r", "/v2/chat"),
        ({"api_version": "v1"}, "command-r", "/v1/chat"),
        ({}, "command-r-internet", "/v1/chat"),
    ],
)
def test_the_channel_or_the_models_name_decides_on_the_version(config: dict[str, str], model: str, path: str) -> None:
    target = Target("https://api.cohere.ai", "k", model, config=config)
    assert DIALECT.codecs[Endpoint.CHAT].build(chat(), target).url == f"https://api.cohere.ai{path}"


def test_changed_tool_names_come_back_as_the_client_knows_them() -> None:
    at_work = Reading(DIALECT, TARGET, chat(tools=[{"type": "function", "function": {"name": "9 lives"}}]))
    sent = document(DIALECT.codecs[Endpoint.CHAT].build(at_work.request, TARGET))
    name = sent["tools"][0]["function"]["name"]
    call = {"id": "c", "type": "function", "function": {"name": name, "arguments": "{}"}}
    body = {"message": {"tool_calls": [call]}, "finish_reason": "TOOL_CALL"}
    assert name == "_9_lives"
    assert said_by(at_work.whole(json.dumps(body).encode())).calls == [("9 lives", {})]


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["cohere"] is DIALECT
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.EMBEDDINGS, Endpoint.RERANK, Endpoint.TRANSCRIPTIONS}


@pytest.mark.parametrize("base", ["https://api.cohere.ai", "https://api.cohere.ai/v2"])
def test_transcriptions_are_openais_form_at_coheres_address(base: str) -> None:
    codec = DIALECT.codecs[Endpoint.TRANSCRIPTIONS]
    target = Target(base, "fake-cohere", "cohere-transcribe-03-2026")
    outbound = codec.build(transcribing(language="de"), target)
    assert outbound.url == "https://api.cohere.ai/v2/audio/transcriptions" and codec.raw
    assert b"cohere-transcribe" in outbound.body and b"RIFF" in outbound.body
    assert b'name="language"\r\n\r\nde\r\n' in outbound.body
    assert b'name="language"\r\n\r\nen\r\n' in codec.build(transcribing(), target).body


@pytest.mark.parametrize("recording", cases(["cohere"], ["audio-transcription"]))
def test_a_recorded_transcript_is_understood(recording: Recording) -> None:
    events = list(DIALECT.codecs[Endpoint.TRANSCRIPTIONS].read_reply(transcribing(), TARGET, recording.body))
    assert Transcript(json.loads(recording.body)["text"]) in flatten(events)


def test_a_transcript_as_text_is_made_of_json() -> None:
    at_work = Sounding(35, hearing(("response_format", "text"), ("language", "de")), "cohere-transcribe-03-2026")
    assert fields_of(at_work.outbound)["response_format"] == "json"
    assert at_work.told({"text": " Hi"}) == (b" Hi\n", "text/plain; charset=utf-8")
