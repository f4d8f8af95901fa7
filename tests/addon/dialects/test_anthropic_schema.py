"""Schemas for structured outputs: closed, and without what is rejected."""

from __future__ import annotations

from typing import Any

import pytest

from addon.dialects.anthropic_schema import closed_schema


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "object", "properties": {}}, {"type": "object", "properties": {}, "additionalProperties": False}),
        ({"type": "object", "additionalProperties": True}, {"type": "object", "additionalProperties": False}),
        (
            {"type": "integer", "minimum": 1, "maximum": 9},
            {"type": "integer", "description": '{"minimum":1,"maximum":9}'},
        ),
        (
            {"type": "string", "description": "A name.", "maxLength": 9},
            {"type": "string", "description": 'A name.\n\n{"maxLength":9}'},
        ),
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid"}),
        ({"type": "string", "format": "color"}, {"type": "string", "description": '{"format":"color"}'}),
        ({"type": "array", "minItems": 1}, {"type": "array", "minItems": 1}),
        ({"type": "array", "minItems": 2}, {"type": "array", "description": '{"minItems":2}'}),
        ({"oneOf": [{"type": "null"}]}, {"anyOf": [{"type": "null"}]}),
        ({"anyOf": [{"const": 1}], "$schema": "x"}, {"anyOf": [{"const": 1}]}),
        ({"items": {"properties": {"a": True}}}, {"items": {"properties": {"a": True}, "additionalProperties": False}}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"enum": [1]}}}, {"$ref": "#/$defs/A", "$defs": {"A": {"enum": [1]}}}),
    ],
)
def test_a_schema_is_closed_and_keeps_its_constraints_in_words(schema: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert closed_schema(schema) == wanted


def test_the_clients_schema_is_not_changed() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number", "minimum": 0}}}
    closed_schema(schema)
    assert schema == {"type": "object", "properties": {"n": {"type": "number", "minimum": 0}}}
