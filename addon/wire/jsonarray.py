r"""A JSON array that arrives element by element (`[{...},\r\n{...}]`): bytes to frames, one per element.

That is how Gemini streams without `alt=sse`. Must not know what an element means, nor check that it is valid JSON.
A document that is one object and no array gives one frame: that is how errors look there.
"""

from __future__ import annotations

import re

from addon.canon.frame import Frame
from addon.wire.framer import LIMIT, Framer, FrameTooLarge

_BETWEEN = re.compile(rb"[^\s,\[\]]")
_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING_END = re.compile(rb'["\\]')
_BOM = b"\xef\xbb\xbf"


class Decoder(Framer):
    """One stream of objects. Only structure is looked at: brackets outside of strings."""

    def __init__(self, limit: int = LIMIT) -> None:
        super().__init__(limit)
        self._element = bytearray()
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        position = 0
        while position < len(chunk):
            if not self._depth:
                position = self._between(chunk, position)
            elif self._in_string:
                position = self._string(chunk, position)
            else:
                position = self._structure(chunk, position, frames)
            if len(self._element) > self._limit:
                raise FrameTooLarge(self._limit)

    def _finish(self, frames: list[Frame]) -> None:
        if self._depth:
            raise ValueError("the reply ends in the middle of a JSON object")

    def _between(self, chunk: bytes, position: int) -> int:
        """Skips what stands between elements; an element has begun when this returns, or the chunk is used up."""
        found = _BETWEEN.search(chunk, position)
        if found is None:
            return len(chunk)
        if found.group() != b"{":
            if found.group()[0] in _BOM:
                return found.end()
            raise ValueError("the reply is not an array of JSON objects")
        self._depth = 1
        self._element = bytearray(b"{")
        return found.end()

    def _string(self, chunk: bytes, position: int) -> int:
        if self._escaped:
            self._escaped = False
            return self._keep(chunk, position, position + 1)
        found = _STRING_END.search(chunk, position)
        if found is None:
            return self._keep(chunk, position, len(chunk))
        self._escaped = found.group() == b"\\"
        self._in_string = self._escaped
        return self._keep(chunk, position, found.end())

    def _structure(self, chunk: bytes, position: int, frames: list[Frame]) -> int:
        found = _STRUCTURE.search(chunk, position)
        if found is None:
            return self._keep(chunk, position, len(chunk))
        end = self._keep(chunk, position, found.end())
        mark = found.group()
        if mark == b'"':
            self._in_string = True
        else:
            self._depth += 1 if mark in b"{[" else -1
        if not self._depth:
            frames.append(Frame(bytes(self._element)))
            self._element.clear()
        return end

    def _keep(self, chunk: bytes, start: int, end: int) -> int:
        self._element += chunk[start:end]
        return end
