"""Server-sent events: bytes to frames, as the WHATWG specification parses them.

Must not know what the data mean, nor that JSON exists. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re

from addon.canon.frame import Frame
from addon.wire.framer import LIMIT, Framer, FrameTooLarge

__all__ = ["Decoder", "FrameTooLarge"]

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class Decoder(Framer):
    """One stream. `id` and `retry` fields and comments are dropped; events without data are none, as specified."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._first_line = True
        self._after_cr = False

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        if not chunk:
            return
        if self._is_one_event(chunk):
            frames.append(Frame(chunk[6:-2]))
            return
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        head, *lines = _LINE_END.split(chunk)
        # Only the new bytes are searched, and the rest of a line is appended: linear however small the pieces are.
        self._line += head
        self._check_size()
        for line in lines:
            self._take_line(bytes(self._line), frames)
            self._line = bytearray(line)
            self._check_size()

    def _is_one_event(self, chunk: bytes) -> bool:
        """Most pieces are a whole event of one line, and nothing is waiting."""
        return (
            chunk.startswith(b"data: ")
            and chunk.endswith(b"\n\n")
            and chunk.find(b"\n") == len(chunk) - 2
            and not (self._line or self._data or self._event or self._first_line or self._after_cr)
            and b"\r" not in chunk
            and len(chunk) <= self._limit
        )

    def _finish(self, frames: list[Frame]) -> None:
        if self._line:
            self._take_line(bytes(self._line), frames)
            self._line.clear()
        self._dispatch(frames)

    def _check_size(self) -> None:
        if self._size + len(self._line) > self._limit:
            raise FrameTooLarge(self._limit)

    def _take_line(self, line: bytes, frames: list[Frame]) -> None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(frames)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")

    def _dispatch(self, frames: list[Frame]) -> None:
        if self._data:
            frames.append(Frame(b"\n".join(self._data), self._event))
            self._data = []
            self._size = 0
        self._event = ""
