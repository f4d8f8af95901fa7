from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator

import pytest

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Passed,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.request import ChatRequest
from addon.face.encode import Encoder, Ids, encoder
from addon.meter import Meter, prepare_ranks
from addon.pipe import HELD_LIMIT, Pipe
from addon.wire.sse import Decoder
from tests.clients import Reply, parsed_by_openai
from tests.splits import frame_boundaries, offsets_for, run, same_at_every_split

DONE = b"data: [DONE]\n\n"
BUSY = Fault(FaultKind.OVERLOADED, 503, "busy")


@pytest.fixture(scope="module", autouse=True)
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tokens are counted, not estimated, in whatever order the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATA_GYM_CACHE_DIR", raising=False)
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        prepare_ranks(tmp_path_factory.mktemp("data"))
        yield


class Script:
    """A reader for a format made for these tests: each frame is a JSON list of words, each word an event."""

    def __init__(self, at_close: Iterable[Event] = ()) -> None:
        self._at_close = at_close

    def read(self, frame: Frame) -> Iterator[Event]:
        for word in json.loads(frame.data):
            yield self._event(word)

    def close(self) -> Iterable[Event]:
        return self._at_close

    def _event(self, word: str) -> Event:
        match word.partition(":"):
            case "start", _, _:
                return Started("theirs")
            case "say", _, text:
                return TextDelta(text)
            case "stop", _, _:
                return Finished("stop")
            case "end", _, _:
                return Ended()
            case "fail", _, _:
                return Failed(BUSY)
            case "usage", _, number:
                return UsageReported(Usage(prompt=1, completion=int(number)))
            case "role", _, data:
                return Passed(data.encode(), (Started("theirs"),))
            case "odd", _, data:
                return Passed(data.encode())
            case "pass", _, data:
                return Passed(data.encode(), (TextDelta(data),))
            case "passfail", _, data:
                return Passed(data.encode(), (Failed(BUSY),))
            case "passend", _, data:
                return Passed(data.encode(), (Finished("stop"), Ended()))
            case "bug", _, _:
                raise RuntimeError("a bug of the reader")
            case "shape", _, _:
                raise TypeError("string indices must be integers")
            case _:
                raise KeyError(word)


def wire(*frames: Iterable[str]) -> bytes:
    return b"".join(b"data: " + json.dumps(list(frame)).encode() + b"\n\n" for frame in frames)


def writer(include_usage: bool = False) -> Encoder:
    request = ChatRequest(body={}, raw=b"", model="gpt-4o", messages=(), stream=True, include_usage=include_usage)
    return encoder(request, Ids("chatcmpl-1", 1, "m", "r1"))


def make(at_close: Iterable[Event] = (), include_usage: bool = False, limit: int = 1 << 20) -> Pipe:
    return Pipe(Decoder(limit), Script(at_close), writer(include_usage), Meter("gpt-4o"), prompt_estimate=7)


def piped(data: bytes, pipe: Pipe | None = None) -> tuple[Pipe, bytes]:
    """The whole of `data` through a pipe, checked to come out the same however it is cut."""
    pipe = pipe or make()
    chunks = [*pipe.feed(data), *pipe.close()]
    assert b"" not in chunks
    return pipe, b"".join(chunks)


def texts(out: bytes) -> list[str]:
    frames = [json.loads(frame[6:]) for frame in out.split(b"\n\n") if frame and frame != DONE.strip()]
    choices = [choice for frame in frames for choice in frame.get("choices", [])]
    return [choice["delta"]["content"] for choice in choices if choice["delta"].get("content")]


REPLIES = [
    wire(["start"], ["say:Hel"], ["say:lo"], ["stop"], ["end"]),
    wire(["start"], ["say:Hel", "say:lo", "stop", "usage:5", "end", "say:late"], ["say:later"]),
    wire(["start"], ["fail"]),
    wire(["start"], ["say:a"], ["fail", "say:b"], ["say:c"]),
    wire(["start"], ["say:a", "nonsense", "say:b"]),
    wire(["start", "nonsense"]),
    wire(["say:a"]) + b"data: {cut",
    wire(["say:a"], ["stop"]),
    wire(["role:{}"], ["odd:{}"], ["pass:{}"], ["usage:3"], ["passend:{}"]),
    wire(["role:{}"], ["passfail:{}"]),
    wire(["end"]),
    b"",
    b"<html>gateway time-out</html>",
    b"data: <html>\n\n",
]


@pytest.mark.parametrize("data", REPLIES)
def test_a_reply_comes_out_the_same_however_it_is_cut(data: bytes) -> None:
    same_at_every_split(make, data)
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        pipe = make()
        chunks = [chunk for piece in pieces for chunk in pipe.feed(piece)] + pipe.close()
        assert b"" not in chunks
        assert (pipe.fault, pipe.finished, pipe.produced) == _states(data)


def _states(data: bytes) -> tuple[Fault | None, bool, bool]:
    pipe, _ = piped(data)
    return pipe.fault, pipe.finished, pipe.produced


