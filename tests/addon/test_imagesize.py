from __future__ import annotations

import struct

import pytest

from addon.imagesize import image_size

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


FRAME = segment(0xC0, struct.pack(">BHHB", 8, 480, 640, 3))
EXIF = segment(0xE1, b"Exif" * 1000)
TABLE = segment(0xC4, b"huffman")


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


LOSSY = webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480 | 0x4000))
LOSSLESS = webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14))
EXTENDED = webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"))


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        GIF,
        GIF.replace(b"89a", b"87a"),
        b"\xff\xd8" + EXIF + TABLE + FRAME,
        b"\xff\xd8" + segment(0xE0, b"JFIF") + b"\xff\xff\xff" + FRAME[1:],
        b"\xff\xd8\xff\x01" + FRAME.replace(b"\xc0", b"\xc2", 1),
        LOSSY,
        LOSSLESS,
        EXTENDED,
    ],
)
def test_the_size_is_read_from_the_first_bytes(data: bytes) -> None:
    assert image_size(data) == (640, 480)
    assert image_size(data + b"\0" * 100) == (640, 480)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BM a bitmap",
        PNG[:20],
        GIF[:7],
        b"\xff\xd8",
        b"\xff\xd8" + EXIF,
        b"\xff\xd8 no marker",
        b"\xff\xd8" + FRAME[:6],
        LOSSY[:27],
        LOSSLESS[:22],
        EXTENDED[:28],
        webp(b"XXXX", bytes(40)),
        PNG[:16] + bytes(8),
        GIF[:6] + bytes(4),
    ],
)
def test_what_has_no_size_has_none(data: bytes) -> None:
    assert image_size(data) is None
