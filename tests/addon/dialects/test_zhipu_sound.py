"""GLM-TTS and GLM-ASR, written from the documentation."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from addon.canon.events import Passed, Transcript
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry
from addon.dialects.openai_media_stream import MediaReader
from addon.meter import Meter
from addon.raw_pipe import RawPipe
from addon.wire import sse
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.sounds import Sounding, fields_of, frames, hearing, speaking
from tests.recordings import Recording, cases
from tests.splits import frame_boundaries, offsets_for, same_at_every_split

ZHIPU = 16


def at_work(**fields: Any) -> Sounding:
    return Sounding(ZHIPU, speaking("你好", **fields), "glm-tts")


def test_a_plain_request() -> None:
    outbound = at_work().outbound
    assert outbound.url == "https://open.bigmodel.cn/api/paas/v4/audio/speech"
    assert at_work(voice="alloy", instructions="softly", speed=0.1, volume=2).document == {
        "model": "glm-tts",
        "input": "你好",
        "voice": "tongtong",
        "response_format": "wav",
        "speed": 0.5,
        "volume": 2,
    }
    with pytest.raises(CannotCarry, match="Zhipu speaks wav, pcm, not mp3"):
        _ = at_work(response_format="mp3").outbound
    assert at_work().codec.raw


def test_a_stream_has_raw_samples_only() -> None:
    made = at_work(stream_format="sse", response_format="pcm").document
    assert (made["stream"], made["encode_format"]) == (True, "base64")
    assert "stream" not in at_work(stream_format="sse").document


@pytest.mark.parametrize("recording", cases(["zhipu"], ["audio-speech-stream"]))
def test_a_recorded_stream_is_told_in_openais_events(recording: Recording) -> None:
    *deltas, done = at_work(stream_format="sse", response_format="pcm").streamed(recording.body)
    assert b"".join(base64.b64decode(one["audio"]) for one in deltas) == b"\x01\x00\x02\x00\xff\x7f"
    assert done == {"type": "speech.audio.done"}


def test_usage_and_failures_of_a_stream() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14}
    last = {"choices": [{"delta": {"content": "AQA="}, "finish_reason": "stop"}], "usage": usage}
    *_, done = at_work(stream_format="sse", response_format="pcm").streamed(frames(last))
    assert done["usage"]["total_tokens"] == 14
    pipe = at_work(stream_format="sse", response_format="pcm").pipe()
    assert pipe.feed(frames({"error": {"code": "1301", "message": "sensitive"}})) == []
    assert pipe.fault is not None and pipe.fault.kind is FaultKind.CONTENT_FILTER
    cut = at_work(stream_format="sse", response_format="pcm").pipe()
    assert cut.feed(frames({"choices": [{"delta": {}}]})) + cut.close() == []
    assert cut.fault is not None and cut.fault.kind is FaultKind.CUT
    unmarked = frames({"choices": [{"delta": {"content": "AQA="}}]}) + b"data: [DONE]\n\n"
    assert len(at_work(stream_format="sse", response_format="pcm").streamed(unmarked)) == 2


def test_a_form_without_what_zhipu_does_not_know() -> None:
    request = hearing(("language", "zh"), ("response_format", "text"), ("stream", "true"), ("prompt", "before"))
    outbound = Sounding(ZHIPU, request, "glm-asr-2512").outbound
    assert outbound.url.endswith("/api/paas/v4/audio/transcriptions")
    assert fields_of(outbound) == {"stream": "true", "prompt": "before", "model": "glm-asr-2512", "file": b"RIFF"}
    with pytest.raises(CannotCarry, match="not srt"):
        _ = Sounding(ZHIPU, hearing(("response_format", "srt")), "glm-asr-2512").outbound


@pytest.mark.parametrize("recording", cases(["zhipu"], ["audio-transcription"]))
def test_a_recorded_transcript(recording: Recording) -> None:
    assert Sounding(ZHIPU, hearing(), "m").read(recording.body) == [
        Passed(recording.body, (Transcript("你好，世界。"),))
    ]
    asked = Sounding(ZHIPU, hearing(("response_format", "text")), "m")
    assert asked.told(recording.body)[0].decode() == "你好，世界。\n"


@pytest.mark.parametrize("recording", cases(["zhipu"], ["audio-transcription-stream"]))
def test_a_recorded_stream_of_a_transcript_passes(recording: Recording) -> None:
    heard = Sounding(ZHIPU, hearing(("stream", "true")), "m")
    assert heard.codec.raw_stream and heard.codec.reader is MediaReader

    def pipe() -> RawPipe:
        return RawPipe(
            "text/event-stream", Meter("m"), decoder=sse.Decoder(), reader=MediaReader(heard.request, heard.target)
        )

    body = recording.body
    same_at_every_split(pipe, body, [body], offsets_for(body, 1, frame_boundaries(body)))


SDK = """
from zai import ZhipuAiClient

def call(host, case):
    client = ZhipuAiClient(api_key="fake-id.fake-secret", base_url="http://" + host + "/api/paas/v4")
    client.audio.speech(**case)
"""


def test_speech_is_what_the_sdk_sends() -> None:
    made = at_work(voice="xiaochen", response_format="pcm", speed=1.5, volume=2).document
    [sent] = sent_by(SDK, [made], {})
    assert sent.path == "/api/paas/v4/audio/speech"
    assert {name: value for name, value in sent.document.items() if value} == made
