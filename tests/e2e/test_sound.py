"""Sound in the words of the providers that have their own, through the real gateway: openai's client, the books."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from addon.canon.sound import wav
from scripts.fake_provider import FakeProvider
from scripts.fake_provider.answer import Answer
from tests.e2e.clients import by_base_url, run_python, seen
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway
from tests.e2e.test_endpoints import last_row, post

SAMPLES = b"\x01\x00\x02\x00\xff\x7f"
VOICES = {
    27: ["speech-2.8-hd"],
    17: ["qwen3-tts-flash", "qwen3-asr-flash", "paraformer-v2"],
    28: ["voxtral-mini-latest", "voxtral-mini-tts-3-0"],
    24: ["gemini-3.8-flash-tts"],
    44: ["FunAudioLLM/SenseVoiceSmall"],
    45: ["grok-voice-transcribe-2.0"],
}
SETUP = """
import base64, json
from openai import OpenAI, APIStatusError
client = OpenAI(max_retries=0)
"""


@pytest.fixture(scope="module")
def sounding(gateway: Gateway, session_provider: FakeProvider) -> Iterator[Gateway]:
    """The gateway with channels of types whose sound is translated."""
    made = [
        gateway.add_channel(
            name=f"sound-{kind}", type=kind, key=UPSTREAM_KEY, base_url=session_provider.url, models=models
        )
        for kind, models in VOICES.items()
    ]
    gateway.await_models(*(model for models in VOICES.values() for model in models))
    yield gateway
    for channel in made:
        gateway.api("DELETE", f"/channel/{channel}")


def python(gateway: Gateway, script: str) -> Any:
    return seen(run_python(SETUP + script, by_base_url(gateway)))


def document(content: Any) -> Answer:
    return Answer(200, (("content-type", "application/json"),), (json.dumps(content).encode(),))


def stream(*contents: Any) -> Answer:
    pieces = tuple(f"data: {json.dumps(content)}\n\n".encode() for content in contents)
    return Answer(200, (("content-type", "text/event-stream"),), pieces)


def test_minimax_speaks_through_openais_client(sounding: Gateway, provider: FakeProvider) -> None:
    said = {"data": {"audio": "494433", "status": 2}, "extra_info": {"usage_characters": 4}}
    provider.reply(document({**said, "base_resp": {"status_code": 0, "status_msg": "success"}}))
    got = python(
        sounding,
        """
reply = client.audio.speech.create(model="speech-2.8-hd", voice="alloy", input="\\u4f60\\u597d")
print(json.dumps([reply.response.headers["content-type"], base64.b64encode(reply.read()).decode()]))
""",
    )
    assert got == ["audio/mpeg", base64.b64encode(b"ID3").decode()]
    sent = provider.requests[-1]
    assert (sent.path, json.loads(sent.body)["text"]) == ("/v1/t2a_v2", "你好")
    # $100 per million characters, of which a Chinese one is two
    assert last_row(sounding, "speech-2.8-hd")["quota"] == 200


def test_minimax_streams_as_events(sounding: Gateway, provider: FakeProvider) -> None:
    fine = {"base_resp": {"status_code": 0, "status_msg": "success"}}
    pieces = [{"data": {"audio": audio, "status": 1}, **fine} for audio in ("4944", "33")]
    provider.reply(stream(*pieces, {"data": {"status": 2}, "extra_info": {"usage_characters": 2}, **fine}))
    got = python(
        sounding,
        """
with client.audio.speech.with_streaming_response.create(
    model="speech-2.8-hd", voice="Wise_Woman", input="Hi", stream_format="sse"
) as reply:
    events = [json.loads(line[6:]) for line in reply.iter_lines() if line.startswith("data: {")]
