"""Cloudflare's voices and ears, written from the pages of the models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, Segment, Sound, Transcript
from addon.canon.request import CannotCarry, Endpoint
from tests.addon.dialects.sounds import Sounding, hearing, speaking
from tests.recordings import Recording, cases

CLOUDFLARE = 37
RUN = "https://api.cloudflare.com/client/v4/accounts/acc/ai/run/"
WHOLE = (Segment("Hello there.", 0.0, 2.4),)


def speech(model: str = "@cf/deepgram/aura-2-en", **fields: Any) -> Sounding:
    return Sounding(CLOUDFLARE, speaking("Hi", **fields), model, key="fake", config={"user_id": "acc"})


def heard(
    *parts: tuple[str, str], model: str = "@cf/openai/whisper-large-v3-turbo", translate: bool = False
) -> Sounding:
    endpoint = Endpoint.TRANSLATIONS if translate else Endpoint.TRANSCRIPTIONS
    request = hearing(*parts, endpoint=endpoint)
    return Sounding(CLOUDFLARE, request, model, key="fake", config={"user_id": "acc"})


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"voice": "alloy"}, {"encoding": "mp3"}),
        ({"voice": "Luna", "response_format": "opus"}, {"encoding": "opus", "container": "ogg", "speaker": "luna"}),
        ({"response_format": "wav"}, {"encoding": "linear16", "container": "wav", "sample_rate": 24000}),
        ({"response_format": "pcm"}, {"encoding": "linear16", "container": "none", "sample_rate": 24000}),
    ],
)
def test_aura_speaks(fields: dict[str, Any], sent: dict[str, Any]) -> None:
    assert speech(**fields).document == {"text": "Hi", **sent}
    assert speech().outbound.url == f"{RUN}@cf/deepgram/aura-2-en"
    assert speech().codec.raw


def test_melotts_speaks_languages() -> None:
    melo = "@cf/myshell-ai/melotts"
    assert speech(melo, voice="ES").document == {"prompt": "Hi", "lang": "es"}
    assert speech(melo, voice="alloy").document == {"prompt": "Hi"}
    with pytest.raises(CannotCarry, match="MeloTTS speaks mp3"):
        _ = speech(melo, response_format="wav").outbound
    with pytest.raises(CannotCarry, match="Aura speaks"):
        _ = speech(response_format="odd").outbound


@pytest.mark.parametrize("recording", cases(["cloudflare"], ["audio-speech"]))
def test_recorded_sound_in_a_document(recording: Recording) -> None:
    assert speech(recording.model).told(recording.body) == (b"ID3\x04\x00", "audio/mpeg")


def test_sound_as_it_is() -> None:
    assert speech().read(b"\xff\xfbsound") == []
    assert speech(stream_format="sse").read(b"\xff\xfbsound") == [Sound(b"\xff\xfbsound")]


def test_the_large_whisper_takes_json_and_translates() -> None:
    assert heard(("language", "de"), ("prompt", "Workers")).document == {
        "audio": "UklGRg==",
        "task": "transcribe",
        "language": "de",
        "initial_prompt": "Workers",
    }
    assert heard(("language", "de"), translate=True).document == {"audio": "UklGRg==", "task": "translate"}


@pytest.mark.parametrize("model", ["@cf/openai/whisper", "@cf/deepgram/nova-3"])
def test_the_others_take_the_recording_as_it_is(model: str) -> None:
    outbound = heard(model=model).outbound
    assert (outbound.url, outbound.body) == (RUN + model, b"RIFF")
    assert outbound.headers == (("content-type", "audio/wav"),)
    with pytest.raises(CannotCarry, match="whisper-large-v3-turbo translates"):
        _ = heard(model=model, translate=True).outbound
    with pytest.raises(CannotCarry, match="not diarized_json"):
        _ = heard(("response_format", "diarized_json"), model=model).outbound


@pytest.mark.parametrize("recording", cases(["cloudflare"], ["audio-transcription"]))
def test_recorded_transcripts(recording: Recording) -> None:
    [said] = heard(("timestamp_granularities[]", "word"), model=recording.model).read(recording.body)
    assert isinstance(said, Transcript)
    assert said.text.lower().startswith("hello there")
    assert [(one.start, one.end) for one in said.segments] == [(0.0, 2.4)]
    assert [one.text.lower() for one in said.words] in (["hello", "there."], ["hello", "there"])
    turbo = "turbo" in recording.model
    assert (said.language, said.seconds) == (("en", 2.5) if turbo else ("", None))
    [plain] = heard(model=recording.model).read(json.loads(recording.body)["result"])
    assert isinstance(plain, Transcript) and plain.words == ()
    assert b"--> 00:00:02.400" in heard(("response_format", "vtt")).told(recording.body)[0]


def test_transcripts_without_times() -> None:
    assert heard().read({"result": {"text": "Hi"}}) == [Transcript("Hi")]
    quiet = {"result": {"results": {"channels": [{"alternatives": [{"transcript": ""}]}]}}}
    assert heard().read(quiet) == [Transcript("")]


@pytest.mark.parametrize("at_work", [speech(), heard()])
def test_a_reply_that_says_that_it_failed(at_work: Sounding) -> None:
    failure = {"success": False, "errors": [{"code": 5006, "message": "bad input"}], "result": None}
    [failed] = at_work.read(failure)
    assert isinstance(failed, Failed) and failed.fault.message == "bad input"
    with pytest.raises(KeyError):
        at_work.read({"success": True, "result": {}})
