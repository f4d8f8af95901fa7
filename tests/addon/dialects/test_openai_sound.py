"""Transcriptions in JSON, as OpenRouter's were recorded."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from addon.canon.outbound import Quirks, Target
from addon.canon.request import CannotCarry
from addon.dialects.openai_request import build
from rules.providers import PROVIDERS
from tests.addon.dialects.native import document, transcribing
from tests.recordings import Recording, cases

TARGET = Target("https://openrouter.ai/api", "fake", "openai/whisper-1", Quirks(**PROVIDERS[20].quirks))
RIFF = base64.b64encode(b"RIFF").decode()


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


@pytest.mark.parametrize(
    ("filename", "media_type", "form"),
    [
        ("a.WAV", "audio/mpeg", "wav"),
        ("blob", "audio/mpeg", "mp3"),
        ("blob", "audio/ogg; x=1", "ogg"),
        ("blob", "", "wav"),
    ],
)
def test_the_format_is_the_end_of_a_name(filename: str, media_type: str, form: str) -> None:
    made = document(build(transcribing(filename, media_type), TARGET))
    assert made["input_audio"] == {"data": RIFF, "format": form}


def test_knobs_go_along() -> None:
    made = document(build(transcribing(language="en", temperature="0.5", response_format="json"), TARGET))
    assert (made["language"], made["temperature"]) == ("en", 0.5)


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(CannotCarry, match="JSON only"):
        build(transcribing(response_format="srt"), TARGET)
    request = transcribing()
    with pytest.raises(CannotCarry, match="no file"):
        build(replace(request, parts=request.parts[:1]), TARGET)
    assert json.loads(build(request, TARGET).body)["model"] == "openai/whisper-1"
