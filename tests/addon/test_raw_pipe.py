from __future__ import annotations

import gzip
import json

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Failed, Passed, Transcript
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Target
from addon.canon.raw import Head
from addon.dialects.openai_media_stream import MediaReader
from addon.meter import Meter
from addon.pipe import CUT
from addon.raw_pipe import COPY_LIMIT, EMPTY, RawPipe
from addon.wire import sse
from addon.wire.encoding import unpacker_for
from tests.forms import media_request
from tests.splits import same_at_every_split

SPEECH = media_request(Endpoint.SPEECH, model="m", input="hi", stream_format="sse")
TARGET = Target("https://x", "sk-fake", "m")


def event(**fields: object) -> bytes:
    return b"event: odd\ndata: " + json.dumps(fields).encode() + b"\r\n\r\n"


DELTA = event(type="transcript.text.delta", delta="Hello")
DONE = event(type="transcript.text.done", text="Hello", usage={"input_tokens": 7, "output_tokens": 2})
ERROR = event(error={"message": "broken inside", "type": "server_error"})


def sound(**fields: object) -> RawPipe:
    return RawPipe("audio/wav", Meter("m"), **fields)  # type: ignore[arg-type]


def events(meter: Meter | None = None) -> RawPipe:
    return RawPipe(
        "text/event-stream",
        meter or Meter("m"),
        decoder=sse.Decoder(),
        reader=MediaReader(SPEECH, TARGET),
        request_id="r1",
    )


def test_sound_passes_as_it_is() -> None:
    pipe = sound()
    assert (pipe.content_type, pipe.produced) == ("audio/wav", False)
    assert pipe.feed(b"RIFF") == [b"RIFF"]
    assert pipe.produced
    assert pipe.feed(b"") == []
    assert (pipe.close(), pipe.finished, pipe.fault) == ([], True, None)
    assert pipe.feed(b"late") == pipe.close() == pipe.cut() == []


def test_sound_that_is_cut_breaks_off() -> None:
    pipe = sound()
    pipe.feed(b"RI")
    assert pipe.cut() == []
    assert (pipe.fault, pipe.breaks_off, pipe.finished) == (CUT, True, False)


def test_nothing_at_all_is_a_fault_that_another_channel_may_mend() -> None:
    for pipe, end, fault in ((sound(), "close", EMPTY), (sound(), "cut", CUT)):
        assert getattr(pipe, end)() == []
        assert (pipe.fault, pipe.produced, pipe.breaks_off) == (fault, False, False)


def test_compressed_sound_is_unpacked() -> None:
    packed = gzip.compress(b"RIFF" * 100)
    pipe = sound(unpacker=unpacker_for("gzip"))
    assert b"".join(pipe.feed(packed[:20]) + pipe.feed(packed[20:]) + pipe.close()) == b"RIFF" * 100
    broken = sound(unpacker=unpacker_for("gzip"))
    assert broken.feed(b"no gzip") == []
    assert broken.fault is not None
    assert broken.fault.kind is FaultKind.GARBAGE
    halved = sound(unpacker=unpacker_for("gzip"))
    assert halved.feed(packed[:-4])
    assert (halved.close(), halved.fault, halved.breaks_off) == ([], CUT, True)


def test_a_whole_body_is_read_for_its_usage_at_the_end() -> None:
    meter = Meter("m")
    pipe = RawPipe("text/plain", meter, read_body=lambda body: [Transcript(body.decode(), seconds=3.0)])
    assert pipe.feed(b"Hel") + pipe.feed(b"lo") + pipe.close() == [b"Hel", b"lo"]
    usage, estimated = meter.usage(4)
    assert (usage.seconds, usage.prompt, estimated) == (3.0, 4, True)
    assert usage.completion == 1


def test_a_body_that_nobody_can_read_passes_all_the_same() -> None:
    def stumble(body: bytes) -> list[Transcript]:
        raise ValueError("not mine")

    pipe = RawPipe("text/plain", Meter("m"), read_body=stumble)
    assert pipe.feed(b"x") + pipe.close() == [b"x"]
    assert (pipe.finished, pipe.fault) == (True, None)