print(json.dumps([[event["type"] for event in events], [event.get("audio") for event in events]]))
""",
    )
    assert got[0] == ["speech.audio.delta", "speech.audio.delta", "speech.audio.done"]
    assert b"".join(map(base64.b64decode, got[1][:2])) == b"ID3"
    assert last_row(sounding, "speech-2.8-hd")["quota"] == 100


def test_an_error_inside_a_good_status_is_one(sounding: Gateway, provider: FakeProvider) -> None:
    provider.reply(document({"base_resp": {"status_code": 2054, "status_msg": "voice id not exist"}}))
    reply = post(sounding, "audio/speech", json={"model": "speech-2.8-hd", "input": "Hi", "voice": "nobody"})
    assert (reply.status_code, len(provider.requests)) == (400, 1)
    assert "voice id not exist" in reply.json()["error"]["message"]


def test_qwens_file_is_fetched(sounding: Gateway, provider: FakeProvider) -> None:
    audio = {"url": f"{provider.url}/store/a.wav", "data": ""}
    provider.reply(
        document({"output": {"finish_reason": "stop", "audio": audio}, "usage": {"characters": 2}, "request_id": "r"}),
        Answer(200, (("content-type", "audio/wav"),), (wav(SAMPLES),)),
    )
    body = {"model": "qwen3-tts-flash", "voice": "Ethan", "input": "Hi", "response_format": "pcm"}
    reply = post(sounding, "audio/speech", json=body)
    assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, SAMPLES, "audio/pcm")
    [to_qwen, to_the_store] = provider.requests
    assert json.loads(to_qwen.body)["input"] == {"text": "Hi", "voice": "Ethan"}
    assert (to_the_store.path, to_the_store.header("authorization")) == ("/store/a.wav", "")
    assert last_row(sounding, "qwen3-tts-flash")["quota"] == 10


def test_qwens_samples_are_streamed_as_they_come(sounding: Gateway, provider: FakeProvider) -> None:
    def piece(data: str, reason: str = "null") -> dict[str, Any]:
        return {"output": {"finish_reason": reason, "audio": {"data": data, "url": f"{provider.url}/store/a.wav"}}}

    provider.reply(stream(piece("AQAC"), piece("AP9/"), {**piece("", "stop"), "usage": {"characters": 2}}))
    body = {"model": "qwen3-tts-flash", "input": "Hi", "response_format": "pcm", "stream_format": "sse"}
    reply = post(sounding, "audio/speech", json=body)
    events = [json.loads(line[6:]) for line in reply.text.splitlines() if line.startswith("data: {")]
    assert [one["type"] for one in events] == ["speech.audio.delta", "speech.audio.delta", "speech.audio.done"]
    assert b"".join(base64.b64decode(one["audio"]) for one in events[:2]) == SAMPLES
    [sent] = provider.requests
    assert sent.header("x-dashscope-sse") == "enable"
    assert last_row(sounding, "qwen3-tts-flash")["quota"] == 10


def test_qwen_hears_and_is_paid_by_the_second(sounding: Gateway, provider: FakeProvider) -> None:
    message = {"content": [{"text": "Welcome."}], "annotations": [{"language": "en"}]}
    provider.reply(document({"output": {"choices": [{"message": message}]}, "usage": {"seconds": 60}}))
    got = python(
        sounding,
        """
said = client.audio.transcriptions.create(model="qwen3-asr-flash", file=("a.wav", b"RIFF"), response_format="text")
try:
    client.audio.transcriptions.create(model="paraformer-v2", file=("a.wav", b"RIFF"))
except APIStatusError as refused:
    print(json.dumps([said, refused.status_code, refused.message]))
