"""Typed readers of a client's JSON: each gives the value, None where it is absent or null, or raises BadRequest.

Must not know which document it reads; `path` is where the field stands (`messages[2].name`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from addon.face.bad_request import BadRequest

Json = Any
Object = Mapping[str, Json]

_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def kind(value: Json) -> str:
    """What a JSON value is, in words."""
    return _NAMES[type(value)]


def wrong_type(path: str, wanted: str, value: Json) -> BadRequest:
    """The refusal of a value of the wrong type."""
    return BadRequest(path, f"{path} must be {wanted}, not {kind(value)}")


def join(path: str, name: str) -> str:
    """The path of a field of the object at `path` ("" is the document itself)."""
    return f"{path}.{name}" if path else name


def text(source: Object, name: str, path: str = "") -> str | None:
    """A string."""
    value = source.get(name)
    if value is None or isinstance(value, str):
        return value
    raise wrong_type(join(path, name), "a string", value)


def required_text(source: Object, name: str, path: str = "") -> str:
    """A string that is there and not empty."""
    value = text(source, name, path)
    if not value:
        where = join(path, name)
        raise BadRequest(where, f"{where} is required")
    return value


def flag(source: Object, name: str, path: str = "") -> bool | None:
    """A boolean."""
    value = source.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise wrong_type(join(path, name), "true or false", value)


def integer(
    source: Object, name: str, path: str = "", *, low: int | None = None, high: int | None = None
) -> int | None:
    """A whole number within bounds; 5.0 is one too, since some languages write it so."""
    value = source.get(name)
    if value is None:
        return None
    where = join(path, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(where, "an integer", value)
    if value != math.floor(value):
        raise BadRequest(where, f"{where} must be an integer, not {value}")
    _check_bounds(where, value, low, high)
    return int(value)


def number(
    source: Object, name: str, path: str = "", *, low: float | None = None, high: float | None = None
) -> float | None:
    """A number within bounds."""
    value = source.get(name)
    if value is None:
        return None
    where = join(path, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(where, "a number", value)
    _check_bounds(where, value, low, high)
    return value


def mapping(source: Object, name: str, path: str = "") -> Object | None:
    """An object."""
    value = source.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise wrong_type(join(path, name), "an object", value)


def array(source: Object, name: str, path: str = "") -> list[Json] | None:
    """An array."""
    value = source.get(name)
    if value is None or isinstance(value, list):
        return value
    raise wrong_type(join(path, name), "an array", value)


def objects(source: Object, name: str, path: str = "") -> list[tuple[str, Object]]:
    """An array of objects, each with its path; empty where it is absent."""
    where = join(path, name)
    found: list[tuple[str, Object]] = []
    for index, item in enumerate(array(source, name, path) or []):
        if not isinstance(item, dict):
            raise wrong_type(f"{where}[{index}]", "an object", item)
        found.append((f"{where}[{index}]", item))
    return found


def texts(source: Object, name: str, path: str = "") -> tuple[str, ...]:
    """An array of strings; empty where it is absent."""
    where = join(path, name)
    found = []
    for index, item in enumerate(array(source, name, path) or []):
        if not isinstance(item, str):
            raise wrong_type(f"{where}[{index}]", "a string", item)
        found.append(item)
    return tuple(found)


def _check_bounds(where: str, value: float, low: float | None, high: float | None) -> None:
    if low is not None and value < low:
        raise BadRequest(where, f"{where} must be at least {low}, not {value}")
    if high is not None and value > high:
        raise BadRequest(where, f"{where} must be at most {high}, not {value}")
