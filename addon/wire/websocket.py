"""WebSocket frames as a client has them: what it sends is masked, what it gets is not. RFC 6455, without extensions.

Bytes to messages and back; must not know what a message means, nor who answers a ping.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL, RESERVED, OPCODE, MASKED, LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
LIMIT = 16 * 1024 * 1024
"""Bytes per message, as for the frames of other streams."""
LONGEST_CONTROL = 125


@dataclass(frozen=True, slots=True)
class Message:
    data: bytes
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    """To be answered by a pong with the same data."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The other side's last word; 1005: it gave no code (7.1.5)."""

    code: int = 1005
    reason: str = ""


Piece = Message | Ping | Close


def encode(opcode: int, data: bytes, mask: bytes) -> bytes:
    """One unfragmented frame. `mask`: four random bytes, new for each frame (5.3)."""
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", FINAL | opcode, MASKED | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", FINAL | opcode, MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", FINAL | opcode, MASKED | 127, size)
    return head + mask + masked(data, mask)


def masked(data: bytes, mask: bytes) -> bytes:
    pad = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(pad)).to_bytes(len(data))


def close_frame(code: int, mask: bytes) -> bytes:
    return encode(CLOSE, struct.pack("!H", code), mask)


class Decoder:
    """What a server sends. An error behind whole pieces is raised by the next call, however the bytes were cut."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._message = bytearray()
        self._kind: int | None = None
        """The opcode of the message that is being collected."""
        self._closed = False
        self._error: ValueError | None = None

    def feed(self, chunk: bytes) -> list[Piece]:
        """The messages and control frames that this chunk completes; none after a close. Raises ValueError."""
        pieces: list[Piece] = []
        if self._error is not None:
            raise self._error
        self._buffer += chunk
        try:
            while not self._closed and (frame := self._frame()) is not None:
                piece = self._piece(*frame)
                if piece is not None:
                    pieces.append(piece)
                    self._closed = isinstance(piece, Close)
        except ValueError as error:
            self._error = error
            if not pieces:
                raise
        return pieces

    def close(self) -> list[Piece]:
        """The connection has ended. Raises ValueError if that was in the middle."""
        if self._error is not None:
            raise self._error
        if not self._closed:
            raise ValueError("the WebSocket ended without a close")
        return []

    def _frame(self) -> tuple[int, bool, bytes] | None:
        """The next whole frame: opcode, is it the last of its message, its data."""
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[0], self._buffer[1]
        opcode, final = first & OPCODE, bool(first & FINAL)
        if first & RESERVED or second & MASKED:
            raise ValueError("a WebSocket frame with bits that nobody agreed on")
        sizes = {126: 2, 127: 8}.get(second & LENGTH, 0)
        start = 2 + sizes
        if opcode >= CLOSE and (sizes or not final):
            raise ValueError("a WebSocket control frame that is long or in pieces")
        if len(self._buffer) < start:
            return None
        size = int.from_bytes(self._buffer[2:start]) if sizes else second & LENGTH
        if size + len(self._message) > self._limit:
            raise ValueError(f"a WebSocket message is larger than {self._limit} bytes")
        if len(self._buffer) < start + size:
            return None
        data = bytes(self._buffer[start : start + size])
        del self._buffer[: start + size]
        return opcode, final, data

    def _piece(self, opcode: int, final: bool, data: bytes) -> Piece | None:
        match opcode:
            case 0x1 | 0x2 | 0x0:
                return self._part(opcode, final, data)
            case 0x8:
                return _close(data)
            case 0x9:
                return Ping(data)
            case 0xA:
                return None
        raise ValueError(f"a WebSocket frame of the unknown kind {opcode}")

    def _part(self, opcode: int, final: bool, data: bytes) -> Message | None:
        if (opcode == CONTINUATION) is (self._kind is None):
            raise ValueError("a WebSocket message that begins or goes on where it cannot")
        self._kind = opcode if self._kind is None else self._kind
        self._message += data
        if not final:
            return None
        whole, binary = bytes(self._message), self._kind == BINARY
        self._message, self._kind = bytearray(), None
        if not binary:
            whole.decode()  # raises UnicodeDecodeError, a ValueError
        return Message(whole, binary)


def _close(data: bytes) -> Close:
    if not data:
        return Close()
    if len(data) == 1:
        raise ValueError("a WebSocket close with half a code")
    return Close(int.from_bytes(data[:2]), data[2:].decode())
