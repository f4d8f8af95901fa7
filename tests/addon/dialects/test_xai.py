"""xAI's sound, written from the documentation; its texts and pictures are OpenAI's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, Segment, Transcript
from addon.canon.request import CannotCarry
from addon.dialects import DIALECTS
from addon.dialects.xai import DIALECT
from tests.addon.dialects.sounds import Sounding, fields_of, hearing, speaking
from tests.recordings import Recording, cases

XAI = 45


def speech(**fields: Any) -> Sounding:
    return Sounding(XAI, speaking("Hi", **fields), "grok-tts", key="fake")


def heard(*parts: tuple[str, str], **fields: Any) -> Sounding:
    return Sounding(XAI, hearing(*parts), "grok-voice-transcribe-2.0", key="fake", **fields)


@pytest.mark.parametrize("recording", cases(["xai"], ["audio-speech"]))
def test_speech_in_xais_words(recording: Recording) -> None:
    assert speech().document == {**recording.request}
    assert speech().outbound.url == recording.url
    made = speech(voice="rex", speed=9, response_format="pcm", language="pt-BR", optimize_streaming_latency=1)
    assert made.document == {
        "text": "Hi",
        "voice_id": "rex",
        "language": "pt-BR",
        "output_format": {"codec": "pcm", "sample_rate": 24000},
        "optimize_streaming_latency": 1,
        "speed": 1.5,
    }
    assert made.codec.raw and list(made.read(recording.body)) == []
    with pytest.raises(CannotCarry, match="not opus"):
        _ = speech(response_format="opus").outbound


def test_the_file_is_the_last_part() -> None:
    outbound = heard(("language", "en"), ("temperature", "0"), ("keyterm", "One"), ("keyterm", "Two")).outbound
    assert outbound.url == "https://api.x.ai/v1/stt"
    assert fields_of(outbound) == {
        "model": "grok-voice-transcribe-2.0",
        "language": "en",
        "keyterm": ["One", "Two"],
        "format": "true",
        "file": b"RIFF",
    }
    assert list(fields_of(outbound))[-1] == "file"
    moved = heard(base_url="https://mirror.example/v1").outbound
    assert moved.url == "https://mirror.example/v1/stt" and "format" not in fields_of(moved)
    assert fields_of(heard(("response_format", "diarized_json")).outbound)["diarize"] == "true"


@pytest.mark.parametrize("recording", cases(["xai"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    [said] = heard().read(recording.body)
    assert said == Transcript(
        "The balance is $167. Thanks.",
        seconds=3.45,
        segments=(Segment("The balance is $167.", 0.24, 2.8), Segment("Thanks.", 3.0, 3.4)),
    )
    assert heard(("response_format", "srt")).told(recording.body)[0].count(b"-->") == 2
    asked = heard(("response_format", "verbose_json"), ("timestamp_granularities[]", "word"))
    verbose = json.loads(asked.told(recording.body)[0])
    assert [one["word"] for one in verbose["words"]] == ["The", "balance", "is", "$167.", "Thanks."]
    assert json.loads(heard().told(recording.body)[0])["usage"]["seconds"] == 3.45


def test_speakers_are_told() -> None:
    spoken = {"text": "a", "words": [{"text": "a", "start": 0, "end": 1, "speaker": 0}]}
    [said] = heard().read(spoken)
    assert isinstance(said, Transcript) and said.segments[0].speaker == "0"


def test_an_error_inside_a_good_status() -> None:
    [failed] = heard().read({"error": {"message": "no speech"}})
    assert isinstance(failed, Failed) and failed.fault.message == "no speech"
    with pytest.raises(KeyError):
        heard().read({})
    assert DIALECTS["xai"] is DIALECT
