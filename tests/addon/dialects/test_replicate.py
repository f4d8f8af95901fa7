"""Replicate's dialect as a whole: streams at an address of their own, predictions that are polled, errors.

How predictions begin was recorded; streams, finished texts and errors were not: tests/recordings/replicate says from
which page each was written.
"""

from __future__ import annotations

import json

import pytest

from addon.canon.events import Failed, ReasoningDelta, TextDelta
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.dialects.replicate import DIALECT
from tests.addon.dialects.native import Reading, chat, document, read_by_openai, said_by, said_in
from tests.recordings import Recording, cases, recordings

TARGET = Target("https://api.replicate.com", "r8_fake", "meta/meta-llama-3-8b-instruct")
WORK = Reading(DIALECT, TARGET)
CODEC = DIALECT.codecs[Endpoint.CHAT]
TEXT = "Hello\n\n there."


def recorded(kind: str, name: str) -> Recording:
    [recording] = [one for one in recordings(["replicate"], [kind]) if one.name == f"{kind}.{name}"]
    return recording


def test_a_stream_is_plain_text_and_every_blank_counts() -> None:
    recording = recorded("chat-stream", "text")
    said = said_in(WORK.split(recording))
    assert (said.text, said.finish) == (TEXT, "stop")
    [read] = read_by_openai(True, [WORK.streamed(recording.body)])
    assert (read.text, read.finish) == (TEXT, "stop")


def test_thoughts_between_tags_are_no_answer() -> None:
    pieces = ("<th", "ink>Hm.", "\n</think>\n\nHello", " there")
    reader = CODEC.reader(WORK.request, TARGET) if CODEC.reader else None
    assert reader is not None
    frames = [Frame(piece.encode(), "output") for piece in pieces]
    events = [event for frame in (*frames, Frame(b"{}", "done")) for event in reader.read(frame)]
    whole = list(WORK.events(json.dumps({"status": "succeeded", "output": list(pieces)}).encode()))
    for found in (events, whole):
        thoughts = "".join(event.text for event in found if isinstance(event, ReasoningDelta))
        assert (thoughts, "".join(event.text for event in found if isinstance(event, TextDelta))) == (
            "Hm.",
            "Hello there",
        )


def test_an_unclosed_thought_is_not_lost() -> None:
    events = WORK.events(json.dumps({"status": "succeeded", "output": "<think>Hm.</th"}).encode())
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "Hm.</th"


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("error-after-some-text", FaultKind.SERVER_ERROR, "An unexpected error occurred"),
        ("canceled", FaultKind.SERVER_ERROR, "Replicate broke off: canceled"),
        ("cut-after-some-text", FaultKind.CUT, "the provider ended the reply before it was complete"),
    ],
)
def test_a_broken_stream_does_not_look_complete(name: str, kind: FaultKind, message: str) -> None:
    pipe = WORK.pipe()
    out = b"".join([*pipe.feed(recorded("chat-stream", name).body), *pipe.close()])
    assert pipe.fault is not None and (pipe.fault.kind, pipe.fault.message) == (kind, message)
    assert b'"error"' in out and b'"finish_reason":"stop"' not in out


@pytest.mark.parametrize(
    ("data", "message"), [("overloaded", "overloaded"), ("{}", "the prediction failed"), ('"so"', "so")]
)
def test_an_error_event_may_be_plain_words(data: str, message: str) -> None:
    pipe = WORK.pipe()
    pipe.feed(f"event: error\ndata: {data}\n\n".encode())
    assert pipe.fault is not None and pipe.fault.message == message


def test_a_finished_prediction() -> None:
    body = recorded("predictions", "finished-text").body
    said = said_by(WORK.whole(body))
    assert (said.text, said.finish) == ("Hello there", "stop")
    assert said.usage == {"prompt": 11, "completion": 4, "total": 15}
    [read] = read_by_openai(False, [WORK.whole(body)])
    assert read.text == "Hello there"


@pytest.mark.parametrize(
    ("output", "text"), [("Hi", "Hi"), (None, ""), ({"text": "ü"}, '{"text": "ü"}'), (["a", 1], "a1")]
)
def test_outputs_are_each_models_own(output: object, text: str) -> None:
    body = json.dumps({"status": "succeeded", "output": output}).encode()
    assert said_by(WORK.whole(body)).text == text


@pytest.mark.parametrize(("name", "kind"), [("failed", FaultKind.SERVER_ERROR), ("filtered", FaultKind.CONTENT_FILTER)])
def test_a_failed_prediction_is_a_failure(name: str, kind: FaultKind) -> None:
    [failed] = WORK.events(recorded("predictions", name).body)
    assert isinstance(failed, Failed) and failed.fault.kind is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("billing", FaultKind.OUT_OF_BALANCE),
        ("throttled", FaultKind.RATE_LIMITED),
        ("bad-input", FaultKind.BAD_REQUEST),
        ("bad-key", FaultKind.BAD_KEY),
    ],
)
def test_an_error_keeps_its_detail(name: str, kind: FaultKind) -> None:
    recording = recorded("predictions", name)
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert fault.kind is kind and fault.message == json.loads(recording.body)["detail"].strip()


@pytest.mark.parametrize("recording", cases(["replicate"], ["predictions"]))
def test_a_recorded_stream_is_followed_where_it_stands(recording: Recording) -> None:
    if "stream" not in recording.name:
        return
    started = json.loads(recording.body)
    assert CODEC.follow_up is not None
    streamed = CODEC.follow_up(chat(stream=True), TARGET, recording.body, 1)
    assert streamed is not None and streamed.live and streamed.outbound.url == started["urls"]["stream"]
    assert streamed.outbound.headers == (("accept", "text/event-stream"),)
    for request, count in ((chat(), 1), (chat(stream=True), 2)):
        polled = CODEC.follow_up(request, TARGET, recording.body, count)
        assert polled is not None and not polled.live and polled.outbound.url == started["urls"]["get"]


def test_a_prediction_that_has_ended_is_read() -> None:
    assert CODEC.follow_up is not None
    assert CODEC.follow_up(chat(stream=True), TARGET, b'{"status":"succeeded"}', 1) is None


def test_a_stream_is_asked_for_where_the_client_wants_one() -> None:
    assert document(CODEC.build(chat(stream=True), TARGET))["stream"] is True
    assert "stream" not in document(CODEC.build(chat(), TARGET))


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["replicate"] is DIALECT
    sound = {Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS}
    assert set(DIALECT.codecs) == {Endpoint.CHAT, Endpoint.IMAGES, Endpoint.IMAGE_EDITS} | sound
