"""AWS's binary event stream (`application/vnd.amazon.eventstream`): bytes to frames, one per message.

A message is total length, length of headers, CRC of both; headers; payload; CRC of all. Numbers are big-endian.
https://smithy.io/2.0/aws/amazon-eventstream.html. Must not know any service, nor what a payload means.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from struct import unpack_from

from addon.canon.frame import Frame
from addon.wire.framer import LIMIT, Framer, FrameTooLarge

PRELUDE = 12
"""Bytes: both lengths and their CRC."""
AROUND = PRELUDE + 4
"""Bytes of a message that has neither headers nor payload."""
STRING = 7
SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Type of a header's value -> its size in bytes; 6 and 7 (bytes, text) tell theirs."""


class Decoder(Framer):
    """One stream. `Frame.event` is the event's type; of an exception or an error it is that one's name."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)
        self._bytes = bytearray()

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        self._bytes += chunk
        while len(self._bytes) >= PRELUDE:
            total, headers = self._lengths()
            if len(self._bytes) < total:
                return
            message = bytes(self._bytes[:total])
            del self._bytes[:total]
            if zlib.crc32(message[:-4]) != unpack_from(">I", message, total - 4)[0]:
                raise ValueError("the checksum of a message is wrong")
            frames.append(_frame(message[PRELUDE : PRELUDE + headers], message[PRELUDE + headers : -4]))

    def _finish(self, frames: list[Frame]) -> None:
        if self._bytes:
            raise ValueError("the reply ends in the middle of a message")

    def _lengths(self) -> tuple[int, int]:
        """The lengths of the next message and of its headers: checked before anything is waited for."""
        total, headers, checksum = unpack_from(">III", self._bytes)
        if zlib.crc32(self._bytes[: PRELUDE - 4]) != checksum:
            raise ValueError("the reply is not an AWS event stream")
        if total < AROUND + headers:
            raise ValueError("a message is shorter than its headers")
        if total > self._limit:
            raise FrameTooLarge(self._limit)
        return total, headers


def _frame(headers: bytes, payload: bytes) -> Frame:
    """An exception tells its name in another header than an event; an error has no payload, its text is a header."""
    named = dict(_texts(headers))
    if named.get(":message-type") == "error":
        return Frame(
            json.dumps({"message": named.get(":error-message", "")}).encode(), named.get(":error-code", "error")
        )
    return Frame(payload, named.get(":exception-type") or named.get(":event-type", ""))


def _texts(headers: bytes) -> Iterator[tuple[str, str]]:
    """The headers whose values are text. Raises ValueError for headers that do not add up."""
    at = 0
    while at < len(headers):
        name, at = _take(headers, at + 1, headers[at])
        kind, at = _take(headers, at, 1)
        size = SIZES.get(kind[0])
        if size is None:
            length, at = _take(headers, at, 2)
            size = int.from_bytes(length, "big")
        value, at = _take(headers, at, size)
        if kind[0] == STRING:
            yield name.decode(), value.decode()


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    """`size` bytes from `at`, and where they end."""
    if at + size > len(data):
        raise ValueError("the headers of a message do not add up")
    return data[at : at + size], at + size