def test_a_long_reply_comes_out_the_same_at_seeded_offsets() -> None:
    data = wire(["start"], *([f"say:word {number} 你好"] for number in range(60)), ["stop", "usage:9"], ["end"])
    offsets = offsets_for(data, seed=1, frame_boundaries=frame_boundaries(data))
    assert len(offsets) > 200
    (out,) = same_at_every_split(make, data, offsets=offsets)
    assert len(texts(out)) == 60


def test_a_complete_reply_ends_with_one_done() -> None:
    pipe, out = piped(REPLIES[0])
    assert (pipe.fault, pipe.finished, pipe.produced) == (None, True, True)
    assert "".join(texts(out)) == "Hello"
    assert out.count(DONE) == 1
    assert out.endswith(DONE)


def test_a_finish_without_end_marker_is_complete_when_the_body_ends() -> None:
    pipe = make()
    assert DONE not in pipe.feed(wire(["say:a", "stop"]))
    assert pipe.close() == [DONE]
    assert pipe.close() == []
    assert pipe.feed(wire(["say:b"])) == []


def test_nothing_is_parsed_after_the_end() -> None:
    pipe = make()
    assert pipe.feed(wire(["say:a", "end"]))[-1] == DONE
    assert pipe.feed(b"data: garbage\n\n") == []
    assert pipe.close() == []
    assert pipe.fault is None


def test_the_reader_may_finish_when_the_body_ends() -> None:
    pipe, out = piped(wire(["say:a"]), make(at_close=[Finished("length")]))
    assert (pipe.fault, pipe.finished) == (None, True)
    assert b'"finish_reason":"length"' in out
    assert out.endswith(DONE)
    assert piped(wire(["say:a"]), make(at_close=[Finished("stop"), Ended()]))[1].count(DONE) == 1


def test_a_cut_reply_is_an_error_and_has_no_done() -> None:
    pipe, out = piped(wire(["say:a"]))
    assert pipe.fault is not None
    assert (pipe.fault.kind, pipe.finished) == (FaultKind.CUT, False)
    assert DONE not in out
    assert b"before it was complete (request id: r1)" in out


@pytest.mark.parametrize("data", [b"", wire(["start"]), wire(["role:{}"]), b"data: {cut", b"<html></html>"])
def test_a_reply_cut_before_anything_was_said_produces_nothing(data: bytes) -> None:
    pipe, out = piped(data)
    assert out == b""
    assert not pipe.produced
    assert pipe.fault is not None
    assert pipe.fault.kind is FaultKind.CUT


@pytest.mark.parametrize(
    "frames", [(["fail"],), (["start"], ["fail"]), (["role:{}"], ["fail"]), (["role:{}"], ["passfail:{}"])]
)
def test_a_failure_before_anything_was_said_is_left_to_the_caller(frames: tuple[list[str], ...]) -> None:
    pipe, out = piped(wire(*frames))
    assert out == b""
    assert (pipe.fault, pipe.produced) == (BUSY, False)


def test_a_failure_later_is_one_error_frame() -> None:
    pipe, out = piped(wire(["say:a"], ["say:b", "fail", "say:c"], ["end"]))
    assert pipe.fault is BUSY
    assert texts(out) == ["a", "b"]
    assert out.count(b'"error"') == 1
    assert out.endswith(b'"code":null}}\n\n')


def test_a_frame_that_makes_no_sense_is_garbage() -> None:
    pipe, out = piped(wire(["start"], ["nonsense"]))
    assert out == b""
    assert pipe.fault is not None
    assert (pipe.fault.kind, pipe.fault.status) == (FaultKind.GARBAGE, 502)
    pipe, out = piped(wire(["say:a"], ["say:b", "nonsense", "say:c"]))
    assert texts(out) == ["a", "b"]
    assert b"cannot be read: 'nonsense' (request id: r1)" in out


def test_a_frame_of_another_shape_is_garbage_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    pipe, out = piped(wire(["say:a", "shape"]))
    assert pipe.fault is not None
    assert pipe.fault.kind is FaultKind.GARBAGE
    assert texts(out) == ["a"]
    assert "string indices" in caplog.text
    assert b"string indices" not in out


def test_a_frame_without_end_is_garbage() -> None:
    pipe = make(limit=100)
    assert texts(b"".join(pipe.feed(wire(["say:a"])))) == ["a"]
    out = b"".join(pipe.feed(b"data: " + b"x" * 200))
    assert pipe.fault is not None
    assert pipe.fault.kind is FaultKind.GARBAGE
    assert b"larger than 100 bytes" in out


def test_a_deeply_nested_frame_is_garbage() -> None:
    pipe, _ = piped(b"data: " + b"[" * 100_000 + b"\n\n")
    assert pipe.fault is not None
    assert pipe.fault.kind is FaultKind.GARBAGE


