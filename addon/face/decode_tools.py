"""Tools, tool choice and the format of the reply. Must not know providers.

The old `functions` and `function_call` come out as tools.
"""

from __future__ import annotations

from addon.canon.request import ResponseFormat, Tool, ToolChoice
from addon.face.bad_request import BadRequest
from addon.face.fields import Json, Object, flag, join, mapping, objects, required_text, text, wrong_type

_MODES: dict[str, ToolChoice] = {
    "auto": ToolChoice("auto"),
    "none": ToolChoice("none"),
    "required": ToolChoice("required"),
    "any": ToolChoice("required"),  # Mistral's word for it, which clients took over
}


def decode_tools(body: Object, foreign: list[str]) -> tuple[Tool, ...]:
    """The functions a model may call; paths of tools of other types go to `foreign`."""
    tools = []
    for path, tool in objects(body, "tools"):
        kind = text(tool, "type", path) or "function"
        if kind != "function":
            foreign.append(path)
            continue
        tools.append(_tool(_required(tool, "function", path), join(path, "function")))
    if not tools:
        tools = [_tool(function, path) for path, function in objects(body, "functions")]
    return _allowed(body, tuple(tools))


def decode_tool_choice(body: Object, foreign: list[str]) -> ToolChoice | None:
    """How a tool is chosen; None if the client says nothing of it."""
    if body.get("tool_choice") is not None:
        return _choice(body["tool_choice"], foreign)
    old: Json = body.get("function_call")
    if old is None:
        return None
    if isinstance(old, dict):
        return ToolChoice("named", required_text(old, "name", "function_call"))
    return _mode(old, "function_call")


def decode_response_format(body: Object, foreign: list[str]) -> ResponseFormat:
    """The format the reply must have; text if the client says nothing of it."""
    wanted = mapping(body, "response_format")
    if wanted is None:
        return ResponseFormat()
    match required_text(wanted, "type", "response_format"):
        case "text":
            return ResponseFormat()
        case "json_object":
            return ResponseFormat("json_object")
        case "json_schema":
            return _schema(_required(wanted, "json_schema", "response_format"), "response_format.json_schema")
        case _:
            foreign.append("response_format")
            return ResponseFormat()


def _required(source: Object, name: str, path: str) -> Object:
    found = mapping(source, name, path)
    if found is None:
        where = join(path, name)
        raise BadRequest(where, f"{where} is required")
    return found


def _tool(function: Object, path: str) -> Tool:
    return Tool(
        name=required_text(function, "name", path),
        description=text(function, "description", path) or "",
        parameters=mapping(function, "parameters", path) or {},
        strict=flag(function, "strict", path),
    )


def _schema(source: Object, path: str) -> ResponseFormat:
    return ResponseFormat(
        "json_schema",
        name=required_text(source, "name", path),
        schema=mapping(source, "schema", path) or {},
        strict=flag(source, "strict", path),
    )


def _choice(choice: Json, foreign: list[str]) -> ToolChoice | None:
    if not isinstance(choice, dict):
        return _mode(choice, "tool_choice")
    kind = text(choice, "type", "tool_choice") or "function"
    if kind == "function":
        function = _required(choice, "function", "tool_choice")
        return ToolChoice("named", required_text(function, "name", "tool_choice.function"))
    if kind == "allowed_tools":
        allowed = _required(choice, "allowed_tools", "tool_choice")
        return _mode(allowed.get("mode") or "auto", "tool_choice.allowed_tools.mode")
    foreign.append("tool_choice")
    return None


def _mode(name: Json, path: str) -> ToolChoice:
    if not isinstance(name, str):
        raise wrong_type(path, "a string or an object", name)
    choice = _MODES.get(name)
    if choice is None:
        raise BadRequest(path, f"{path} must be none, auto, required or a function, not {name!r}")
    return choice


def _allowed(body: Object, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """`allowed_tools` names some of the tools: formats without it are told of no others."""
    choice = body.get("tool_choice")
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools":
        return tools
    path = "tool_choice.allowed_tools"
    allowed = _required(choice, "allowed_tools", "tool_choice")
    named = [mapping(tool, "function", tool_path) or {} for tool_path, tool in objects(allowed, "tools", path)]
    names = {function.get("name") for function in named}
    return tuple(tool for tool in tools if tool.name in names)
