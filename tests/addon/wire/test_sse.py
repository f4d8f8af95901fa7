from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.frame import Frame
from addon.wire.sse import Decoder, FrameTooLarge
from tests.splits import run, same_at_every_split


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"", []),
        (b"data: a\n\n", [Frame(b"a")]),
        (b"data:a\n\n", [Frame(b"a")]),
        (b"data:  a\n\n", [Frame(b" a")]),
        (b"data: a\r\n\r\n", [Frame(b"a")]),
        (b"data: a\r\r", [Frame(b"a")]),
        (b"data: a\r\r\ndata: b\n\r\n", [Frame(b"a"), Frame(b"b")]),
        (b"data: a\ndata: b\n\n", [Frame(b"a\nb")]),
        (b"data: a\ndata\ndata:\n\n", [Frame(b"a\n\n")]),
        (b"data:\n\n", [Frame(b"")]),
        (b"event: ping\ndata: {}\n\ndata: x\n\n", [Frame(b"{}", "ping"), Frame(b"x")]),
        (b"event:done\ndata:1\n\n", [Frame(b"1", "done")]),
        (b"event: lonely\n\ndata: x\n\n", [Frame(b"x")]),
        (b": a comment\n\n:\n\ndata: x\n\n", [Frame(b"x")]),
        (b"id: 7\nretry: 10\nunknown: y\ndata: x\n\n", [Frame(b"x")]),
        (b"\xef\xbb\xbfdata: x\n\n", [Frame(b"x")]),
        (b"data: \xef\xbb\xbfx\n\n", [Frame(b"\xef\xbb\xbfx")]),
        (b"data: a\n\n\n\n\ndata: b\n\n", [Frame(b"a"), Frame(b"b")]),
        (b"data: unfinished", [Frame(b"unfinished")]),
        (b"data: unfinished\n", [Frame(b"unfinished")]),
        (b"event: unfinished", []),
        (b"data: \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80\n\n", [Frame("你好 😀".encode())]),
        (b"event: \xff\ndata: x\n\n", [Frame(b"x", "�")]),
        (b" data: x\n\ndata : y\n\n", []),
        (b"data: a:b\n\n", [Frame(b"a:b")]),
    ],
)
def test_decoder_reads_a_stream_as_the_specification_does(data: bytes, frames: list[Frame]) -> None:
    same_at_every_split(Decoder, data, frames)


def test_decoder_takes_an_event_of_two_megabytes_in_small_pieces_in_linear_time() -> None:
    def seconds(size: int) -> float:
        data = b"data: " + b"x" * size + b"\n\n"
        begun = time.perf_counter()
        frames = run(Decoder, [data[at : at + 100] for at in range(0, len(data), 100)])
        assert frames == [Frame(b"x" * size)]
        return time.perf_counter() - begun

    assert seconds(2_000_000) < 20 * seconds(250_000) + 0.5


def test_decoder_refuses_an_event_beyond_its_limit_but_gives_what_came_before() -> None:
    def make() -> Decoder:
        return Decoder(limit=20)

    decoder = make()
    assert decoder.feed(b"data: short\n\ndata: " + b"x" * 30) == [Frame(b"short")]
    with pytest.raises(FrameTooLarge):
        decoder.feed(b"y")
    with pytest.raises(FrameTooLarge):
        make().feed(b"data: 1234567890\ndata: 1234567890\n")
    with pytest.raises(FrameTooLarge):
        make().feed(b"x" * 21)
    assert run(make, [b"data: 12345\n\n"] * 10) == [Frame(b"12345")] * 10


def test_the_default_limit_lets_an_image_of_ten_megabytes_through() -> None:
    assert len(run(Decoder, [b"data: " + b"x" * 10_000_000 + b"\n\n"])[0].data) == 10_000_000


events = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=5),
        st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=8), min_size=1),
    ),
    max_size=4,
)


@given(events, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_is_written_as_events_is_read_as_frames(
    events: list[tuple[str, list[str]]], end: str, space: bool
) -> None:
    blank = " " if space else ""
    lines = []
    for event, data in events:
        lines.append(f"event: {event}")
        lines += [f"data:{blank}{line}" if space or not line.startswith(" ") else f"data: {line}" for line in data]
        lines.append("")
    encoded = "".join(line + end for line in lines).encode()
    wanted = [Frame("\n".join(data).encode(), event) for event, data in events]
    assert run(Decoder, [encoded]) == wanted
    assert run(Decoder, [encoded[at : at + 3] for at in range(0, len(encoded), 3)]) == wanted