def test_a_bug_is_logged_and_told_without_details(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        pipe, out = piped(wire(["say:a"], ["bug"]))
    assert pipe.fault is not None
    assert (pipe.fault.kind, pipe.fault.status) == (FaultKind.BUG, 500)
    assert "a bug of the reader" in caplog.text
    assert b"a bug of the reader" not in out
    assert b"internal error while translating the reply" in out


def test_a_bug_at_the_end_is_told_as_well(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Script):
        def close(self) -> Iterable[Event]:
            raise RuntimeError("at the end")

    pipe = Pipe(Decoder(), Broken(), writer(), Meter("m"))
    pipe.feed(wire(["say:a"]))
    assert b'"error"' in b"".join(pipe.close())
    assert pipe.fault is not None
    assert pipe.fault.kind is FaultKind.BUG
    assert "at the end" in caplog.text


def test_an_exception_after_the_end_changes_nothing() -> None:
    pipe, out = piped(wire(["say:a", "end"]).replace(b'"end"', b'"end", "bug"'))
    assert pipe.fault is None
    assert out.endswith(DONE)


def test_an_unreadable_rest_after_the_finish_changes_nothing() -> None:
    pipe, out = piped(wire(["say:a", "stop"]) + b"data: {cut")
    assert pipe.fault is None
    assert out.endswith(DONE)


def test_what_says_nothing_is_held_back_until_something_real_follows() -> None:
    pipe = make()
    assert pipe.feed(wire(["role:{}"], ["odd:{}"], ["usage:3"], ["say:"])) == []
    assert not pipe.produced
    assert pipe.feed(wire(["pass:{}"])) == [b"data: {}\n\n"] * 3
    assert pipe.produced


def test_what_is_held_back_is_shown_at_a_clean_end() -> None:
    pipe, out = piped(wire(["role:{}"], ["end"]))
    assert out == b"data: {}\n\n" + DONE
    assert (pipe.produced, pipe.finished) == (True, True)


def test_a_lot_of_unknown_meaning_is_not_held_back() -> None:
    pipe = make()
    big = "x" * (HELD_LIMIT // 2)
    assert pipe.feed(wire([f"odd:{big}"])) == []
    assert len(pipe.feed(wire([f"odd:{big}"]))) == 2
    assert pipe.produced


@pytest.mark.parametrize("event", [ReasoningDelta("hm"), ToolCallStarted(0, "c", "f"), Finished("stop")])
def test_other_real_events_are_shown_at_once(event: Event) -> None:
    class One(Script):
        def read(self, frame: Frame) -> Iterator[Event]:
            yield event

    pipe = Pipe(Decoder(), One(), writer(), Meter("m"))
    assert len(pipe.feed(wire([]))) == 2
    assert pipe.produced


def test_usage_that_was_asked_for_and_not_reported_is_counted() -> None:
    _, out = piped(wire(["say:hello world", "end"]), make(include_usage=True))
    usage = json.loads(out.split(b"\n\n")[-3][6:])["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (7, 2)
    _, out = piped(wire(["say:hello world", "usage:9", "stop"]), make(include_usage=True))
    assert json.loads(out.split(b"\n\n")[-3][6:])["usage"]["completion_tokens"] == 9


def test_the_meter_sees_everything_that_is_shown() -> None:
    meter = Meter("gpt-4o")
    run(lambda: Pipe(Decoder(), Script(), writer(), meter), [wire(["pass:hello world", "stop"])])
    assert meter.usage(3)[0].completion == 2


def test_the_official_client_reads_ends_and_errors_as_they_are() -> None:
    complete, cut, failed = parsed_by_openai(
        [
            Reply("chat-stream", piped(REPLIES[0])[1]),
            Reply("chat-stream", piped(wire(["say:a"]))[1]),
            Reply("chat-stream", piped(wire(["say:a"], ["fail"]))[1]),
        ]
    )
    assert (complete.error, complete.invalid) == ("", [])
    assert complete.final is not None
    assert complete.final["choices"][0]["message"]["content"] == "Hello"
    assert cut.error == "APIError: the provider ended the reply before it was complete (request id: r1)"
    assert failed.error == "APIError: busy (request id: r1)"


def test_what_is_given_up_says_why_unless_it_was_complete() -> None:
    late = Fault(FaultKind.TRANSPORT, 504, "too late")
    pipe = make()
    pipe.feed(wire(["say:a"]))
    (said,) = pipe.give_up(late)
    assert (pipe.fault, b"too late" in said, DONE in said) == (late, True, False)
    assert pipe.give_up(late) == []
    pipe = make()
    pipe.feed(wire(["say:a"], ["stop"]))
    out = b"".join(pipe.give_up(late))
    assert (pipe.fault, out.endswith(DONE)) == (None, True)


def test_what_is_given_up_before_anything_was_said_is_left_to_the_caller() -> None:
    late = Fault(FaultKind.TRANSPORT, 504, "too late")
    pipe = make()
    pipe.feed(wire(["start"]))
    assert (pipe.give_up(late), pipe.fault, pipe.produced) == ([], late, False)
