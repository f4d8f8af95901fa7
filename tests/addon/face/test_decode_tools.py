from __future__ import annotations

from typing import Any

import pytest

from addon.canon.request import ResponseFormat, Tool, ToolChoice
from addon.face.bad_request import BadRequest
from addon.face.decode_tools import decode_response_format, decode_tool_choice, decode_tools

SCHEMA = {"type": "object", "properties": {"x": {"type": "number"}}}
F = {"type": "function", "function": {"name": "f", "description": "does f", "parameters": SCHEMA, "strict": True}}
G = {"type": "function", "function": {"name": "g"}}


def test_tools_are_read() -> None:
    assert decode_tools({"tools": [F, {"function": {"name": "g"}}]}, []) == (
        Tool("f", "does f", SCHEMA, True),
        Tool("g"),
    )
    assert decode_tools({}, []) == ()


def test_old_functions_are_tools() -> None:
    assert decode_tools({"functions": [{"name": "f", "parameters": SCHEMA}]}, []) == (Tool("f", parameters=SCHEMA),)


def test_allowed_tools_narrow_the_tools() -> None:
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [G]}}
    body = {"tools": [F, G], "tool_choice": choice}
    assert decode_tools(body, []) == (Tool("g"),)
    assert decode_tool_choice(body, []) == ToolChoice("required")


@pytest.mark.parametrize(
    ("body", "choice"),
    [
        ({}, None),
        ({"tool_choice": None}, None),
        ({"tool_choice": "auto"}, ToolChoice("auto")),
        ({"tool_choice": "none"}, ToolChoice("none")),
        ({"tool_choice": "required"}, ToolChoice("required")),
        ({"tool_choice": "any"}, ToolChoice("required")),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, ToolChoice("named", "f")),
        ({"tool_choice": {"type": "allowed_tools", "allowed_tools": {"tools": []}}}, ToolChoice("auto")),
        ({"function_call": "none"}, ToolChoice("none")),
        ({"function_call": {"name": "f"}}, ToolChoice("named", "f")),
    ],
)
def test_tool_choice_is_read(body: dict[str, Any], choice: ToolChoice | None) -> None:
    assert decode_tool_choice(body, []) == choice


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        (None, ResponseFormat()),
        ({"type": "text"}, ResponseFormat()),
        ({"type": "json_object"}, ResponseFormat("json_object")),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
            ResponseFormat("json_schema", "n", SCHEMA, True),
        ),
    ],
)
def test_response_format_is_read(wanted: Any, read: ResponseFormat) -> None:
    assert decode_response_format({"response_format": wanted}, []) == read


def test_what_the_view_has_no_place_for_is_foreign() -> None:
    foreign: list[str] = []
    assert decode_tools({"tools": [{"type": "custom", "custom": {"name": "x"}}, G]}, foreign) == (Tool("g"),)
    assert decode_tool_choice({"tool_choice": {"type": "custom", "custom": {"name": "x"}}}, foreign) is None
    assert decode_response_format({"response_format": {"type": "regex"}}, foreign) == ResponseFormat()
    assert foreign == ["tools[0]", "tool_choice", "response_format"]


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({"tools": {}}, "tools", "must be an array"),
        ({"tools": ["f"]}, "tools[0]", "must be an object"),
        ({"tools": [{"type": "function", "name": "f"}]}, "tools[0].function", "is required"),
        ({"tools": [F, {"function": {}}]}, "tools[1].function.name", "is required"),
        ({"tools": [{"function": {"name": "f", "parameters": "{}"}}]}, "tools[0].function.parameters", "an object"),
        ({"functions": [{}]}, "functions[0].name", "is required"),
        ({"tool_choice": "maybe"}, "tool_choice", "must be none, auto, required or a function, not 'maybe'"),
        ({"tool_choice": 1}, "tool_choice", "must be a string or an object, not a number"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function", "is required"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools", "is required"),
        ({"function_call": {}}, "function_call.name", "is required"),
        ({"response_format": "json"}, "response_format", "must be an object"),
        ({"response_format": {}}, "response_format.type", "is required"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "is required"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.name", "is"),
    ],
)
def test_a_wrong_tool_is_named_with_its_path(body: dict[str, Any], param: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_tools(body, [])
        decode_tool_choice(body, [])
        decode_response_format(body, [])
    assert caught.value.param == param
    assert message in caught.value.message
