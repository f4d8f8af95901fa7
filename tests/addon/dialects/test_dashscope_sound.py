"""Qwen-TTS, CosyVoice and Qwen-ASR, written from the documentation and DashScope's SDK."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed, Sound, Transcript, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.canon.sound import wav
from addon.dialects import DIALECTS
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.sounds import Sounding, frames, hearing, speaking
from tests.recordings import Recording, cases

DASHSCOPE, BAILIAN = 17, 49
API = "https://dashscope.aliyuncs.com/api/v1/services"
SAMPLES = b"\x01\x00\x02\x00\xff\x7f"
FILE = base64.b64encode(wav(SAMPLES)).decode()


def speech(model: str = "qwen3-tts-flash", row: int = DASHSCOPE, **fields: Any) -> Sounding:
    return Sounding(row, speaking("Hi", **fields), model, key="fake")


def heard(*parts: tuple[str, str], model: str = "qwen3-asr-flash") -> Sounding:
    return Sounding(DASHSCOPE, hearing(*parts), model, key="fake")


@pytest.mark.parametrize("row", [DASHSCOPE, BAILIAN])
def test_qwen_speaks(row: int) -> None:
    made = speech(row=row, voice="alloy")
    assert made.outbound.url == f"{API}/aigc/multimodal-generation/generation"
    assert made.outbound.secrets == (("authorization", "Bearer fake"),)
    assert made.document == {"model": "qwen3-tts-flash", "input": {"text": "Hi", "voice": "Cherry"}}
    assert DIALECTS["bailian"].codecs[Endpoint.CHAT].reader is DIALECTS["openai"].codecs[Endpoint.CHAT].reader


def test_voice_language_and_instructions_go_along() -> None:
    made = speech(voice="Ethan", instructions="softly", language_type="English", response_format="pcm").document
    assert made["input"] == {
        "text": "Hi",
        "voice": "Ethan",
        "language_type": "English",
        "instructions": "softly",
    }
    with pytest.raises(CannotCarry, match="Qwen speaks wav, pcm, not mp3"):
        _ = speech(response_format="mp3").outbound


def test_cosyvoice_has_an_address_and_words_of_its_own() -> None:
    made = speech("cosyvoice-v3-flash", speed=3, instructions="softly", volume=80, response_format="opus")
    assert made.outbound.url == f"{API}/audio/tts/SpeechSynthesizer"
    assert made.document == {
        "model": "cosyvoice-v3-flash",
        "input": {
            "text": "Hi",
            "voice": "longanyang",
            "format": "opus",
            "volume": 80,
            "instruction": "softly",
            "rate": 2.0,
        },
    }
    assert speech("cosyvoice-v3-flash", voice="mine").document["input"]["format"] == "mp3"


def test_a_stream_is_asked_for_samples_only() -> None:
    streaming = dict(speech(stream_format="sse", response_format="pcm").outbound.headers)
    assert streaming["x-dashscope-sse"] == "enable"
    assert "x-dashscope-sse" not in dict(speech(stream_format="sse").outbound.headers)


@pytest.mark.parametrize("recording", cases(["dashscope"], ["audio-speech"]))
def test_the_file_of_a_recorded_reply_is_fetched(recording: Recording) -> None:
    at_work = speech()
    assert at_work.codec.follow_up is not None and at_work.codec.gathers
    follow = at_work.codec.follow_up(at_work.request, at_work.target, recording.body, 1)
    assert follow is not None and follow.binary and follow.outbound.secrets == ()
    assert follow.outbound.url == json.loads(recording.body)["output"]["audio"]["url"]
    replies = b"[" + recording.body + b"," + json.dumps(FILE).encode() + b"]"
    assert at_work.told(replies) == (wav(SAMPLES), "audio/wav")
    assert speech(response_format="pcm").told(replies) == (SAMPLES, "audio/pcm")
    [told] = [one for one in at_work.read(replies) if isinstance(one, UsageReported)]
    assert (told.usage.prompt, told.usage.audio_completion, told.usage.total) == (5, 75, 80)
    [failed] = at_work.read(b"[" + recording.body + b",null]")
    assert isinstance(failed, Failed) and "could not be fetched" in failed.fault.message


def test_sound_inside_the_reply_needs_no_file() -> None:
    at_work = speech("cosyvoice-v3-flash")
    reply = {"output": {"audio": {"data": "SUQz", "url": "https://x.aliyuncs.com/a"}}}
    assert at_work.codec.follow_up is not None
    assert at_work.codec.follow_up(at_work.request, at_work.target, json.dumps(reply).encode(), 1) is None
    assert at_work.codec.follow_up(at_work.request, at_work.target, b'{"output":{}}', 1) is None
    assert at_work.told([reply]) == (b"ID3", "audio/mpeg")
    assert Sound(b"ID3") in at_work.read([reply])


@pytest.mark.parametrize("recording", cases(["dashscope"], ["audio-speech-stream"]))
def test_a_recorded_stream_of_samples(recording: Recording) -> None:
    at_work = speech(stream_format="sse", response_format="pcm")
    *deltas, done = at_work.streamed(recording.body)
    assert b"".join(base64.b64decode(one["audio"]) for one in deltas) == SAMPLES
    assert done == {"type": "speech.audio.done"}
    pipe = at_work.pipe()
    assert pipe.feed(frames({"code": "Throttling", "message": "slow down"})) == []
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.RATE_LIMITED
    cut = at_work.pipe()
    assert cut.feed(frames({"output": {"finish_reason": "null"}})) + cut.close() == []


def test_qwen_hears_in_a_conversation() -> None:
    made = heard(("prompt", "Bailian"), ("language", "en"), ("enable_itn", "true"))
    assert made.outbound.url == f"{API}/aigc/multimodal-generation/generation"
    assert made.document == {
        "model": "qwen3-asr-flash",
        "input": {
            "messages": [
                {"role": "system", "content": [{"text": "Bailian"}]},
                {"role": "user", "content": [{"audio": "data:audio/wav;base64,UklGRg=="}]},
            ]
        },
        "parameters": {"asr_options": {"enable_itn": True, "language": "en"}},
    }
    assert heard().document["parameters"] == {"asr_options": {}}


@pytest.mark.parametrize("model", ["paraformer-v2", "qwen3-asr-flash-filetrans", "fun-asr"])
def test_models_that_take_addresses_say_so(model: str) -> None:
    with pytest.raises(CannotCarry, match=f"{model} transcribes files that lie at a public address"):
        _ = heard(model=model).outbound
    with pytest.raises(CannotCarry, match="not vtt"):
        _ = heard(("response_format", "vtt")).outbound


@pytest.mark.parametrize("recording", cases(["dashscope"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    assert Transcript("Welcome.", "en") in heard().read(recording.body)
    assert json.loads(heard().told(recording.body)[0])["usage"] == {"type": "duration", "seconds": 1.0}
    assert heard(("response_format", "text")).told(recording.body)[0] == b"Welcome.\n"


@pytest.mark.parametrize("at_work", [speech(), heard()])
def test_an_error_inside_a_good_status(at_work: Sounding) -> None:
    error = {"code": "Arrearage", "message": "Access denied"}
    [failed] = at_work.read([error] if at_work.codec.gathers else error)
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.OUT_OF_BALANCE
    silent: Any = {"output": {"choices": [{"message": {"content": []}}]}}
    assert not at_work.codec.gathers or silent
    if not at_work.codec.gathers:
        assert Transcript("") in at_work.read(silent)


# -- what its own SDK sends -------------------------------------------------------------------------------------------

SDK = """
import warnings
warnings.simplefilter("ignore")
import dashscope
from dashscope.audio.http_tts import HttpSpeechSynthesizer

