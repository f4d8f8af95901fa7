from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Ended, Event, Failed, PictureMade, TextDelta, Transcript, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.dialects.openai_media_stream import MediaReader
from addon.meter import Meter
from addon.raw_pipe import RawPipe
from addon.wire import sse
from tests.forms import form_request, media_request
from tests.recordings import Recording, cases
from tests.splits import frame_boundaries, offsets_for, same_at_every_split

TARGET = Target("https://x", "sk-fake", "m")
HEARD = form_request(Endpoint.TRANSCRIPTIONS, ("stream", "true"))
IMAGES = media_request(Endpoint.IMAGES, prompt="x", stream=True)


def read(*documents: Any, event: str = "") -> list[Event]:
    reader = MediaReader(HEARD, TARGET)
    found: list[Event] = []
    for document in documents:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        found += reader.read(Frame(data, event))
    return [*found, *reader.close()]


RECORDED = [
    case
    for case in cases(("openai",), ("audio-transcription",))
    if case.values[0] is None or case.values[0].framing == "sse"
]


@pytest.mark.parametrize("recording", RECORDED)
def test_a_recorded_stream_passes_verbatim_and_is_metered(recording: Recording) -> None:
    def pipe(meter: Meter | None = None) -> RawPipe:
        reader = MediaReader(HEARD, TARGET)
        return RawPipe("text/event-stream", meter or Meter("m"), decoder=sse.Decoder(), reader=reader)

    body = recording.body
    same_at_every_split(pipe, body, [body], offsets_for(body, 1, frame_boundaries(body)))
    meter = Meter("m")
    one = pipe(meter)
    one.feed(body)
    one.close()
    usage, estimated = meter.usage(0)
    assert (usage.prompt, usage.completion, usage.audio_prompt, estimated) == (37, 145, 37, False)
    assert one.finished


def test_pictures_are_counted_as_they_are_done() -> None:
    usage = {"input_tokens": 5, "output_tokens": 272, "total_tokens": 277}
    assert read(
        {"type": "image_generation.partial_image", "b64_json": "eA=="},
        {"type": "image_generation.completed", "b64_json": "eA==", "usage": usage},
    ) == [
        PictureMade(0, data="eA=="),
        UsageReported(Usage(prompt=5, completion=272, total=277)),
        Ended(),
    ]


def test_seedreams_events_count_as_well() -> None:
    assert read(
        {"type": "image_generation.partial_succeeded", "url": "u"},
        {"type": "image_generation.completed", "usage": {"generated_images": 1}},
        b"[DONE]",
    )[0] == PictureMade(0, url="u")


def test_one_failed_picture_of_several_ends_nothing() -> None:
    usage = {"generated_images": 1, "output_tokens": 4, "total_tokens": 4}
    found = read(
        {"type": "image_generation.partial_failed", "image_index": 0, "error": {"code": "x", "message": "no"}},
        {"type": "image_generation.partial_succeeded", "image_index": 1, "url": "u"},
        {"type": "image_generation.completed", "usage": usage},
        b"[DONE]",
    )
    assert [one for one in found if isinstance(one, PictureMade)] == [PictureMade(0, url="u")]
    assert [one.usage.images for one in found if isinstance(one, UsageReported)] == [1]
    assert not any(isinstance(one, Failed) for one in found)


def test_a_transcript_in_pieces() -> None:
    assert read({"type": "transcript.text.delta", "delta": "Hi"}, {"type": "transcript.text.done", "text": "Hi"}) == [
        TextDelta("Hi"),
        Transcript("Hi"),
        Ended(),
    ]


def test_speech_as_events() -> None:
    usage = {"input_tokens": 5, "output_tokens": 27, "total_tokens": 32}
    assert read({"type": "speech.audio.delta", "audio": "eA=="}, {"type": "speech.audio.done", "usage": usage}) == [
        UsageReported(Usage(prompt=5, completion=27, total=32)),
        Ended(),
    ]


def test_a_stream_without_its_end_was_cut() -> None:
    *_, last = read({"type": "transcript.text.delta", "delta": "Hi"})
    assert isinstance(last, Failed)
    assert last.fault.kind is FaultKind.CUT
    assert read() == []


@pytest.mark.parametrize("event", ["", "error"])
def test_an_error_in_a_stream(event: str) -> None:
    (failed,) = read({"error": {"message": "broken", "type": "server_error"}}, event=event)
    assert isinstance(failed, Failed)
    assert failed.fault.message == "broken"


def test_a_frame_that_is_no_object_is_garbage() -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        read(b"[]")
