"""Masks, from OpenAI's form to the others': there what shall change is clear, elsewhere it is black or white.

PNG, https://www.w3.org/TR/png-3/. Only the alpha of each pixel is unpacked: a filter stays within its channel. Must not
know requests nor providers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ALPHA = {4: 2, 6: 4}
"""Colour types with alpha -> bytes of a pixel."""
MOST_PIXELS = 2048 * 2048
CLEAR = 128
"""Below this a pixel is clear."""


class Unmasked(ValueError):
    """No mask of OpenAI's form; the message says why, for the client."""


def painted(png: bytes, clear: int, solid: int) -> bytes:
    """The mask as an RGB PNG without alpha, with these greys (0 to 255) for what is clear and what is not.

    Raises Unmasked.
    """
    try:
        width, height, channels, packed = _parts(png)
        stride = width * channels + 1
        raw = zlib.decompressobj().decompress(packed, height * stride)
    except (struct.error, zlib.error):
        raise Unmasked("the mask is no whole PNG") from None
    if len(raw) < height * stride:
        raise Unmasked("the mask is no whole PNG")
    greys = bytes(clear if alpha < CLEAR else solid for alpha in range(256))
    rows = (row.translate(greys) for row in _alpha_rows(raw, width, height, channels))
    pixels = b"".join(map(_in_colour, rows))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(pixels, 1)), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(parts)


def _parts(png: bytes) -> tuple[int, int, int, bytes]:
    """(width, height, bytes of a pixel, packed pixels)"""
    if not png.startswith(SIGNATURE):
        raise Unmasked("the mask must be a PNG")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    if depth != 8 or colour not in ALPHA or interlaced:
        raise Unmasked("the mask must be a PNG with an alpha channel of 8 bits, and not interlaced")
    if width * height > MOST_PIXELS:
        raise Unmasked("the mask is too large")
    return width, height, ALPHA[colour], b"".join(_data(png))


def _data(png: bytes) -> Iterator[bytes]:
    at = len(SIGNATURE)
    while at + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            yield png[at + 8 : at + 8 + length]
        at += 12 + length


def _alpha_rows(raw: bytes, width: int, height: int, channels: int) -> Iterator[bytes]:
    above = bytes(width)
    stride = width * channels + 1
    for start in range(0, height * stride, stride):
        line = raw[start + channels : start + stride : channels]
        above = _unfiltered(raw[start], line, above)
        yield above


def _in_colour(greys: bytes) -> bytes:
    """A row without a filter."""
    row = bytearray(1 + 3 * len(greys))
    row[1::3] = row[2::3] = row[3::3] = greys
    return bytes(row)


def _unfiltered(kind: int, line: bytes, above: bytes) -> bytes:
    if kind in (2, 4) and not any(line):
        return above  # most rows of most masks
    match kind:
        case 0:
            return line
        case 1:
            sums: Iterator[int] = accumulate(line)
            return bytes(byte & 255 for byte in sums)
        case 2:
            return bytes((up + byte) & 255 for up, byte in zip(above, line, strict=True))
        case 3 | 4:
            return _from_neighbours(kind, line, above)
    raise Unmasked("the mask is no whole PNG")


def _from_neighbours(kind: int, line: bytes, above: bytes) -> bytes:
    left = corner = 0
    row = bytearray()
    for byte, up in zip(line, above, strict=True):
        guess = (left + up) >> 1 if kind == 3 else _paeth(left, up, corner)
        left, corner = (byte + guess) & 255, up
        row.append(left)
    return bytes(row)


def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
