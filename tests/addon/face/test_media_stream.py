from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import (
    Event,
    Failed,
    Finished,
    Passed,
    PictureMade,
    Segment,
    Sound,
    Started,
    TextDelta,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.fault import Fault, FaultKind
from addon.canon.request import Request
from addon.face.encode import encoder, whole_as_stream
from addon.face.media_stream import MediaStreamEncoder
from tests.addon.face.replies import IDS
from tests.forms import form_request, media_request

SPEECH = media_request(Endpoint.SPEECH, model="m", input="hi", stream_format="sse")
FAULT = Fault(FaultKind.SERVER_ERROR, 500, "broken")


def streamed(request: Request, *events: Event) -> list[dict[str, Any]]:
    """The documents of the stream; each frame's name must be the document's type."""
    *frames, end = whole_as_stream(request, events, IDS)
    assert end == b"data: [DONE]\n\n"
    documents = []
    for frame in frames:
        name, data = frame.decode().strip().split("\n")
        documents.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {documents[-1]['type']}"
    return documents


def test_the_further_endpoints_have_an_encoder_of_their_own() -> None:
    made = encoder(SPEECH, IDS)
    assert isinstance(made, MediaStreamEncoder)
    assert not made.lacks_usage


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (media_request(Endpoint.IMAGES, prompt="x", stream=True), "image_generation.completed"),
        (form_request(Endpoint.IMAGE_EDITS, ("prompt", "x"), ("stream", "true")), "image_edit.completed"),
    ],
)
def test_a_picture_is_told_when_it_is_done(request_: Request, kind: str) -> None:
    usage = UsageReported(Usage(prompt=1, completion=2))
    (document,) = streamed(request_, Started(created=9), usage, Passed(b"{}", (PictureMade(0, data="eA=="),)))
    assert (document["type"], document["b64_json"], document["created_at"]) == (kind, "eA==", 9)
    assert document["usage"]["total_tokens"] == 3
    assert "usage" not in streamed(request_, PictureMade(0, url="x"))[0]


def test_sound_in_pieces() -> None:
    usage = UsageReported(Usage(prompt=1, completion=2))
    assert streamed(SPEECH, Sound(b"ab"), Sound(b"c"), usage, Finished("stop")) == [
        {"type": "speech.audio.delta", "audio": "YWI="},
        {"type": "speech.audio.delta", "audio": "Yw=="},
        {
            "type": "speech.audio.done",
            "usage": {
                "input_tokens": 1,
                "input_tokens_details": {"text_tokens": 1, "image_tokens": 0, "audio_tokens": 0},
                "output_tokens": 2,
                "total_tokens": 3,
            },
        },
    ]


def test_a_transcript_in_pieces_or_at_once() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("stream", "true"))
    pieces = [
        {"type": "transcript.text.delta", "delta": "Hel"},
        {"type": "transcript.text.delta", "delta": "lo"},
        {"type": "transcript.text.done", "text": "Hello"},
    ]
    said = Transcript("Hello", seconds=2.0)
    assert streamed(request, TextDelta("Hel"), TextDelta(""), TextDelta("lo"), said) == pieces
    assert streamed(request, said) == [
        {"type": "transcript.text.delta", "delta": "Hello"},
        {"type": "transcript.text.done", "text": "Hello"},
    ]


def test_a_transcript_that_tells_who_spoke() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("stream", "true"), ("response_format", "diarized_json"))
    said = Transcript("Hi", segments=(Segment("Hi", 0, 1, "A"),))
    segment = {"id": "seg_0", "type": "transcript.text.segment", "start": 0, "end": 1, "text": "Hi", "speaker": "A"}
    usage = {"type": "tokens", "input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert streamed(request, said, UsageReported(Usage(prompt=1, completion=2, audio_prompt=1))) == [
        segment,
        {
            "type": "transcript.text.done",
            "text": "Hi",
            "usage": {**usage, "input_token_details": {"text_tokens": 0, "audio_tokens": 1}},
        },
    ]


def test_a_failure_ends_the_stream_once() -> None:
    writer = MediaStreamEncoder(SPEECH, IDS)
    (frame,) = writer.feed([Failed(FAULT), Sound(b"late")])
    assert json.loads(frame.removeprefix(b"data: "))["error"]["message"].startswith("broken")
    assert writer.fail(FAULT) == writer.end() == writer.feed([Sound(b"late")]) == []
