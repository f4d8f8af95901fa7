"""A frame like the one before, but for a string: what differs is found without parsing the whole of it.

Nearly all frames of a stream are the same JSON around another piece of text. A mould is made of one such frame, once it
has been parsed and understood; a further frame that fits it byte for byte, outside of the string, means the same with
another text. Must not know what the string is for.
"""

from __future__ import annotations

import json
import re
from typing import Any

_BODY = re.compile(rb'[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
"""What stands between the quotes of a JSON string."""
_PROBE = "~probe~"

LESSONS = 3
"""How often in a row a mould may be made that the next frame does not fit: some streams differ in more than a text."""

Path = tuple[str | int, ...]


class Likeness:
    """What the frames of one stream have in common. `path` leads to the text, `meaningless` as in `mould_of`."""

    __slots__ = ("_lessons", "_meaningless", "_mould", "_path")

    def __init__(self, path: Path, meaningless: tuple[str, ...] = ()) -> None:
        self._path = path
        self._meaningless = meaningless
        self._mould: Mould | None = None
        self._lessons = LESSONS

    def text(self, data: bytes) -> str | None:
        """The text of a frame that is like the one that was learned; None: it has to be parsed. Never empty."""
        if self._mould is None:
            return None
        text = self._mould.text(data)
        if text:
            self._lessons = LESSONS
        return text or None

    def learn(self, data: bytes, document: Any) -> None:
        """Takes a frame whose text, where `path` leads, is all that it says."""
        if self._lessons:
            self._lessons -= 1
            self._mould = mould_of(data, document, self._path, self._meaningless)


class Mould:
    """`before` and `behind` are the bytes around the string; `behind` may have gaps: strings that mean nothing."""

    __slots__ = ("_before", "_behind", "_gaps")

    def __init__(self, before: bytes, behind: bytes, gaps: re.Pattern[bytes] | None = None) -> None:
        self._before = before
        self._behind = behind
        self._gaps = gaps

    def text(self, data: bytes) -> str | None:
        """The string of a frame that fits; None: it has to be parsed."""
        if not data.startswith(self._before):
            return None
        start = len(self._before)
        end = _BODY.match(data, start).end()  # type: ignore[union-attr]  # it matches the empty string, too
        rest = data[end:]
        if rest != self._behind and (self._gaps is None or self._gaps.fullmatch(rest) is None):
            return None
        body = data[start:end]
        try:
            return str(json.loads(b'"' + body + b'"')) if b"\\" in body else body.decode()
        except UnicodeDecodeError:
            return None


def mould_of(data: bytes, document: Any, path: Path, meaningless: tuple[str, ...] = ()) -> Mould | None:
    """The mould of a frame, whose parsed `document` has a string at `path`; None where it cannot be told apart.

    `meaningless` are top-level strings that differ from frame to frame (OpenAI pads its frames with `obfuscation`).
    """
    found = _around(data, document, path)
    if found is None:
        return None
    before, behind = found
    for name in meaningless:
        gap = _around(data, document, (name,)) if isinstance(document.get(name), str) else None
        if gap is not None and len(gap[0]) > len(before):
            middle = gap[0][len(data) - len(behind) :]
            return Mould(before, behind, re.compile(re.escape(middle) + _BODY.pattern + re.escape(gap[1])))
    return Mould(before, behind)


def _around(data: bytes, document: Any, path: Path) -> tuple[bytes, bytes] | None:
    """The bytes in front of the string at `path` and behind it: found by putting another string in its place."""
    wanted = _replaced(document, path)
    for place in re.finditer(re.escape(json.dumps(path[-1]).encode()) + rb'\s*:\s*"', data):
        end = _BODY.match(data, place.end()).end()  # type: ignore[union-attr]  # as above
        before, behind = data[: place.end()], data[end:]
        try:
            if json.loads(before + _PROBE.encode() + behind) == wanted:
                return before, behind
        except ValueError:
            continue
    return None


def _replaced(value: Any, path: Path) -> Any:
    """A copy with the probe at `path`. Raises LookupError or TypeError where the path leads nowhere."""
    if not path:
        return _PROBE
    first, *rest = path
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = _replaced(copy[first], tuple(rest))
    return copy