def call(host, case):
    base = "http://" + host + "/api/v1"
    dashscope.base_http_api_url, dashscope.api_key = base, "sk-fake-key"
    body = case
    if "messages" in body["input"]:
        dashscope.MultiModalConversation.call(
            model=body["model"], messages=body["input"]["messages"], **body["parameters"]
        )
    elif "format" in body["input"]:
        asked = dict(body["input"])
        HttpSpeechSynthesizer.call(
            model=body["model"], audio_format=asked.pop("format"), text=asked.pop("text"), voice=asked.pop("voice"),
            **asked
        )
    else:
        dashscope.MultiModalConversation.call(model=body["model"], **body["input"])
"""


def test_requests_are_what_the_sdk_sends() -> None:
    ours = [
        speech(voice="Ethan", language_type="English"),
        speech("cosyvoice-v3-flash", voice="mine", response_format="mp3", speed=1.5, sample_rate=24000),
        heard(("prompt", "Bailian"), ("language", "en"), ("enable_itn", "true")),
    ]
    reply = {"output": {"audio": {}, "choices": []}, "usage": {}, "request_id": "r"}
    for one, sent in zip(ours, sent_by(SDK, [at_work.document for at_work in ours], reply), strict=True):
        assert one.outbound.url.endswith(sent.path)
        assert one.document["model"] == sent.document["model"]
        assert one.document["input"] == sent.document["input"]
        assert one.document.get("parameters", {}) == (sent.document.get("parameters") or {})
