"""StepFun's ears, written from the documentation: OpenAI's form, or a document that a stream answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry
from addon.face.fold import folded
from addon.wire import sse
from tests.addon.dialects.sounds import IDS, Sounding, fields_of, frames, hearing
from tests.recordings import Recording, cases

STEPFUN = 32
NEWER = "stepaudio-3-asr-max"


def heard(*parts: tuple[str, str], model: str = NEWER, **fields: Any) -> Sounding:
    file = fields.pop("file", ("file", "a.wav", "audio/wav", b"RIFF"))
    return Sounding(STEPFUN, hearing(*parts, file=file), model, key="fake", **fields)


def test_the_older_model_takes_the_form() -> None:
    at_work = heard(("language", "zh"), model="step-asr")
    assert at_work.outbound.url == "https://api.stepfun.com/v1/audio/transcriptions"
    assert fields_of(at_work.outbound)["response_format"] == "json"
    assert at_work.told({"text": "Hi"})[0] == b'{"text": "Hi"}'


def test_the_newer_ones_take_a_document() -> None:
    at_work = heard(("language", "zh"), ("hotwords", '["one", "two"]'), ("response_format", "srt"))
    assert at_work.outbound.url == "https://api.stepfun.com/v1/audio/asr/sse"
    assert ("accept", "text/event-stream") in at_work.outbound.headers
    assert at_work.document == {
        "audio": {
            "data": "UklGRg==",
            "input": {
                "transcription": {
                    "model": NEWER,
                    "enable_timestamp": True,
                    "language": "zh",
                    "hotwords": ["one", "two"],
                },
                "format": {"type": "wav"},
            },
        }
    }
    plan = heard(base_url="https://api.stepfun.com/step_plan/v1").outbound.url
    assert plan == "https://api.stepfun.com/step_plan/v1/audio/asr/sse"


@pytest.mark.parametrize(
    ("filename", "told"),
    [
        ("a.opus", {"type": "ogg"}),
        ("a.pcm", {"type": "pcm", "codec": "pcm_s16le", "rate": 16000, "bits": 16, "channel": 1}),
    ],
)
def test_what_the_recording_is(filename: str, told: dict[str, Any]) -> None:
    made = heard(file=("file", filename, "", b"x")).document["audio"]["input"]
    assert made["format"] == told and made["transcription"]["enable_timestamp"] is False


@pytest.mark.parametrize("given", ["one, two", '{"a": 1}'])
def test_hotwords_that_are_no_list_are_refused(given: str) -> None:
    with pytest.raises(CannotCarry, match="list in JSON"):
        _ = heard(("hotwords", given)).outbound
    with pytest.raises(CannotCarry, match="list in JSON"):
        _ = heard(("hotwords", given), ("hotwords", given)).outbound
    with pytest.raises(CannotCarry, match="not diarized_json"):
        _ = heard(("response_format", "diarized_json")).outbound


@pytest.mark.parametrize("recording", cases(["stepfun"], ["audio-transcription-stream"]))
def test_a_recorded_stream(recording: Recording) -> None:
    *deltas, done = heard(("stream", "true")).streamed(recording.body)
    assert "".join(one["delta"] for one in deltas) == done["text"] == "Understand this. Thanks"
    assert done["usage"]["total_tokens"] == 46


@pytest.mark.parametrize("recording", cases(["stepfun"], ["audio-transcription-stream"]))
def test_a_stream_becomes_what_the_client_asked_for(recording: Recording) -> None:
    def whole(*parts: tuple[str, str]) -> bytes:
        at_work = heard(*parts)
        assert at_work.codec.reader is not None
        reader = at_work.codec.reader(at_work.request, at_work.target)
        events = [event for frame in sse.Decoder().feed(recording.body) for event in reader.read(frame)]
        return folded(at_work.request, events, IDS, streamed=True)[0]

    assert whole(("response_format", "text")) == b"Understand this. Thanks\n"
    assert whole(("response_format", "srt")).startswith(b"1\n00:00:00,228 --> 00:00:01,500\nUnderstand this.\n")
    verbose = json.loads(whole(("response_format", "verbose_json"), ("timestamp_granularities[]", "word")))
    assert (len(verbose["segments"]), len(verbose["words"]), verbose["duration"]) == (2, 3, 2.1)


def test_a_stream_that_fails_or_is_cut() -> None:
    pipe = heard(("stream", "true")).pipe()
    assert pipe.feed(frames({"type": "error", "message": "content blocked by moderation"})) == []
    assert pipe.fault is not None and pipe.fault.message == "content blocked by moderation"
    cut = heard(("stream", "true")).pipe()
    cut.feed(frames({"type": "odd"}, {"type": "transcript.text.delta"}) + b"data: [DONE]\n\n")
    assert cut.close() == [] and cut.fault is not None and cut.fault.kind is FaultKind.CUT


def test_a_document_in_place_of_a_stream() -> None:
    [failed] = heard().read({"error": {"message": "model not supported", "type": "request_params_invalid"}})
    assert isinstance(failed, Failed) and failed.fault.message == "model not supported"
    with pytest.raises(ValueError, match="without a stream"):
        heard().read({})
