"""Masks against a PNG writer that knows every filter."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from addon.canon.masks import SIGNATURE, Unmasked, painted


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    """A row as PNG's specification filters it."""
    out = bytearray([kind])
    for at, byte in enumerate(row):
        left, up = (row[at - step] if at >= step else 0), above[at]
        corner = above[at - step] if at >= step else 0
        near = left + up - corner
        paeth = min((left, up, corner), key=lambda one: abs(near - one))
        out.append((byte - (0, left, up, (left + up) // 2, paeth)[kind]) & 255)
    return bytes(out)


def png(alphas: list[list[int]], kinds: list[int], colour: int = 6, depth: int = 8, interlaced: int = 0) -> bytes:
    """A picture with this alpha and noise in its other channels."""
    noise, step = random.Random(1), 4 if colour == 6 else 2
    above, data = bytes(len(alphas[0]) * step), b""
    for alpha, kind in zip(alphas, kinds, strict=True):
        row = b"".join(bytes([*noise.randbytes(step - 1), one]) for one in alpha)
        data += filtered(kind, row, above, step)
        above = row
    head = struct.pack(">IIBBBBB", len(alphas[0]), len(alphas), depth, colour, 0, 0, interlaced)
    packed = zlib.compress(data)
    halves = (packed[: len(packed) // 2], packed[len(packed) // 2 :])
    chunks = [(b"IHDR", head), (b"tEXt", b"x"), *((b"IDAT", half) for half in halves), (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(*one) for one in chunks)


def greys(mask: bytes) -> list[list[int]]:
    """The picture that `painted` wrote, whose rows have no filter."""
    width, height, depth, colour = struct.unpack(">IIBB", mask[16:26])
    assert (depth, colour) == (8, 2)
    length = struct.unpack(">I", mask[33:37])[0]
    rows = zlib.decompress(mask[41 : 41 + length])
    found = []
    for start in range(0, height * (width * 3 + 1), width * 3 + 1):
        assert rows[start] == 0
        pixels = rows[start + 1 : start + 1 + width * 3]
        assert pixels[0::3] == pixels[1::3] == pixels[2::3]
        found.append(list(pixels[0::3]))
    return found


ALPHAS = [[0, 255, 255, 0], [0, 255, 255, 0], [127, 128, 3, 250], [9, 9, 200, 200], [255, 0, 255, 0]]


@pytest.mark.parametrize("kinds", [[0] * 5, [1] * 5, [2] * 5, [3] * 5, [4] * 5, [4, 2, 3, 1, 0]])
@pytest.mark.parametrize("colour", [4, 6])
def test_what_is_clear_gets_its_grey_whatever_the_filter(kinds: list[int], colour: int) -> None:
    mask = png(ALPHAS, kinds, colour)
    assert greys(painted(mask, clear=255, solid=0)) == [[255 if a < 128 else 0 for a in row] for row in ALPHAS]
    assert greys(painted(mask, clear=0, solid=255)) == [[0 if a < 128 else 255 for a in row] for row in ALPHAS]


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        (b"GIF89a", "must be a PNG"),
        (SIGNATURE, "no whole PNG"),
        (png(ALPHAS, [0] * 5)[:80], "no whole PNG"),
        (png(ALPHAS, [0] * 5, depth=16), "8 bits"),
        (png(ALPHAS, [0] * 5, interlaced=1), "interlaced"),
        (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), "alpha channel"),
        (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 9999, 9999, 8, 6, 0, 0, 0)), "too large"),
        (
            SIGNATURE
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\x09\0\0\0\0")),
            "no whole PNG",
        ),
        (
            SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)) + chunk(b"IDAT", b"no zlib"),
            "no whole PNG",
        ),
    ],
)
def test_what_is_no_mask_is_told(mask: bytes, why: str) -> None:
    with pytest.raises(Unmasked, match=why):
        painted(mask, 0, 255)
