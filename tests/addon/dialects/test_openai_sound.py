"""Sound for the rows that took OpenAI's paths but not all of its fields; OpenRouter's in JSON, as it was recorded."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from addon.canon.events import Passed, Segment, Transcript, UsageReported
from addon.canon.outbound import Quirks, Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.openai_request import build
from addon.face.fold import flatten
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import Reading, chat, document, transcribing
from tests.addon.dialects.sounds import Sounding, fields_of, frames, hearing, speaking
from tests.forms import form_request
from tests.recordings import Recording, cases

TARGET = Target("https://openrouter.ai/api", "fake", "openai/whisper-1", Quirks(**PROVIDERS[20].quirks))
OPENAI, STEPFUN, GROQ, TOGETHER, SILICONFLOW, OPENROUTER = 1, 32, 29, 39, 44, 20
ZHIPU, DOUBAO, MISTRAL = 16, 40, 28
VERBOSE = {
    "text": "Hi you",
    "language": "en",
    "duration": 2.5,
    "segments": [{"id": 0, "text": " Hi you", "start": 0.0, "end": 2.5}],
    "words": [{"word": "Hi", "start": 0.0, "end": 1.0}, {"word": "you", "start": 1.0, "end": 2.5}],
}


@pytest.mark.parametrize("recording", cases(["openrouter"], ["audio-transcription"]))
def test_a_form_becomes_the_document_that_was_recorded(recording: Recording) -> None:
    data = base64.b64decode(recording.request["input_audio"]["data"])
    request = transcribing("speech.mp3", "audio/mpeg")
    [model, file] = request.parts
    raw = request.raw[: file.data_start] + data + request.raw[file.data_end :]
    grown = replace(file, data_end=file.data_start + len(data))
    outbound = build(replace(request, raw=raw, parts=(model, grown)), TARGET)
    assert outbound.url == "https://openrouter.ai/api/v1/audio/transcriptions"
    assert document(outbound) == recording.request
    assert ("x-title", "One API") in outbound.headers and outbound.secrets
    body, kind = Sounding(OPENROUTER, hearing(("response_format", "text")), "m").told(recording.body)
    assert (body.decode(), kind) == (f"{json.loads(recording.body)['text']}\n", "text/plain; charset=utf-8")


def test_knobs_go_along() -> None:
    made = document(build(transcribing(language="en", temperature="0.5", response_format="json"), TARGET))
    assert (made["language"], made["temperature"]) == ("en", 0.5)
    assert made["input_audio"]["format"] == "wav"


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(CannotCarry, match="json, text, not srt"):
        build(transcribing(response_format="srt"), TARGET)


@pytest.mark.parametrize(
    ("row", "wanted", "sent"),
    [
        (OPENAI, "", ""),
        (OPENAI, "diarized_json", "diarized_json"),
        (STEPFUN, "", "json"),
        (STEPFUN, "text", "text"),
        (GROQ, "", "json"),
        (GROQ, "text", "text"),
        (GROQ, "srt", "verbose_json"),
        (GROQ, "vtt", "verbose_json"),
        (TOGETHER, "text", "json"),
        (TOGETHER, "verbose_json", "verbose_json"),
        (SILICONFLOW, "text", "json"),
    ],
)
def test_a_transcript_is_asked_for_in_a_form_that_the_provider_has(row: int, wanted: str, sent: str) -> None:
    parts = [("response_format", wanted)] if wanted else []
    asked = fields_of(Sounding(row, hearing(("stream", "true"), *parts), "theirs").outbound)
    assert asked == {
        "model": "theirs",
        "file": b"RIFF",
        **({"response_format": sent} if sent else {}),
        **({"stream": "true"} if row == OPENAI else {}),
    }


@pytest.mark.parametrize(
    ("row", "wanted", "known"),
    [
        (STEPFUN, "verbose_json", "json, text"),
        (GROQ, "diarized_json", "json, text, verbose_json, srt, vtt"),
        (SILICONFLOW, "srt", "json, text"),
    ],
)
def test_a_form_that_nothing_can_be_made_of_is_refused(row: int, wanted: str, known: str) -> None:
    with pytest.raises(CannotCarry, match=f"transcripts as {known}, not {wanted}"):
        _ = Sounding(row, hearing(("response_format", wanted)), "theirs").outbound


def test_subtitles_are_made_of_what_the_provider_tells() -> None:
    at_work = Sounding(GROQ, hearing(("response_format", "srt")), "whisper-large-v3")
    assert at_work.told(VERBOSE) == (
        b"1\n00:00:00,000 --> 00:00:02,500\nHi you\n\n",
        "text/plain; charset=utf-8",
    )
    assert Sounding(TOGETHER, hearing(("response_format", "text")), "m").told({"text": "Hi"})[0] == b"Hi\n"


def test_a_reply_in_the_form_that_was_asked_for_passes() -> None:
    at_work = Sounding(GROQ, hearing(("response_format", "verbose_json")), "whisper-large-v3")
    said = Transcript("Hi you", "en", 2.5, (Segment(" Hi you", 0, 2.5),), (Segment("Hi", 0, 1), Segment("you", 1, 2.5)))
    assert at_work.read(VERBOSE) == [Passed(json.dumps(VERBOSE).encode(), (said,))]
    assert Sounding(GROQ, hearing(("response_format", "text")), "m").read(b"Hi\n") == [
        Passed(b"Hi\n", (Transcript("Hi\n"),))
    ]


def test_pictures_are_not_sound() -> None:
    request = form_request(Endpoint.IMAGE_EDITS, ("prompt", "x"), ("response_format", "url"))
    quirks = Quirks(transcripts=("json",), json_sound=True)
    sent = build(request, Target("https://x", "fake", "theirs", quirks))
    assert fields_of(sent)["response_format"] == "url"


@pytest.mark.parametrize(
    ("row", "fields", "sent"),
    [
        (STEPFUN, {"voice": "cixingnansheng", "stream_format": "sse"}, None),
        (
            GROQ,
            {"voice": "tara", "stream_format": "sse", "instructions": "calm", "speed": 1},
            {"voice": "tara", "speed": 1},
        ),
        (
            SILICONFLOW,
            {"voice": "alex", "response_format": "opus"},
            {"voice": "theirs:alex", "response_format": "opus"},
        ),
        (SILICONFLOW, {"voice": "speech:mine:x"}, {"voice": "speech:mine:x"}),
        (
            TOGETHER,
            {"voice": "tara", "response_format": "pcm", "speed": 2},
            {"voice": "tara", "response_format": "raw"},
        ),
        (TOGETHER, {"voice": "tara", "response_format": "wav"}, None),
        (TOGETHER, {"voice": "tara"}, {"voice": "tara", "response_format": "mp3"}),
        (OPENROUTER, {"voice": "alloy"}, {"voice": "alloy", "response_format": "mp3"}),
        (OPENROUTER, {"voice": "x", "response_format": "pcm"}, {"voice": "x", "response_format": "pcm"}),
    ],
)
def test_speech_is_asked_for_in_the_providers_words(row: int, fields: dict[str, Any], sent: Any) -> None:
    made = Sounding(row, speaking("Hi", **fields), "theirs").document
    assert made == {"model": "theirs", "input": "Hi", **(fields if sent is None else sent)}


@pytest.mark.parametrize(("row", "wanted"), [(SILICONFLOW, "aac"), (TOGETHER, "opus"), (OPENROUTER, "flac")])
def test_a_format_that_nobody_speaks_is_refused(row: int, wanted: str) -> None:
    with pytest.raises(CannotCarry, match=f"not {wanted}"):
        _ = Sounding(row, speaking(response_format=wanted), "theirs").outbound


@pytest.mark.parametrize(
    ("row", "model", "voice"),
    [
        (GROQ, "canopylabs/orpheus-v1-english", "autumn"),
        (GROQ, "canopylabs/orpheus-arabic-saudi", "fahad"),
        (SILICONFLOW, "theirs", "theirs:alex"),
        (STEPFUN, "step-tts-2", "cixingnansheng"),
        (TOGETHER, "hexgrad/Kokoro-82M", "af_alloy"),
        (TOGETHER, "canopylabs/orpheus-3b-0.1-ft", "tara"),
        (TOGETHER, "cartesia/sonic", "alloy"),
    ],
)
def test_openais_voices_are_spoken_by_one_of_the_providers(row: int, model: str, voice: str) -> None:
    target = Target("https://p.example", "fake", model, Quirks(**PROVIDERS[row].quirks))
    assert document(build(speaking(voice="alloy"), target))["voice"] == voice


# -- sound in conversations -------------------------------------------------------------------------------------------

SPOKEN: dict[str, Any] = {"id": "audio_1", "data": "UklGRg==", "transcript": "Hello", "expires_at": 5}


def talking(**fields: Any) -> Reading:
    asked = chat(modalities=["text", "audio"], audio={"voice": "alloy", "format": "pcm16"}, **fields)
    return Reading(DIALECTS["openai"], row_target(OPENAI, "gpt-audio"), asked)


def test_a_spoken_answer_passes_and_its_tokens_are_told_apart() -> None:
    message = {"role": "assistant", "content": None, "refusal": None, "audio": SPOKEN}
    counted = {"completion_tokens_details": {"audio_tokens": 7, "text_tokens": 2}}
    usage = {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14, **counted}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-audio"}
    body = json.dumps({**head, "choices": [choice], "usage": usage}).encode()
    assert talking().whole(body) == body
    [told] = [one.usage for one in flatten(talking().events(body)) if isinstance(one, UsageReported)]
    assert (told.completion, told.audio_completion) == (9, 7)


def test_a_spoken_answer_is_streamed_as_it_comes() -> None:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-audio", "choices": [choice]}

    pieces = [{"id": "audio_1", "transcript": "Hel"}, {"transcript": "lo"}, {"data": "UklGRg=="}, {"expires_at": 5}]
    body = frames(*(chunk({"audio": piece}) for piece in pieces), chunk({}, "stop")) + b"data: [DONE]\n\n"
    assert talking(stream=True).streamed(body) == body


def test_a_recording_in_a_question_goes_along_as_it_is() -> None:
    part = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    question = {"role": "user", "content": [{"type": "text", "text": "What is said?"}, part]}
    for row in (OPENAI, OPENROUTER, STEPFUN, ZHIPU, DOUBAO):
        assert document(through_row(row, chat(question), "theirs"))["messages"] == [question]
    [asked] = document(through_row(MISTRAL, chat(question), "voxtral-small-latest"))["messages"]
    assert asked["content"][1] == {"type": "input_audio", "input_audio": "UklGRg=="}
