"""Edits of a JSON document that touch no byte beside what they edit: formatting, order and unknown fields survive.

Must not know what the fields mean. Works on the text, with the standard library's scanner to find where values end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

_SCANNER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A member keeps its value under another name."""

    name: str


class _Drop:
    """The type of DROP."""


DROP: Final = _Drop()
"""A member disappears."""

Change = Any
"""What becomes of a member: DROP, Renamed, or its new JSON value. A name that is not there yet is added."""


@dataclass(slots=True)
class DocumentEdit:
    """What changes in a request document: members at the top, members of single messages, a message put in front."""

    top: dict[str, Change] = field(default_factory=dict)
    messages: dict[int, dict[str, Change]] = field(default_factory=dict)
    first_message: Mapping[str, Any] | None = None

    def message(self, index: int) -> dict[str, Change]:
        """The changes of one message, to add to."""
        return self.messages.setdefault(index, {})

    def __bool__(self) -> bool:
        return bool(self.top or self.messages or self.first_message)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    start: int
    name_end: int
    value: int
    end: int


Patch = tuple[int, int, str]
"""Replace text[start:end] by this."""


def apply(raw: bytes, edit: DocumentEdit) -> bytes:
    """The document with the edit made. Raises ValueError if `raw` is not a JSON object in UTF-8."""
    if not edit:
        return raw
    text = raw.decode("utf-8", "surrogatepass")
    start = _skip(text, 0)
    patches = list(_edit_object(text, start, edit.top))
    if edit.messages or edit.first_message:
        for member in _members(text, start):
            if member.name == "messages" and "messages" not in edit.top:
                patches += _edit_messages(text, member.value, edit)
    return _patched(text, patches).encode("utf-8", "surrogatepass")


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _patched(text: str, patches: Iterable[Patch]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, new in sorted(patches, key=lambda patch: patch[:2]):
        pieces += (text[done:start], new)
        done = end
    return "".join((*pieces, text[done:]))


def _edit_messages(text: str, start: int, edit: DocumentEdit) -> Iterator[Patch]:
    elements = list(_elements(text, start))
    if edit.first_message is not None:
        yield start + 1, start + 1, dumps(edit.first_message) + ("," if elements else "")
    for index, changes in edit.messages.items():
        yield from _edit_object(text, elements[index], changes)


def _edit_object(text: str, start: int, changes: Mapping[str, Change]) -> Iterator[Patch]:
    """The patches of one object. Every member of a name is changed: parsers differ in which of two they take."""
    members = list(_members(text, start))
    kept = [member for member in members if changes.get(member.name) is not DROP]
    yield from _removals(members, kept, start + 1)
    for member in kept:
        change = changes.get(member.name, member)
        if isinstance(change, Renamed):
            yield member.start, member.name_end, dumps(change.name)
        elif change is not member:
            yield member.value, member.end, dumps(change)
    there = {member.name for member in members}
    new = [(name, change) for name, change in changes.items() if name not in there and _is_value(change)]
    if new:
        end = kept[-1].end if kept else start + 1
        yield end, end, ("," if kept else "") + ",".join(f"{dumps(name)}:{dumps(value)}" for name, value in new)


def _is_value(change: Change) -> bool:
    return change is not DROP and not isinstance(change, Renamed)


def _removals(members: list[_Member], kept: list[_Member], inside: int) -> Iterator[Patch]:
    """Each dropped member goes with the comma behind it; those behind the last kept one, with the comma before."""
    last = kept[-1] if kept else None
    for member, following in pairwise(members):
        if last is not None and member.start < last.start and member not in kept:
            yield member.start, following.start, ""
    if members and members[-1] is not last:
        yield (last.end if last else inside), members[-1].end, ""


def _members(text: str, start: int) -> Iterator[_Member]:
    """The members of the object that begins at `start`, in order."""
    if text[start : start + 1] != "{":
        raise ValueError("not a JSON object")
    at = _skip(text, start + 1)
    while text[at : at + 1] == '"':
        name, name_end = _SCANNER.raw_decode(text, at)
        value = _skip(text, _skip(text, name_end) + 1)
        end = _value_end(text, value)
        yield _Member(name, at, name_end, value, end)
        at = _after_comma(text, end)


def _elements(text: str, start: int) -> Iterator[int]:
    """Where the elements of the array that begins at `start` begin."""
    at = _skip(text, start + 1)
    while text[at : at + 1] not in "]":
        yield at
        at = _after_comma(text, _value_end(text, at))


def _after_comma(text: str, at: int) -> int:
    """Where the next member or element begins; the end of the text behind the last one."""
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at : at + 1] == "," else len(text)


def _value_end(text: str, start: int) -> int:
    return _SCANNER.raw_decode(text, start)[1]


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
