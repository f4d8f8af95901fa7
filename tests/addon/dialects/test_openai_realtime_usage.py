import json
from typing import Any

import pytest

from addon.canon.events import Usage, UsageReported
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.realtime import RealtimeRequest
from addon.dialects.openai_realtime_usage import TRANSCRIBED, UsageReader, usage_of

USAGE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 13,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}
COUNTED = Usage(132, 121, 64, audio_prompt=9, audio_completion=91, total=253, image_prompt=0)


def reader() -> UsageReader:
    return UsageReader(RealtimeRequest("m"), Target("", "", "m"))


def read(one: UsageReader, kind: str, **fields: Any) -> list[Any]:
    return list(one.read(Frame(json.dumps({"type": kind, **fields}).encode())))


def test_several_responses_add_up() -> None:
    one = reader()
    assert read(one, "response.done", response={"id": "a", "usage": USAGE}) == [UsageReported(COUNTED)]
    assert read(one, "response.done", response={"id": "b", "usage": USAGE}) == [UsageReported(COUNTED.plus(COUNTED))]
    assert list(one.close()) == []


def test_what_is_cached_is_counted_once() -> None:
    assert usage_of(USAGE) == COUNTED
    qwen = {"input_tokens": 5, "output_tokens": 7, "input_tokens_details": {"audio_tokens": 3}}
    assert usage_of(qwen) == Usage(5, 7, audio_prompt=3)
    assert usage_of({"output_token_details": {"reasoning_tokens": 2}}) == Usage(0, 0, reasoning=2)


def test_transcripts_are_another_models() -> None:
    one = reader()
    tokens = {"type": "tokens", "input_tokens": 10, "output_tokens": 4, "input_token_details": {"audio_tokens": 10}}
    read(one, "session.updated", session={"audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}})
    told = UsageReported(Usage(10, 4, audio_prompt=10), model="gpt-4o-transcribe")
    assert read(one, TRANSCRIBED, usage=tokens) == [told]
    read(one, "session.created", session={"input_audio_transcription": {"model": "whisper-1"}})
    assert read(one, TRANSCRIBED, usage={"type": "duration", "seconds": 3}) == [
        UsageReported(Usage(0, 0, seconds=3), model="whisper-1")
    ]
    assert read(one, TRANSCRIBED, usage={"type": "duration", "seconds": 2}) == [
        UsageReported(Usage(0, 0, seconds=5), model="whisper-1")
    ]
    assert read(one, TRANSCRIBED, transcript="free of charge") == []


@pytest.mark.parametrize(
    ("session", "tokens"),
    [
        ({}, 20),
        ({"output_audio_format": "pcm16"}, 20),
        ({"output_audio_format": "g711_ulaw"}, 120),
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, 120),
    ],
)
def test_what_was_heard_and_never_told_is_guessed(session: dict[str, Any], tokens: int) -> None:
    one = reader()
    read(one, "session.created", session=session)
    read(one, "response.done", response={"id": "a", "usage": USAGE})
    second = "A" * (48_000 * 4 // 3)
    assert read(one, "response.output_audio.delta", response_id="b", delta=second) == []
    assert read(one, "response.output_text.delta", response_id="b", delta="12345") == []
    (told,) = one.close()
    assert told.guessed
    assert (told.usage.prompt, told.usage.cached, told.usage.audio_prompt) == (264, 128, 18)
    assert (told.usage.completion, told.usage.audio_completion) == (121 + tokens + 2, 91 + tokens)
    assert list(one.close()) == []


def test_a_response_that_ends_without_a_count_is_guessed() -> None:
    one = reader()
    read(one, "response.text.delta", response_id="a", delta="1234")
    assert read(one, "response.done", response={"id": "a"}) == [UsageReported(Usage(completion=1), guessed=True)]
    assert read(one, "response.done", response={"id": "b"}) == []
    assert read(one, "error", error={}) == []


def test_a_told_count_takes_the_place_of_the_guess() -> None:
    one = reader()
    read(one, "response.audio.delta", response_id="a", delta="A" * 64_000)
    assert read(one, "response.done", response={"id": "a", "usage": USAGE}) == [UsageReported(COUNTED)]
    assert list(one.close()) == []
