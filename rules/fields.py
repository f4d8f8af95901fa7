"""Checks of what forms and the management API hand in: each returns the clean value or raises Invalid.

Knows types and lengths; must not know any table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import peewee

from rules.errors import Invalid

BIGGEST = 2**63 - 1
PAGE_SIZE = 10  # One API's
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Check = Callable[[Any, str], Any]


def checked(changes: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """The given fields, each through its check. A field that nobody knows is refused, not dropped."""
    unknown = sorted(set(changes) - set(checks))
    if unknown:
        raise Invalid(f"无效的参数：{unknown[0]}", unknown[0])
    return {name: checks[name](value, name) for name, value in changes.items()}


def text(longest: int, lines: bool = False) -> Check:
    """A check for text of at most `longest` characters; `lines`: it may have several lines."""

    def check(value: Any, field: str) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Invalid(f"无效的参数：{field} 应为文本", field)
        if CONTROL.search(value) or (not lines and ("\n" in value or "\r" in value)) or not _encodable(value):
            raise Invalid(f"无效的参数：{field} 含有不允许的字符", field)
        clean = value if lines else value.strip()
        if len(clean) > longest:
            raise Invalid(f"无效的参数：{field} 最长 {longest} 个字符", field)
        return clean

    return check


def whole(low: int = -BIGGEST, high: int = BIGGEST, message: str = "") -> Check:
    """A check for a whole number; text of digits counts, for forms send nothing else."""

    def check(value: Any, field: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,19}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(f"无效的参数：{field} 应为整数", field)
        if not low <= value <= high:
            raise Invalid(message or f"无效的参数：{field} 超出范围", field)
        return value

    return check


def one_of(values: Collection[int], message: str = "") -> Check:
    number = whole()

    def check(value: Any, field: str) -> int:
        clean = int(number(value, field))
        if clean not in values:
            raise Invalid(message or f"无效的参数：{field}", field)
        return clean

    return check


def flag(value: Any, field: str) -> int:
    """A truth value as 0 or 1."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    if value in (0, 1):
        return int(value)
    raise Invalid(f"无效的参数：{field} 应为 true 或 false", field)


def comma_list(longest_item: int, longest: int = 60_000) -> Check:
    """A check for One API's comma lists (or real lists): trimmed, without doubles and gaps, in their order."""

    def check(value: Any, field: str) -> str:
        items = ",".join(str(item) for item in value) if isinstance(value, list | tuple) else value
        clean = text(longest, lines=True)(items, field)
        parts = split_list(clean)
        if any(len(part) > longest_item or "\n" in part for part in parts):
            raise Invalid(f"无效的参数：{field} 中的每一项最长 {longest_item} 个字符", field)
        return ",".join(parts)

    return check


def split_list(value: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (value or "").split(",") if part.strip()))


def string_map(message: str) -> Check:
    """A check for a JSON object of texts (or its text); the text of a compact object, "" for none."""

    def check(value: Any, field: str) -> str:
        found = value
        if found is None or (isinstance(found, str) and not found.strip()):
            return ""
        if isinstance(found, str):
            try:
                found = json.loads(found)
            except ValueError:
                raise Invalid(message, field) from None
        if not isinstance(found, Mapping) or not all(isinstance(one, str) for pair in found.items() for one in pair):
            raise Invalid(message, field)
        return json.dumps(dict(found), ensure_ascii=False) if found else ""

    return check


def read_map(value: str) -> dict[str, str]:
    """A stored string map; what cannot be read (written by another program) is empty."""
    try:
        found = json.loads(value) if value else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): one for name, one in found.items() if isinstance(one, str)}


def starts_with(column: peewee.Field[Any], prefix: str) -> Any:
    """The condition that a column starts with this text, in either case; `%` and `_` stand for themselves."""
    return peewee.fn.LOWER(column).startswith(prefix.lower())


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