def test_a_body_that_is_very_long_is_not_kept() -> None:
    seen: list[bytes] = []
    pipe = RawPipe("text/plain", Meter("m"), read_body=lambda body: seen.append(body) or ())  # type: ignore[func-returns-value]
    pipe.feed(b"x" * (COPY_LIMIT + 1))
    pipe.feed(b"x")
    assert (pipe.close(), pipe.finished, seen) == ([], True, [])


def test_a_body_that_tells_of_a_fault_at_its_end() -> None:
    fault = Fault(FaultKind.SERVER_ERROR, 500, "broken")
    pipe = RawPipe("text/plain", Meter("m"), read_body=lambda body: [Passed(b"", (Failed(fault),))])
    assert pipe.feed(b"x") + pipe.close() == [b"x"]
    assert (pipe.fault, pipe.breaks_off) == (fault, True)


def test_events_pass_verbatim_and_are_metered_however_they_are_cut() -> None:
    data = b": hi\n\n" + DELTA + DONE + b"data: [DONE]\n\n"
    same_at_every_split(events, data, [data])
    meter = Meter("m")
    pipe = events(meter)
    pipe.feed(data)
    assert pipe.finished
    assert (pipe.close(), pipe.fault) == ([], None)
    usage, estimated = meter.usage(0)
    assert (usage.prompt, usage.completion, estimated) == (7, 2, False)


def test_a_stream_that_told_its_end_survives_a_cut() -> None:
    pipe = events()
    pipe.feed(DELTA + DONE)
    assert (pipe.cut(), pipe.fault, pipe.finished) == ([], None, True)


@pytest.mark.parametrize("end", ["close", "cut"])
def test_a_stream_without_its_end_gets_an_error_frame(end: str) -> None:
    pipe = events()
    pipe.feed(DELTA)
    (frame,) = getattr(pipe, end)()
    assert json.loads(frame.removeprefix(b"data: "))["error"]["code"] == "upstream_cut"
    assert b"request id: r1" in frame
    assert not pipe.breaks_off


def test_an_error_first_is_not_shown_an_error_later_is() -> None:
    first = events()
    assert first.feed(ERROR) == []
    assert first.fault is not None
    assert (first.fault.message, first.produced) == ("broken inside", False)
    later = events()
    assert later.feed(DELTA) + later.feed(ERROR) + later.close() == [DELTA, ERROR]
    assert later.fault is not None


def test_an_error_in_the_last_bytes_of_an_unpacker() -> None:
    class Late:
        def feed(self, chunk: bytes) -> bytes:
            return b""

        def close(self) -> bytes:
            return ERROR

    pipe = RawPipe("text/event-stream", Meter("m"), Late(), sse.Decoder(), MediaReader(SPEECH, TARGET))
    assert pipe.feed(b"x") + pipe.close() == []
    assert pipe.fault is not None


def test_events_that_nobody_can_read_pass_all_the_same() -> None:
    pipe = events()
    odd = b"data: no json\n\n"
    assert pipe.feed(odd) + pipe.feed(odd) + pipe.close() == [odd, odd]
    assert (pipe.fault, pipe.finished) == (None, True)


def test_a_reply_with_its_own_head_may_be_empty() -> None:
    pipe = sound(head=Head(204, ()))
    assert (pipe.close(), pipe.finished, pipe.fault) == ([b""], True, None)
    cut = sound(head=Head(200, ()))
    assert (cut.cut(), cut.fault, cut.breaks_off) == ([], CUT, False)


def test_what_is_given_up_says_why_unless_it_was_complete() -> None:
    late = Fault(FaultKind.TRANSPORT, 504, "too late")
    pipe = events()
    pipe.feed(DELTA)
    (said,) = pipe.give_up(late)
    assert (pipe.fault, b"too late" in said, pipe.give_up(late)) == (late, True, [])
    pipe = events()
    pipe.feed(DELTA + DONE)
    assert (pipe.give_up(late), pipe.fault) == ([], None)
