"""Gemini's speech and transcripts, written from the documentation, on the Gemini API and on Vertex AI."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed, Sound, Transcript, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.canon.sound import wav
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import chat, misfits
from tests.addon.dialects.sounds import Sounding, frames, hearing, speaking
from tests.recordings import Recording, cases

GEMINI, VERTEX = 24, 42
SAMPLES = b"\x01\x00\x02\x00\xff\x7f"
PARTS = {"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=16000", "data": base64.b64encode(SAMPLES).decode()}}


def speech(model: str = "gemini-3.8-flash-tts", row: int = GEMINI, **fields: Any) -> Sounding:
    return Sounding(row, speaking("Hi", **fields), model, key="fake", **({"config": PROJECT} if row == VERTEX else {}))


def heard(*parts: tuple[str, str], endpoint: Endpoint = Endpoint.TRANSCRIPTIONS) -> Sounding:
    return Sounding(GEMINI, hearing(*parts, endpoint=endpoint), "gemini-3.8-flash", key="fake")


PROJECT = {"vertex_ai_project_id": "p", "region": "global"}


def reply(*parts: Any, reason: str = "STOP", **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": reason}], **more}


def test_a_plain_request() -> None:
    at_work = speech()
    assert at_work.outbound.url.endswith("/v1beta/models/gemini-3.8-flash-tts:generateContent")
    assert at_work.document["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]
    assert at_work.document["generationConfig"] == {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
    }
    assert "/publishers/google/models/gemini-3.8-flash-tts:generateContent" in speech(row=VERTEX).outbound.url


def test_voice_language_and_style() -> None:
    made = speech(voice="Puck", language="en-US", instructions="Say cheerfully").document
    assert made["contents"][0]["parts"] == [{"text": "Hi", "speechMetadata": {"style": "Say cheerfully"}}]
    assert made["generationConfig"]["speechConfig"] == {
        "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}},
        "languageCode": "en-US",
    }
    older = speech("gemini-2.5-flash-preview-tts", instructions="Say cheerfully").document
    assert older["contents"][0]["parts"] == [{"text": "Say cheerfully: Hi"}]
    documents = [{name: one[name] for name in ("contents", "generationConfig")} for one in (made, older)]
    assert misfits([("gemini", one) for one in documents]) == []


def test_only_samples_are_streamed() -> None:
    assert speech(stream_format="sse", response_format="pcm").outbound.url.endswith(":streamGenerateContent?alt=sse")
    assert speech(stream_format="sse").outbound.url.endswith(":generateContent")
    with pytest.raises(CannotCarry, match="Gemini speaks wav, pcm, not mp3"):
        _ = speech(response_format="mp3").outbound


@pytest.mark.parametrize("recording", cases(["gemini"], ["audio-speech"]))
def test_recorded_samples_become_a_file(recording: Recording) -> None:
    assert speech().told(recording.body) == (wav(SAMPLES), "audio/wav")
    assert speech(response_format="pcm").told(recording.body) == (SAMPLES, "audio/pcm")
    [told] = [one for one in speech().read(recording.body) if isinstance(one, UsageReported)]
    assert told.usage == Usage(prompt=8, completion=48, audio_completion=48, total=56)


def test_what_kind_of_sound_came_decides() -> None:
    assert Sound(wav(SAMPLES, 16_000), "audio/wav") in speech().read(reply(PARTS))
    unsaid = {"inlineData": {"mimeType": "audio/pcm", "data": PARTS["inlineData"]["data"]}}
    assert Sound(wav(SAMPLES), "audio/wav") in speech().read([reply(unsaid)])
    file = {"inlineData": {"mimeType": "audio/wav", "data": base64.b64encode(wav(SAMPLES)).decode()}}
    assert Sound(wav(SAMPLES), "audio/wav") in speech().read(reply(file))
    assert Sound(SAMPLES, "audio/pcm") in speech(response_format="pcm").read(reply(file))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (reply(reason="SAFETY"), "SAFETY"),
        (reply(), "Google said nothing and does not tell why."),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "PROHIBITED_CONTENT"),
        ({"error": {"code": 400, "message": "bad voice", "status": "INVALID_ARGUMENT"}}, "bad voice"),
    ],
)
def test_why_there_is_no_sound(document: Any, message: str) -> None:
    [failed] = speech().read(document)
    assert isinstance(failed, Failed) and failed.fault.message == message
    pipe = speech(stream_format="sse", response_format="pcm").pipe()
    assert pipe.feed(frames(document)) + pipe.close() == []
    assert pipe.fault is not None and pipe.fault.message == message


@pytest.mark.parametrize("recording", cases(["gemini"], ["audio-speech-stream"]))
def test_a_recorded_stream_of_samples(recording: Recording) -> None:
    *deltas, done = speech(stream_format="sse", response_format="pcm").streamed(recording.body)
    assert b"".join(base64.b64decode(one["audio"]) for one in deltas) == SAMPLES
    assert done["usage"]["total_tokens"] == 56


def test_a_transcript_is_asked_for_in_words() -> None:
    asked = heard(("language", "de"), ("prompt", "Voxtral"), ("temperature", "0.5"))
    wish, recording = asked.document["contents"][0]["parts"]
    assert "word for word" in wish["text"] and "The language is de." in wish["text"] and "Voxtral" in wish["text"]
    assert recording == {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}
    assert asked.document["generationConfig"] == {"temperature": 0.5}
    translation = heard(("language", "de"), endpoint=Endpoint.TRANSLATIONS)
    wish, _ = translation.document["contents"][0]["parts"]
    assert "into English" in wish["text"] and "The language" not in wish["text"]
    assert "generationConfig" not in translation.document
    assert heard(("stream", "true")).outbound.url.endswith(":streamGenerateContent?alt=sse")
    with pytest.raises(CannotCarry, match="json, text, not srt"):
        _ = heard(("response_format", "srt")).outbound


@pytest.mark.parametrize("recording", cases(["gemini"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    assert heard(("response_format", "text")).told(recording.body)[0] == b"Good morning.\n"
    document = json.loads(heard().told(recording.body)[0])
    assert document["text"] == "Good morning."
    assert document["usage"]["input_token_details"] == {"text_tokens": 24, "audio_tokens": 96}


def test_silence_and_refusals() -> None:
    assert Transcript("") in heard().read(reply())
    for document in (reply(reason="SAFETY"), {"promptFeedback": {"blockReason": "SAFETY"}}):
        [failed] = heard().read(document)
        assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.CONTENT_FILTER
    [failed] = heard().read({"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}})
    assert isinstance(failed, Failed) and failed.fault.message == "busy"
    assert heard(("stream", "true")).streamed(frames(reply()))[-1]["text"] == ""


@pytest.mark.parametrize("recording", cases(["gemini"], ["audio-transcription-stream"]))
def test_a_recorded_stream_of_a_transcript(recording: Recording) -> None:
    *deltas, done = heard(("stream", "true")).streamed(recording.body)
    assert [one["delta"] for one in deltas] == ["Good ", "morning."]
    assert (done["text"], done["usage"]["total_tokens"]) == ("Good morning.", 126)
    pipe = heard(("stream", "true")).pipe()
    pipe.feed(recording.body[: recording.body.index(b"\n\n") + 2])
    pipe.close()
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CUT


@pytest.mark.parametrize("row", [GEMINI, VERTEX])
def test_a_conversation_is_not_answered_in_sound(row: int) -> None:
    with pytest.raises(CannotCarry, match="Gemini does not speak in conversations"):
        through_row(row, chat(modalities=["text", "audio"]), "gemini-3.8-flash", config=PROJECT, key="fake")
