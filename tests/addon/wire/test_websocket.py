"""RFC 6455's own examples (5.7), every split, and everything that a server must not send."""

from __future__ import annotations

import time

import pytest

from addon.wire.websocket import (
    BINARY,
    PING,
    PONG,
    TEXT,
    Close,
    Decoder,
    Message,
    Ping,
    close_frame,
    encode,
)
from tests.splits import same_at_every_split

MASK = bytes([0x37, 0xFA, 0x21, 0x3D])


def frame(opcode: int, data: bytes = b"", final: bool = True) -> bytes:
    """As a server sends it: unmasked."""
    size = len(data)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 65536 else b"\x7f" + size.to_bytes(8)
    return bytes([opcode | (0x80 if final else 0)]) + length + data


def test_the_rfcs_masked_hello() -> None:
    assert encode(TEXT, b"Hello", MASK) == bytes.fromhex("818537fa213d7f9f4d5158")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70001])
def test_a_frame_of_any_length_is_what_others_read(size: int) -> None:
    from wsproto import ConnectionType
    from wsproto.connection import Connection
    from wsproto.events import BytesMessage

    server = Connection(ConnectionType.SERVER)
    data = bytes(number % 251 for number in range(size))
    server.receive_data(encode(BINARY, data, MASK))
    assert b"".join(event.data for event in server.events() if isinstance(event, BytesMessage)) == data


SAID = b"".join(
    [
        frame(TEXT, b"Hello"),
        frame(PING, b"Hello"),
        frame(TEXT, b"Hel", final=False),
        frame(PING),
        frame(PONG, b"late"),
        frame(0, b"\xe4\xbd", final=False),
        frame(0, b"\xa0"),
        frame(BINARY, b"\xff" * 300),
        frame(TEXT),
        frame(0x8, b"\x03\xe8bye"),
        b"what comes after a close is nobody's",
    ]
)
HEARD = [
    Message(b"Hello"),
    Ping(b"Hello"),
    Ping(b""),
    Message("Hel你".encode()),
    Message(b"\xff" * 300, binary=True),
    Message(b""),
    Close(1000, "bye"),
]


def test_what_a_server_says_is_the_same_at_every_split() -> None:
    assert same_at_every_split(Decoder, SAID, HEARD) == HEARD


def test_a_long_message_has_its_length_in_eight_bytes() -> None:
    data = bytes(70_000)
    assert Decoder().feed(frame(BINARY, data)) == [Message(data, binary=True)]


@pytest.mark.parametrize(("data", "close"), [(b"", Close(1005, "")), (b"\x03\xe9", Close(1001, ""))])
def test_a_close_may_say_less(data: bytes, close: Close) -> None:
    assert Decoder().feed(frame(0x8, data)) == [close]


def test_our_own_close_has_a_code() -> None:
    assert close_frame(1000, b"\0\0\0\0") == b"\x88\x82\0\0\0\0\x03\xe8"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"\xc1\x00", "bits"),
        (bytes.fromhex("818537fa213d7f9f4d5158"), "bits"),
        (frame(PING, bytes(126)), "control"),
        (frame(PING, final=False), "control"),
        (frame(0, b"x"), "cannot"),
        (frame(TEXT, b"x", final=False) + frame(TEXT, b"y"), "cannot"),
        (frame(0x3), "unknown kind 3"),
        (frame(0xB), "unknown kind 11"),
        (frame(TEXT, b"\xff"), "utf-8"),
        (frame(0x8, b"\x03"), "half"),
        (frame(0x8, b"\x03\xe8\xff"), "utf-8"),
        (b"\x81\x7f" + (1 << 40).to_bytes(8), "larger"),
        (frame(TEXT, bytes(60), final=False) + frame(0, bytes(41)), "larger"),
    ],
)
def test_what_no_server_may_send_is_an_error_at_every_split(bad: bytes, why: str) -> None:
    good = frame(TEXT, b"before")
    for cut in range(len(good + bad) + 1):
        decoder, heard = Decoder(limit=100), []
        with pytest.raises(ValueError, match=why):
            for chunk in ((good + bad)[:cut], (good + bad)[cut:], b""):
                heard += decoder.feed(chunk)
        assert heard == [Message(b"before")]
        with pytest.raises(ValueError, match=why):
            decoder.close()


@pytest.mark.parametrize("said", [b"", frame(TEXT, b"x"), b"\x81", frame(TEXT, b"x", final=False)])
def test_an_end_without_a_close_is_an_error(said: bytes) -> None:
    decoder = Decoder()
    decoder.feed(said)
    with pytest.raises(ValueError, match="without a close"):
        decoder.close()


def test_a_message_in_very_many_pieces_takes_no_longer_than_its_bytes() -> None:
    decoder, piece = Decoder(), frame(0, b"", final=False)
    began = time.process_time()
    assert decoder.feed(frame(TEXT, b"a", final=False) + piece * 40_000 + frame(0, b"b")) == [Message(b"ab")]
    assert time.process_time() - began < 2
