from __future__ import annotations

import pytest

from addon.canon.frame import Frame
from addon.wire.framer import FrameTooLarge
from addon.wire.ndjson import Decoder
from tests.splits import run, same_at_every_split


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"", []),
        (b'{"a":1}\n{"b":2}\n', [Frame(b'{"a":1}'), Frame(b'{"b":2}')]),
        (b'{"a":1}\r\n{"b":2}', [Frame(b'{"a":1}'), Frame(b'{"b":2}')]),
        (b'\n\n {"a":1} \n\r\n', [Frame(b'{"a":1}')]),
        ('{"t":"你好"}\n'.encode(), [Frame('{"t":"你好"}'.encode())]),
        (b"not json\n", [Frame(b"not json")]),
    ],
)
def test_decoder_gives_a_frame_per_line(data: bytes, frames: list[Frame]) -> None:
    same_at_every_split(Decoder, data, frames)


def test_decoder_refuses_a_line_beyond_its_limit() -> None:
    with pytest.raises(FrameTooLarge):
        Decoder(limit=10).feed(b"x" * 11)
    decoder = Decoder(limit=10)
    assert decoder.feed(b"short\n" + b"x" * 11) == [Frame(b"short")]
    with pytest.raises(FrameTooLarge):
        decoder.close()


def test_decoder_takes_a_line_of_two_megabytes_in_small_pieces() -> None:
    line = b'"' + b"x" * 2_000_000 + b'"'
    assert run(Decoder, [line[at : at + 100] for at in range(0, len(line), 100)]) == [Frame(line)]
