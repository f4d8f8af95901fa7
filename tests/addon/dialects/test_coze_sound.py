"""Coze's speech and transcripts, written from its SDK."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.events import Failed, Sound, Transcript
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.sounds import Sounding, fields_of, hearing, speaking
from tests.recordings import Recording, cases

COZE = 34


def speech(**fields: Any) -> Sounding:
    return Sounding(COZE, speaking("Hi", **{"voice": "7426720361", **fields}), "any", key="pat_fake")


def heard(*parts: tuple[str, str]) -> Sounding:
    return Sounding(COZE, hearing(*parts), "any", key="pat_fake")


def test_speech_in_cozes_words() -> None:
    assert speech().outbound.url == "https://api.coze.com/v1/audio/speech"
    assert speech(response_format="opus", speed=9, sample_rate=16000).document == {
        "input": "Hi",
        "voice_id": "7426720361",
        "response_format": "ogg_opus",
        "sample_rate": 16000,
        "speed": 3.0,
    }
    assert speech().document["response_format"] == "mp3" and speech().codec.raw
    with pytest.raises(CannotCarry, match="not flac"):
        _ = speech(response_format="flac").outbound
    for voice in ("", "alloy"):
        with pytest.raises(CannotCarry, match="id of one of its voices"):
            _ = speech(voice=voice).outbound


def test_sound_passes_and_errors_are_found() -> None:
    assert speech().read(b"ID3") == []
    assert speech(stream_format="sse").read(b"ID3") == [Sound(b"ID3")]
    [failed] = speech().read({"code": 4100, "msg": "authentication is invalid"})
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.BAD_KEY
    with pytest.raises(ValueError, match="sound belongs"):
        speech().read({"code": 0})


def test_only_the_file_goes_along() -> None:
    outbound = heard(("language", "en"), ("response_format", "text")).outbound
    assert outbound.url == "https://api.coze.com/v1/audio/transcriptions"
    assert fields_of(outbound) == {"file": b"RIFF"}
    with pytest.raises(CannotCarry, match="not srt"):
        _ = heard(("response_format", "srt")).outbound


@pytest.mark.parametrize("recording", cases(["coze"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    assert heard().read(recording.body) == [Transcript("Good morning.")]
    [failed] = heard().read({"code": 4000, "msg": "bad file"})
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.BAD_REQUEST


SDK = """
import contextlib
from cozepy import Coze, TokenAuth

def call(host, case):
    # it wants sound in return, and gets a document
    with contextlib.suppress(AttributeError):
        Coze(auth=TokenAuth(token="pat_fake"), base_url="http://" + host).audio.speech.create(**case)
"""


def test_speech_is_what_the_sdk_sends() -> None:
    made = speech(response_format="wav", speed=1.5, sample_rate=16000)
    [sent] = sent_by(SDK, [made.document], {})
    assert made.outbound.url.endswith(sent.path)
    assert sent.document == made.document
    assert sent.headers["authorization"] == "Bearer pat_fake"
