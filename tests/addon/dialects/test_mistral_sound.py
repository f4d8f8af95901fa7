"""Voxtral's speech and transcripts, as recorded and as Mistral's SDK has them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed, Passed, Segment, Transcript, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry
from tests.addon.dialects.native import misfits
from tests.addon.dialects.sounds import Sounding, fields_of, frames, hearing, speaking
from tests.recordings import Recording, cases

MISTRAL = 28
SPEAKERS = (Segment("Hello there.", 0.0, 1.4, "speaker_1"), Segment(" Hi.", 1.5, 2.9, "speaker_2"))


def speech(**fields: Any) -> Sounding:
    return Sounding(MISTRAL, speaking("Hi", **fields), "voxtral-mini-tts-3-0", key="fake")


def heard(*parts: tuple[str, str]) -> Sounding:
    return Sounding(MISTRAL, hearing(*parts), "voxtral-mini-latest", key="fake")


def test_speech_in_mistrals_words() -> None:
    assert speech(voice="alloy", speed=2, instructions="calm").document == {
        "model": "voxtral-mini-tts-3-0",
        "input": "Hi",
        "response_format": "mp3",
        "stream": False,
    }
    made = speech(voice="gb_jane_neutral", stream_format="sse", response_format="opus", expressiveness=3)
    assert made.document == {
        "model": "voxtral-mini-tts-3-0",
        "input": "Hi",
        "response_format": "opus",
        "stream": True,
        "voice_id": "gb_jane_neutral",
        "expressiveness": 3,
    }
    assert made.outbound.url == "https://api.mistral.ai/v1/audio/speech"
    assert ("accept", "text/event-stream") in made.outbound.headers
    with pytest.raises(CannotCarry, match="not aac"):
        _ = speech(response_format="aac").outbound


def test_speech_requests_fit_the_sdk() -> None:
    documents = [speech(voice="x", stream_format="sse").document, speech(ref_audio="UklGRg==").document]
    assert misfits([("mistral-speech", one) for one in documents]) == []


@pytest.mark.parametrize("recording", cases(["mistral"], ["audio-speech"]))
def test_recorded_speech(recording: Recording) -> None:
    assert speech().told(recording.body) == (b"ID3\x04\x00", "audio/mpeg")


@pytest.mark.parametrize("recording", cases(["mistral"], ["audio-speech-stream"]))
def test_a_recorded_stream_of_speech(recording: Recording) -> None:
    *deltas, done = speech(stream_format="sse", response_format="pcm").streamed(recording.body)
    assert b"".join(base64.b64decode(one["audio"]) for one in deltas) == b"\x01\x00\x02\x00\xff\x7f"
    assert done["usage"]["total_tokens"] == 37


@pytest.mark.parametrize(
    ("parts", "sent"),
    [
        ([("language", "de"), ("prompt", "x"), ("response_format", "json")], {"language": "de"}),
        ([("language", "de"), ("response_format", "srt")], {"timestamp_granularities": "segment"}),
        ([("response_format", "diarized_json")], {"timestamp_granularities": "segment", "diarize": "true"}),
        (
            [("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")],
            {"timestamp_granularities": ["word", "segment"]},
        ),
        ([("timestamp_granularities", "word"), ("temperature", "0.5")], None),
        ([("stream", "true"), ("context_bias", "Voxtral")], None),
    ],
)
def test_a_form_in_mistrals_words(parts: list[tuple[str, str]], sent: Any) -> None:
    outbound = heard(*parts).outbound
    assert outbound.url == "https://api.mistral.ai/v1/audio/transcriptions"
    expected = dict(parts) if sent is None else sent
    assert fields_of(outbound) == {"model": "voxtral-mini-latest", "file": b"RIFF", **expected}


def test_a_model_that_stands_in_the_form_stays() -> None:
    request = hearing()
    at_work = Sounding(MISTRAL, request, "asked-for")
    assert at_work.outbound.body == request.raw


@pytest.mark.parametrize("recording", cases(["mistral"], ["audio-transcription"]))
def test_recorded_transcripts(recording: Recording) -> None:
    document = json.loads(recording.body)
    [passed] = heard().read(recording.body)
    assert isinstance(passed, Passed)
    usage = {**document["usage"], "type": "duration", "seconds": 3}
    assert json.loads(passed.data) == {**document, "usage": usage}
    said, told, _ = passed.meanings
    assert isinstance(said, Transcript) and said.text == document["text"]
    assert said.segments in ((), SPEAKERS)
    assert isinstance(told, UsageReported)
    assert (told.usage.seconds, told.usage.total) == (3, document["usage"]["total_tokens"])
    body, _ = heard(("response_format", "srt")).told(recording.body)
    assert body.count(b" --> ") == max(len(said.segments), 1)
    speakers = json.loads(heard(("response_format", "diarized_json")).told(recording.body)[0])["segments"]
    assert [one["speaker"] for one in speakers] == [one.speaker for one in said.segments]
    assert heard().told(recording.body) == (passed.data, "application/json")
    [counted] = heard().read({"text": "Hi", "usage": {"prompt_tokens": 3, "completion_tokens": 4}})
    assert isinstance(counted, Passed)
    told_usage = json.loads(counted.data)["usage"]
    assert (told_usage["type"], told_usage["input_tokens"], told_usage["total_tokens"]) == ("tokens", 3, 7)


@pytest.mark.parametrize("recording", cases(["mistral"], ["audio-transcription-stream"]))
def test_a_recorded_stream_of_a_transcript(recording: Recording) -> None:
    *deltas, done = heard(("stream", "true")).streamed(recording.body)
    assert "".join(one["delta"] for one in deltas) == done["text"] == "Hello there. Hi."
    assert done["usage"]["input_token_details"]["audio_tokens"] == 375
    with_speakers = heard(("stream", "true"), ("response_format", "diarized_json")).streamed(recording.body)
    assert [one.get("speaker") for one in with_speakers if one["type"].endswith("segment")] == [
        "speaker_1",
        "speaker_2",
    ]


@pytest.mark.parametrize("at_work", [speech(stream_format="sse"), heard(("stream", "true"))])
def test_what_fails(at_work: Sounding) -> None:
    error = {"object": "error", "message": "Invalid model", "type": "invalid_model", "code": "1500"}
    [failed] = at_work.read(error)
    assert isinstance(failed, Failed) and failed.fault.message == "Invalid model"
    pipe = at_work.pipe()
    assert pipe.feed(frames(error)) == [] and pipe.fault is not None
    cut = at_work.pipe()
    assert cut.feed(b"data: [DONE]\n\n" + frames({"type": "odd"})) + cut.close() == []
    assert cut.fault is not None and cut.fault.kind is FaultKind.CUT
    with pytest.raises(ValueError, match="no JSON object"):
        at_work.read([])
    with pytest.raises(KeyError):
        at_work.read({})
