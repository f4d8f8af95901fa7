"""OpenAI's messages and content parts as Gemini's contents and parts.

Facts: ai.google.dev/api/caching#Content, and the pages on function calling, thought signatures and files there.
Must not know the rest of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, assert_never

from addon.canon.dialogue import RESULT_ROLES, CallSite, answered_calls, argument_object
from addon.canon.request import Audio, CannotCarry, File, Image, Message, Part, RefusalText, Text, ToolCall
from addon.dialects.gemini_models import Abilities

CONTINUE = "Please continue."
NO_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
"""base64 of `skip_thought_signature_validator`, Google's own stand-in for a signature that was lost."""
REACHABLE = re.compile(
    r"gs://|https://generativelanguage\.googleapis\.com/|https?://(?:www\.|m\.)?(?:youtube\.com|youtu\.be)/"
)
"""Addresses that Gemini fetches itself; others it does not."""

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the parts depend on: the client's tool names -> Gemini's, the model, where its files are, and the addresses
    from which it fetches content itself."""

    names: Mapping[str, str]
    able: Abilities
    api: str
    reachable: re.Pattern[str] = REACHABLE


def contents(messages: tuple[Message, ...], setting: Setting) -> list[Content]:
    """The messages as contents, neighbours of the same role in one; empty messages vanish."""
    answered = answered_calls(messages)
    found: list[Content] = []
    for message in in_call_order(messages, answered):
        role = "model" if message.role == "assistant" else "user"
        parts = message_parts(message, setting, answered)
        if found and found[-1]["role"] == role:
            found[-1]["parts"] += parts
        elif parts:
            found.append({"role": role, "parts": parts})
    if found and found[0]["role"] == "model":
        found.insert(0, {"role": "user", "parts": [{"text": CONTINUE}]})
    return found


def in_call_order(messages: tuple[Message, ...], answered: Mapping[str, CallSite]) -> list[Message]:
    """The messages with the results of parallel calls in the order of the calls: Gemini tells them apart by it."""
    ordered: list[Message] = []
    for results, run in groupby(messages, key=lambda message: message.param in answered):
        neighbours = list(run)
        if results:
            neighbours.sort(key=lambda message: answered[message.param].position)
        ordered += neighbours
    return ordered


def message_parts(message: Message, setting: Setting, answered: Mapping[str, CallSite]) -> list[dict[str, Any]]:
    if message.role in RESULT_ROLES:
        return [result_part(message, setting, answered)]
    parts = [part_document(part, f"{message.param}.content[{at}]", setting) for at, part in enumerate(message.parts)]
    calls = [call_part(call, setting, first=not at) for at, call in enumerate(message.tool_calls)]
    return [*(part for part in parts if part is not None), *calls]


def call_part(call: ToolCall, setting: Setting, first: bool) -> dict[str, Any]:
    """An earlier call, with its thought signature. The first of a turn needs one; the others never had any."""
    function_call: dict[str, Any] = {"name": setting.names[call.name], "args": argument_object(call)}
    if call.id:
        function_call["id"] = call.id
    part: dict[str, Any] = {"functionCall": function_call}
    if signature := signature_of(call):
        part["thoughtSignature"] = signature
    elif first and setting.able.wants_signatures:
        part["thoughtSignature"] = NO_SIGNATURE
    return part


def signature_of(call: ToolCall) -> str:
    google = call.extra.get("google")
    signature = google.get("thought_signature") if isinstance(google, Mapping) else None
    return signature if isinstance(signature, str) else ""


def result_part(message: Message, setting: Setting, answered: Mapping[str, CallSite]) -> dict[str, Any]:
    site = answered.get(message.param)
    if site is None:
        raise CannotCarry(
            f"{message.param}.tool_call_id",
            "No earlier assistant message has a tool call that this answers; send that message with its tool_calls.",
        )
    response: dict[str, Any] = {"name": setting.names[site.call.name], "response": {"result": message.text}}
    if site.call.id:
        response["id"] = site.call.id
    if media := result_media(message, setting):
        response["parts"] = media
    return {"functionResponse": response}


def result_media(message: Message, setting: Setting) -> list[dict[str, Any]]:
    """What a result holds beside text."""
    media = []
    for position, part in enumerate(message.parts):
        if isinstance(part, Text | RefusalText):
            continue
        param = f"{message.param}.content[{position}]"
        if not setting.able.media_in_results:
            raise CannotCarry(
                param,
                "This model takes only text as a tool's result; send the rest in a user message, or use Gemini 3.",
            )
        media.append(part_document(part, param, setting) or {})
    return media


def part_document(part: Part, param: str, setting: Setting) -> dict[str, Any] | None:
    """The part as Gemini's; None for an empty text, which Gemini rejects."""
    match part:
        case Text(text) | RefusalText(text):
            return {"text": text} if text else None
        case Image():
            return inline(part.media_type, part.data) if part.data else fetched(part.url, param, setting)
        case Audio():
            return inline(f"audio/{part.format}", part.data)
        case File():
            return file_part(part, param, setting)
        case _:
            assert_never(part)


def inline(media_type: str, data: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media_type, "data": data}}


def fetched(url: str, param: str, setting: Setting) -> dict[str, Any]:
    if not setting.reachable.match(url):
        raise CannotCarry(param, "Gemini does not fetch this URL; send the content itself as a data URL (base64).")
    return {"fileData": {"fileUri": url}}


def file_part(file: File, param: str, setting: Setting) -> dict[str, Any]:
    if file.url:
        return fetched(file.url, param, setting)
    if file.file_id:
        known = setting.reachable.match(file.file_id)
        return {"fileData": {"fileUri": file.file_id if known else f"{setting.api}/{file.file_id}"}}
    if not file.media_type:
        raise CannotCarry(param, "Gemini needs the media type of a file; send file_data as data:<type>;base64,...")
    return inline(file.media_type, file.data)
