"""The messages of a chat request. Must not know providers."""

from __future__ import annotations

from typing import get_args

from addon.canon.request import Message, Role, ToolCall
from addon.face.bad_request import BadRequest
from addon.face.decode_parts import decode_content
from addon.face.fields import Object, array, join, mapping, objects, required_text, text

_ROLES: dict[str, Role] = {role: role for role in get_args(Role)}


def decode_messages(body: Object, foreign: list[str]) -> tuple[Message, ...]:
    """All messages. Raises BadRequest, also for none at all."""
    if not array(body, "messages"):
        raise BadRequest("messages", "field messages is required")
    messages: list[Message] = []
    for path, message in objects(body, "messages"):
        messages.append(_message(message, path, messages[-1] if messages else None, foreign))
    return tuple(messages)


def _message(message: Object, path: str, before: Message | None, foreign: list[str]) -> Message:
    role = _role(message, path)
    return Message(
        role=role,
        parts=decode_content(message, role, path, foreign),
        param=path,
        name=text(message, "name", path) or "",
        tool_calls=_calls(message, path, foreign) if role == "assistant" else (),
        tool_call_id=_answered_call(message, role, path, before),
        reasoning=_reasoning(message, path),
        opaque=tuple(detail for _, detail in objects(message, "reasoning_details", path)),
    )


def _role(message: Object, path: str) -> Role:
    name = required_text(message, "role", path)
    role = _ROLES.get(name)
    if role is None:
        where = join(path, "role")
        raise BadRequest(where, f"{where} must be one of {', '.join(_ROLES)}, not {name!r}")
    return role


def _reasoning(message: Object, path: str) -> str:
    return text(message, "reasoning_content", path) or text(message, "reasoning", path) or ""


def _calls(message: Object, path: str, foreign: list[str]) -> tuple[ToolCall, ...]:
    """The calls an assistant made; the old `function_call` is the only call of its message."""
    calls = []
    for call_path, call in objects(message, "tool_calls", path):
        if (text(call, "type", call_path) or "function") != "function":
            foreign.append(call_path)
            continue
        function = mapping(call, "function", call_path)
        if function is None:
            where = join(call_path, "function")
            raise BadRequest(where, f"{where} is required")
        extra = mapping(call, "extra_content", call_path) or {}
        calls.append(_call(function, join(call_path, "function"), text(call, "id", call_path) or "", extra))
    old = mapping(message, "function_call", path)
    if old is not None and not calls:
        calls.append(_call(old, join(path, "function_call"), _old_call_id(path), {}))
    return tuple(calls)


def _call(function: Object, path: str, id: str, extra: Object) -> ToolCall:
    return ToolCall(id, required_text(function, "name", path), text(function, "arguments", path) or "", extra)


def _answered_call(message: Object, role: Role, path: str, before: Message | None) -> str:
    """The call that a tool message answers. An old function message answers the message before it."""
    if role == "tool":
        return required_text(message, "tool_call_id", path)
    if role == "function":
        required_text(message, "name", path)
        if before is not None and before.tool_calls:
            return before.tool_calls[0].id
        return _old_call_id(path)
    return text(message, "tool_call_id", path) or ""


def _old_call_id(path: str) -> str:
    """Old calls have no ids, newer formats need them: one per message."""
    return "call_" + path.removeprefix("messages[").removesuffix("]")
