from __future__ import annotations

import base64
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.frame import Frame
from addon.wire.aws_eventstream import Decoder
from addon.wire.framer import FrameTooLarge
from tests.addon.wire.messages import event, exception, header, message, text_header
from tests.clients import ask
from tests.recordings import Recording, cases, recordings
from tests.splits import run, same_at_every_split

# A frame as Bedrock sent it (facts, 3.4), and the empty one of Smithy's test vectors.
REAL = bytes.fromhex(
    "0000008f00000052d3f1c8f20b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d74797065070010"
    "6170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e74"
) + (b'{"p":"abcdefghijklmnopqr","role":"assistant"}' + bytes.fromhex("c16b710b"))
EMPTY = bytes.fromhex("000000100000000005c248eb7d98c8ff")
OTHER_TYPES = b"".join(
    [
        header("yes", 0, b""),
        header("no", 1, b""),
        header("byte", 2, b"\xcf"),
        header("short", 3, b"\x00\x01"),
        header("int", 4, b"\x00\x00\xa0\x0c"),
        header("long", 5, bytes(8)),
        header("bytes", 6, struct.pack(">H", 3) + b"\xff\x00\x01"),
        header("time", 8, bytes(8)),
        header("uuid", 9, bytes(16)),
    ]
)


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"", []),
        (EMPTY, [Frame(b"", "")]),
        (REAL, [Frame(b'{"p":"abcdefghijklmnopqr","role":"assistant"}', "messageStart")]),
        (event("chunk", b"{}") * 3, [Frame(b"{}", "chunk")] * 3),
        (message(OTHER_TYPES + text_header(":event-type", "last"), b"x"), [Frame(b"x", "last")]),
        (
            exception("throttlingException", b'{"message":"slow down"}'),
            [Frame(b'{"message":"slow down"}', "throttlingException")],
        ),
        (
            message({":message-type": "error", ":error-code": "InternalError", ":error-message": "broken"}),
            [Frame(b'{"message": "broken"}', "InternalError")],
        ),
        (message({":message-type": "error"}), [Frame(b'{"message": ""}', "error")]),
        (message({":event-type": "é"}, "你好".encode()), [Frame("你好".encode(), "é")]),
    ],
)
def test_messages_are_frames_at_every_cut(data: bytes, frames: list[Frame]) -> None:
    same_at_every_split(Decoder, data, frames)


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("at", range(len(REAL)))
def test_a_changed_byte_anywhere_is_noticed(at: int) -> None:
    with pytest.raises(ValueError, match=r"checksum|not an AWS event stream"):
        run(Decoder, [changed(REAL, at)])


def test_frames_before_a_broken_one_are_seen() -> None:
    data = REAL + changed(REAL, 50)
    for cut in range(1, len(data)):
        decoder = Decoder()
        seen = []
        with pytest.raises(ValueError, match="checksum"):
            for chunk in (data[:cut], data[cut:], b""):
                seen += decoder.feed(chunk)
        assert [frame.event for frame in seen] == ["messageStart"]


@pytest.mark.parametrize("size", range(1, len(REAL)))
def test_a_stream_that_ends_within_a_message_says_so(size: int) -> None:
    with pytest.raises(ValueError, match="ends in the middle"):
        run(Decoder, [REAL + REAL[:size]])


@pytest.mark.parametrize(
    "headers",
    [b"\x05abc", header("name", 7, b"\x00\x09short"), header("name", 77, b""), b"\x01a", header("name", 4, b"\x00")],
)
def test_headers_that_do_not_add_up_are_garbage(headers: bytes) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        run(Decoder, [message(headers, b"payload")])


def test_headers_longer_than_their_message_are_garbage() -> None:
    head = struct.pack(">II", 20, 500)
    with pytest.raises(ValueError, match="shorter than its headers"):
        run(Decoder, [head + struct.pack(">I", zlib.crc32(head)) + bytes(8)])


def test_text_that_is_no_event_stream_is_noticed_at_once() -> None:
    with pytest.raises(ValueError, match="not an AWS event stream"):
        Decoder().feed(b"<html><body>")


def test_a_message_beyond_the_limit_is_refused_before_it_is_held() -> None:
    with pytest.raises(FrameTooLarge):
        Decoder(limit=100).feed(REAL[:12])
    assert run(lambda: Decoder(limit=len(REAL)), [REAL]) == run(Decoder, [REAL])


def test_small_pieces_take_linear_time() -> None:
    def seconds(size: int) -> float:
        data = event("chunk", b"x" * size)
        begun = time.perf_counter()
        assert len(run(Decoder, [data[at : at + 100] for at in range(0, len(data), 100)])) == 1
        return time.perf_counter() - begun

    assert seconds(2_000_000) < 20 * seconds(250_000) + 0.5


@given(st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=200)), max_size=5), st.integers(1, 50))
def test_what_is_written_as_events_is_read_as_frames(events: list[tuple[str, bytes]], piece: int) -> None:
    data = b"".join(event(kind, payload) for kind, payload in events)
    frames = [Frame(payload, kind) for kind, payload in events]
    assert run(Decoder, [data[at : at + piece] for at in range(0, len(data), piece)]) == frames


@pytest.mark.parametrize("recording", cases(["bedrock"], ["chat-stream"]))
def test_a_recorded_stream_is_read_like_the_bytes_say(recording: Recording) -> None:
    if recording.framing != "eventstream":
        assert recording.status != 200
        return
    frames = run(Decoder, [recording.body])
    lengths = list(recording.chunk_lengths) or [1000]
    pieces, at = [], 0
    while at < len(recording.body):
        size = lengths.pop(0) if lengths else 1000
        pieces.append(recording.body[at : at + size])
        at += size
    assert run(Decoder, pieces) == frames
    assert all(frame.event for frame in frames)


def test_botocore_reads_the_same_frames() -> None:
    streams = [one.body for one in recordings(["bedrock"], ["chat-stream"]) if one.framing == "eventstream"]
    streams += [REAL, event("chunk", b"{}") + exception("validationException", b"{}"), message(OTHER_TYPES, b"x")]
    theirs: list[Any] = ask(_BOTOCORE, [base64.b64encode(body).decode() for body in streams])
    for body, wanted in zip(streams, theirs, strict=True):
        assert [[frame.event, frame.data.decode()] for frame in run(Decoder, [body])] == wanted


_BOTOCORE = """
import base64, json, sys
from botocore.eventstream import EventStreamBuffer

def frames(body):
    buffer = EventStreamBuffer()
    buffer.add_data(base64.b64decode(body))
    return [[found.headers.get(":event-type") or found.headers.get(":exception-type") or "", found.payload.decode()]
            for found in buffer]

print(json.dumps([frames(body) for body in json.load(sys.stdin)]))
"""
