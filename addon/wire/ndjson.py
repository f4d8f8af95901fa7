"""Lines of JSON: bytes to frames, one per line that is not blank.

Must not know what a line means; whether it is JSON is the reader's business.
"""

from __future__ import annotations

from addon.canon.frame import Frame
from addon.wire.framer import LIMIT, Framer, FrameTooLarge


class Decoder(Framer):
    """One stream. The last line needs no line end."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)
        self._line = bytearray()

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        head, *lines = chunk.split(b"\n")
        self._line += head
        self._check_size()
        for line in lines:
            self._dispatch(frames)
            self._line = bytearray(line)
            self._check_size()

    def _finish(self, frames: list[Frame]) -> None:
        self._dispatch(frames)
        self._line.clear()

    def _check_size(self) -> None:
        if len(self._line) > self._limit:
            raise FrameTooLarge(self._limit)

    def _dispatch(self, frames: list[Frame]) -> None:
        line = bytes(self._line).strip()
        if line:
            frames.append(Frame(line))
