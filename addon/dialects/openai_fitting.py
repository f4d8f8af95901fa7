"""Pieces that several named edits of requests share: how a document is made to fit a narrower one.

Must not know providers: what is allowed where is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.dialogue import SYSTEM_ROLES, json_instruction
from addon.canon.request import CannotCarry, ResponseFormat
from addon.dialects.openai_splice import DROP, DocumentEdit

Body = Mapping[str, Any]
NO_EFFORT = ("none", "minimal")
MEDIA = ("image_url", "input_audio", "file")
BLANK = " "
"""What stands for an empty answer, where an empty text is refused."""


def messages(body: Body) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, message in enumerate(body.get("messages") or ()):
        if isinstance(message, dict):
            yield index, message


def drop(body: Body, edit: DocumentEdit, *names: str) -> None:
    for name in names:
        if name in body or name in edit.top:
            edit.top[name] = DROP


def number(body: Body, name: str) -> float | None:
    """The field, if it is a number."""
    value = body.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def clamp(body: Body, edit: DocumentEdit, name: str, low: float, high: float) -> None:
    value = number(body, name)
    if value is not None and not low <= value <= high:
        edit.top[name] = low if value < low else high


def stops(body: Body) -> list[str]:
    """The stop sequences, one or several."""
    given = body.get("stop")
    several = given if isinstance(given, list) else [given]
    return [stop for stop in several if isinstance(stop, str) and stop]


def fewer_stops(body: Body, edit: DocumentEdit, most: int, longest: int = 0) -> None:
    """At most so many stop sequences, none of more bytes than `longest` (0: any)."""
    given = stops(body)
    kept = [stop for stop in given if not longest or len(stop.encode("utf-8", "surrogatepass")) <= longest][:most]
    if kept != given:
        edit.top["stop"] = kept or DROP


def only_auto(body: Body, edit: DocumentEdit) -> None:
    """A provider that chooses tools by itself: "none" means to send none, whatever else is asked for is left to it."""
    choice = body.get("tool_choice")
    if choice == "none":
        drop(body, edit, "tools", "tool_choice")
    elif choice is not None and choice != "auto":
        edit.top["tool_choice"] = "auto"


def whole_schemas(body: Body, edit: DocumentEdit) -> None:
    """A tool without parameters gets an empty schema: the field may not be missing."""
    tools = body.get("tools")
    if not isinstance(tools, list) or edit.top.get("tools") is DROP:
        return
    found = [_with_schema(tool) for tool in tools]
    if found != tools:
        edit.top["tools"] = found


def _with_schema(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or function.get("parameters"):
        return tool
    return {**tool, "function": {**function, "parameters": {"type": "object", "properties": {}}}}


def no_empty_answers(body: Body, edit: DocumentEdit) -> None:
    """An earlier answer without text and without calls is refused as an empty message."""
    for index, message in messages(body):
        if message.get("role") == "assistant" and not (message.get("content") or message.get("tool_calls")):
            edit.message(index)["content"] = BLANK


def someone_asks(body: Body, edit: DocumentEdit) -> None:
    """A conversation of system messages only: the last one becomes the user's."""
    found = list(messages(body))
    if found and all(message.get("role") in SYSTEM_ROLES for _, message in found):
        edit.message(found[-1][0])["role"] = "user"


def plain_json(body: Body, edit: DocumentEdit, mode: bool = True) -> None:
    """A provider without JSON schemas: they are told in words. `mode`: it has a plain JSON mode at least."""
    wanted = body.get("response_format")
    wanted = wanted if isinstance(wanted, dict) else {}
    kind = wanted.get("type")
    if kind == "json_schema":
        holder = wanted.get("json_schema")
        found = ResponseFormat("json_schema", schema=holder.get("schema") or {} if isinstance(holder, dict) else {})
    elif kind == "json_object" and not mode:
        found = ResponseFormat("json_object")
    else:
        return
    edit.top["response_format"] = {"type": "json_object"} if mode else DROP
    instruct(body, edit, json_instruction(found))


def instruct(body: Body, edit: DocumentEdit, text: str) -> None:
    """Adds to the system message in front, or puts one there."""
    if edit.first_message is not None:
        edit.first_message = {**edit.first_message, "content": f"{edit.first_message['content']}\n\n{text}"}
        return
    index, first = next(messages(body), (0, {}))
    content = edit.message(index).get("content", first.get("content")) if first.get("role") in SYSTEM_ROLES else None
    if isinstance(content, str):
        edit.message(index)["content"] = f"{content}\n\n{text}"
    elif isinstance(content, list):
        edit.message(index)["content"] = [*content, {"type": "text", "text": text}]
    else:
        edit.first_message = {"role": "system", "content": text}


def text_only(body: Body, provider: str) -> None:
    """Raises CannotCarry for a picture, sound or file: the provider's models read nothing but text."""
    for index, message in messages(body):
        parts = message.get("content")
        for place, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict) and part.get("type") in MEDIA:
                where = f"messages[{index}].content[{place}]"
                raise CannotCarry(where, f"{provider} reads text only; leave out this {part['type']}.")


def no_system(body: Body, edit: DocumentEdit) -> None:
    """A model without a system role: those words are the user's."""
    for index, message in messages(body):
        if message.get("role") in SYSTEM_ROLES:
            edit.message(index)["role"] = "user"
    if edit.first_message is not None:
        edit.first_message = {**edit.first_message, "role": "user"}


def effort(body: Body) -> str | None:
    """The effort that is asked for, in small letters."""
    value = body.get("reasoning_effort")
    return value.lower() if isinstance(value, str) else None


def efforts(body: Body, edit: DocumentEdit, words: Mapping[str, str]) -> None:
    """The effort in the provider's own words: ours -> theirs; others are dropped."""
    asked = effort(body)
    if asked is None:
        return
    if asked not in words:
        edit.top["reasoning_effort"] = DROP
    elif words[asked] != body["reasoning_effort"]:
        edit.top["reasoning_effort"] = words[asked]


def thinking_bool(body: Body, edit: DocumentEdit) -> None:
    """An effort becomes the switch `enable_thinking`; a switch of the client's stays."""
    asked = effort(body)
    if asked is None:
        return
    edit.top["reasoning_effort"] = DROP
    if "enable_thinking" not in body:
        edit.top["enable_thinking"] = asked not in NO_EFFORT


def thinking_switch(body: Body, edit: DocumentEdit, on: str = "enabled") -> None:
    """An effort becomes the switch `thinking`, for models that think or do not; a switch of the client's stays."""
    asked = effort(body)
    if asked is None:
        return
    edit.top["reasoning_effort"] = DROP
    if "thinking" not in body:
        edit.top["thinking"] = {"type": "disabled" if asked in NO_EFFORT else on}
