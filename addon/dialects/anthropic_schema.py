"""JSON schemas as Anthropic's structured outputs take them (platform.claude.com, structured outputs).

Objects are closed, and constraints that it rejects are told to the model in the description instead.
Must not know requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addon.canon.dialogue import compact

FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
PLAIN = ("type", "required", "enum", "const", "title", "description")
MAPS = ("properties", "$defs", "definitions")
LISTS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
SILENT = ("$schema", "$id", "additionalProperties", "strict")


def closed_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with closed objects and without what is rejected; the input is not changed."""
    kept: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for key, value in schema.items():
        if key in MAPS and isinstance(value, Mapping):
            kept[key] = {name: closed(part) for name, part in value.items()}
        elif key in LISTS and isinstance(value, list):
            kept[LISTS[key]] = [closed(part) for part in value]
        elif key == "items":
            kept[key] = closed(value)
        elif key in PLAIN or key == "$ref" or accepted(key, value):
            kept[key] = value
        elif key not in SILENT:
            told[key] = value
    if kept.get("type") == "object" or "properties" in kept:
        kept["additionalProperties"] = False
    if told:
        kept["description"] = "\n\n".join(filter(None, [kept.get("description"), compact(told)]))
    return kept


def closed(schema: Any) -> Any:
    """`closed_schema`, where a schema may also be true or false."""
    return closed_schema(schema) if isinstance(schema, Mapping) else schema


def accepted(key: str, value: Any) -> bool:
    """Constraints that are taken with some values only."""
    return (key == "format" and value in FORMATS) or (key == "minItems" and value in (0, 1))
