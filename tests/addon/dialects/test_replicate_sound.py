"""Replicate's voices and ears, written from the pages of the models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, Segment, Transcript
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.replicate_sound import transcript_of
from tests.addon.dialects.sounds import Sounding, hearing, speaking
from tests.recordings import Recording, cases

REPLICATE = 46
KEY = "r8_fake"
WHISPER = "openai/whisper:" + "a" * 64
AUDIO = "data:audio/wav;base64,UklGRg=="
RUNNING = json.dumps({"id": "p1", "status": "processing"}).encode()


def speech(model: str = "minimax/speech-2.8-turbo", **fields: Any) -> Sounding:
    return Sounding(REPLICATE, speaking("Hi", **fields), model, key=KEY)


def heard(*parts: tuple[str, str], model: str = WHISPER, translate: bool = False) -> Sounding:
    endpoint = Endpoint.TRANSLATIONS if translate else Endpoint.TRANSCRIPTIONS
    return Sounding(REPLICATE, hearing(*parts, endpoint=endpoint), model, key=KEY)


@pytest.mark.parametrize(
    ("model", "fields", "sent"),
    [
        ("minimax/speech-2.8-turbo", {"voice": "alloy"}, {"text": "Hi", "audio_format": "mp3"}),
        (
            "minimax/speech-2.8-turbo",
            {"voice": "Wise_Woman", "speed": 1.5, "response_format": "wav", "emotion": "happy"},
            {"text": "Hi", "voice_id": "Wise_Woman", "speed": 1.5, "audio_format": "wav", "emotion": "happy"},
        ),
        ("elevenlabs/v3", {"voice": "Rachel"}, {"prompt": "Hi", "voice": "Rachel"}),
        ("jaaari/kokoro-82m", {"voice": "af_bella"}, {"text": "Hi", "voice": "af_bella"}),
    ],
)
def test_speech_in_the_models_words(model: str, fields: dict[str, Any], sent: dict[str, Any]) -> None:
    made = speech(model, **fields)
    assert made.document == {"input": sent}
    assert made.outbound.url == f"https://api.replicate.com/v1/models/{model}/predictions"
    with pytest.raises(CannotCarry, match="not opus"):
        _ = speech(response_format="opus").outbound


@pytest.mark.parametrize("recording", cases(["replicate"], ["audio-speech"]))
def test_the_file_of_a_recorded_prediction_is_fetched(recording: Recording) -> None:
    at_work = speech()
    follow = at_work.codec.follow_up
    assert follow is not None and at_work.codec.gathers
    polled = follow(at_work.request, at_work.target, RUNNING, 1)
    assert polled is not None and polled.outbound.url.endswith("/v1/predictions/p1")
    fetched = follow(at_work.request, at_work.target, recording.body, 2)
    assert fetched is not None and fetched.binary and fetched.outbound.secrets == ()
    assert fetched.outbound.url == json.loads(recording.body)["output"]
    replies = b"[" + RUNNING + b"," + recording.body + b',"SUQz"]'
    assert at_work.told(replies) == (b"ID3", "audio/mpeg")
    [failed] = at_work.read(b"[" + recording.body + b",null]")
    assert isinstance(failed, Failed) and "could not be fetched" in failed.fault.message


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (["https://replicate.delivery/1.wav"], True),
        ({"audio": "https://x.replicate.delivery/1.wav"}, True),
        ("https://elsewhere.example/1.wav", False),
        (None, False),
        ({}, False),
        ([], False),
    ],
)
def test_outputs_in_other_shapes(output: Any, found: bool) -> None:
    at_work = speech()
    assert at_work.codec.follow_up is not None
    body = json.dumps({"id": "p", "status": "succeeded", "output": output}).encode()
    assert (at_work.codec.follow_up(at_work.request, at_work.target, body, 1) is not None) is found


def test_whisper_hears_and_translates() -> None:
    made = heard(("language", "de"), ("prompt", "x"), ("temperature", "0"))
    assert made.document == {
        "version": "a" * 64,
        "input": {
            "audio": AUDIO,
            "language": "de",
            "temperature": 0.0,
            "initial_prompt": "x",
            "timestamp": "chunk",
            "task": "transcribe",
        },
    }
    assert heard(translate=True).document["input"]["translate"] is True


def test_openais_transcribers_have_other_inputs() -> None:
    model = "openai/gpt-4o-transcribe"
    made = heard(("prompt", "x"), model=model)
    assert made.document == {"input": {"audio_file": AUDIO, "prompt": "x"}}
    with pytest.raises(CannotCarry, match="does not translate"):
        _ = heard(model=model, translate=True).outbound
    with pytest.raises(CannotCarry, match="not srt"):
        _ = heard(("response_format", "srt"), model=model).outbound


@pytest.mark.parametrize("recording", cases(["replicate"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    at_work = heard()
    assert at_work.codec.follow_up is not None
    assert at_work.codec.follow_up(at_work.request, at_work.target, RUNNING, 1) is not None
    assert at_work.codec.follow_up(at_work.request, at_work.target, recording.body, 2) is None
    said = Transcript(" Hello there.", "english", segments=(Segment(" Hello there.", 0.0, 2.4),))
    assert said in at_work.read(recording.body)


def test_transcripts_in_other_shapes() -> None:
    assert transcript_of("Hi") == transcript_of(["H", "i"]) == Transcript("Hi")
    chunks = [{"text": "Hi", "timestamp": [0, 1]}, {"text": "you", "timestamp": [1, None]}]
    assert transcript_of({"text": "Hi you", "chunks": chunks}).segments == (
        Segment("Hi", 0.0, 1.0),
        Segment("you", 1.0, 1.0),
    )
    assert transcript_of({"translation": "Hi", "transcription": "Hallo"}).text == "Hi"
    with pytest.raises(ValueError, match="without a transcript"):
        transcript_of({})


@pytest.mark.parametrize("at_work", [speech(), heard()])
def test_a_prediction_that_failed(at_work: Sounding) -> None:
    failure = {"id": "p", "status": "failed", "error": "no GPU"}
    [failed] = at_work.read([failure] if at_work.codec.gathers else failure)
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.SERVER_ERROR