""",
    )
    assert got[:2] == ["Welcome.\n", 400] and "public address" in got[2]
    [sent] = provider.requests
    assert json.loads(sent.body)["input"]["messages"][1]["content"][0]["audio"].startswith("data:audio/wav;base64,")
    assert last_row(sounding, "qwen3-asr-flash")["quota"] == 1050


def test_voxtrals_segments_become_subtitles(sounding: Gateway, provider: FakeProvider) -> None:
    segments = [{"type": "transcription_segment", "text": "Hello.", "start": 0.0, "end": 1.5}]
    usage = {"prompt_audio_seconds": 60, "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    heard = {"model": "voxtral-mini-latest", "text": "Hello.", "language": None, "segments": segments, "usage": usage}
    provider.reply(document(heard))
    form = {"model": "voxtral-mini-latest", "response_format": "srt", "language": "en"}
    reply = post(sounding, "audio/transcriptions", data=form, files={"file": ("a.wav", b"RIFF", "audio/wav")})
    assert reply.text == "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n"
    assert reply.headers["content-type"].startswith("text/plain")
    asked = provider.requests[-1].form
    assert asked == {"model": "voxtral-mini-latest", "timestamp_granularities": "segment", "file": b"RIFF"}
    assert last_row(sounding, "voxtral-mini-latest")["quota"] == 1500


def test_voxtrals_stream_has_openais_names(sounding: Gateway, provider: FakeProvider) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    provider.reply(
        stream(
            {"type": "transcription.text.delta", "text": "Hel"},
            {"type": "transcription.text.delta", "text": "lo."},
            {"type": "transcription.done", "text": "Hello.", "model": "m", "language": "en", "usage": usage},
        )
    )
    got = python(
        sounding,
        """
heard = client.audio.transcriptions.create(model="voxtral-mini-latest", file=("a.wav", b"RIFF"), stream=True)
events = list(heard)
print(json.dumps([[event.type for event in events], events[-1].text, events[-1].usage.total_tokens]))
""",
    )
    assert got == [["transcript.text.delta", "transcript.text.delta", "transcript.text.done"], "Hello.", 7]


def test_geminis_samples_become_a_file(sounding: Gateway, provider: FakeProvider) -> None:
    inline = {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": base64.b64encode(SAMPLES).decode()}
    candidate = {"content": {"parts": [{"inlineData": inline}]}, "finishReason": "STOP"}
    details = [{"modality": "AUDIO", "tokenCount": 100}]
    usage = {"promptTokenCount": 4, "candidatesTokenCount": 100, "candidatesTokensDetails": details}
    provider.reply(document({"candidates": [candidate], "usageMetadata": usage}))
    body = {"model": "gemini-3.8-flash-tts", "voice": "Puck", "input": "Hi"}
    reply = post(sounding, "audio/speech", json=body)
    assert (reply.status_code, reply.content) == (200, wav(SAMPLES))
    assert reply.headers["content-type"] == "audio/wav"
    # $0.50 and $9 per million tokens
    assert last_row(sounding, "gemini-3.8-flash-tts")["quota"] == -(-(4 * 0.25 + 100 * 4.5) // 1)
    refused = post(sounding, "audio/speech", json={**body, "response_format": "mp3"})
    assert refused.status_code == 400 and "Gemini speaks wav, pcm" in refused.json()["error"]["message"]
    assert len(provider.requests) == 1


def test_json_becomes_text_and_a_file_comes_last(sounding: Gateway, provider: FakeProvider) -> None:
    provider.reply(document({"text": "Hi."}), document({"text": "Hi.", "duration": 60.0, "words": []}))
    for model in ("FunAudioLLM/SenseVoiceSmall", "grok-voice-transcribe-2.0"):
        form = {"response_format": "text", "model": model}
        reply = post(sounding, "audio/transcriptions", data=form, files={"file": ("a.wav", b"RIFF", "audio/wav")})
        assert (reply.status_code, reply.text) == (200, "Hi.\n")
    [to_siliconflow, to_xai] = provider.requests
    assert to_siliconflow.form["response_format"] == "json"
    assert to_xai.path == "/v1/stt" and list(to_xai.form) == ["model", "file"]
    assert last_row(sounding, "grok-voice-transcribe-2.0")["quota"] == 834
