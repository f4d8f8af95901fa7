"""Arguments of a Gemini call that come piece by piece, each with the JSON path of where it belongs.

Vertex streams them so where it is asked to (`streamFunctionCallArguments`): docs.cloud.google.com/vertex-ai,
FunctionCall.partialArgs. Must not know replies, candidates or events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\['(?P<single>[^']*)'\]|\[\"(?P<double>[^\"]*)\"\]")
LIMIT = 10_000
"""Entries of a list; a larger index is not one of a call's arguments."""

Place = str | int


class PartialArguments:
    """The arguments of one call, as far as they have come."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._root = dict(known)
        self._texts: set[str] = set()

    def add(self, piece: Mapping[str, Any]) -> None:
        """Takes one `PartialArg`. Texts of one path are joined. Raises ValueError for a path that leads nowhere."""
        path = str(piece.get("jsonPath") or "")
        places = steps(path)
        if not places:
            raise ValueError(f"a piece of arguments without a place: {path}")
        holder = reached(self._root, places)
        value = value_of(piece)
        if isinstance(value, str):
            value = (held(holder, places[-1]) if path in self._texts else "") + value
            self._texts.add(path)
        put(holder, places[-1], value)

    @property
    def value(self) -> dict[str, Any]:
        return self._root


def steps(path: str) -> list[Place]:
    """`$.a[0].b` -> ["a", 0, "b"]"""
    found: list[Place] = []
    for step in STEP.finditer(path.removeprefix("$")):
        if step["index"] is not None:
            found.append(int(step["index"]))
        else:
            found.append(next(name for name in (step["name"], step["single"], step["double"]) if name is not None))
    return found


def value_of(piece: Mapping[str, Any]) -> Any:
    """The value; a number that is whole is written as one. A piece that only announces a text is an empty one."""
    if "numberValue" in piece:
        number = piece["numberValue"]
        return int(number) if isinstance(number, float) and number.is_integer() else number
    if "boolValue" in piece:
        return piece["boolValue"]
    return None if "nullValue" in piece else piece.get("stringValue") or ""


def reached(root: Any, places: list[Place]) -> Any:
    """What holds the last place; what is missing on the way is made."""
    here = root
    for place, following in pairwise(places):
        inner = held(here, place)
        if not isinstance(inner, dict | list):
            inner = [] if isinstance(following, int) else {}
            put(here, place, inner)
        here = inner
    return here


def held(holder: Any, place: Place) -> Any:
    if isinstance(holder, dict):
        return holder.get(str(place))
    return holder[place] if isinstance(place, int) and place < len(holder) else None


def put(holder: Any, place: Place, value: Any) -> None:
    if isinstance(holder, dict):
        holder[str(place)] = value
        return
    if not isinstance(place, int) or place > LIMIT:
        raise ValueError(f"no place in a list: {place}")
    holder.extend([None] * (place + 1 - len(holder)))
    holder[place] = value
