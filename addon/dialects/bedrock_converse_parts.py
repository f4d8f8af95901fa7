"""OpenAI's messages and content parts as the turns and blocks of Bedrock's Converse.

Facts: botocore's service model of bedrock-runtime (ContentBlock), and Converse's pages. Must not know the rest of a
request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from addon.canon.dialogue import RESULT_ROLES, CallSite, argument_object
from addon.canon.request import Audio, CannotCarry, File, Image, Message, Part, RefusalText, Text

CONTINUE = "Please continue."
NOTHING = "(empty)"
"""What a tool gave that gave nothing: blank texts are refused."""
BAD_NAME = re.compile(r"[^A-Za-z0-9()\[\]-]+")
NAME_LIMIT = 190
"""Of 200: a number may follow."""
OFFICE = "application/vnd.openxmlformats-officedocument."
FORMATS: Mapping[str, tuple[str, str]] = {
    "image/png": ("image", "png"),
    "image/jpeg": ("image", "jpeg"),
    "image/jpg": ("image", "jpeg"),
    "image/gif": ("image", "gif"),
    "image/webp": ("image", "webp"),
    "application/pdf": ("document", "pdf"),
    "application/msword": ("document", "doc"),
    f"{OFFICE}wordprocessingml.document": ("document", "docx"),
    "application/vnd.ms-excel": ("document", "xls"),
    f"{OFFICE}spreadsheetml.sheet": ("document", "xlsx"),
    "text/csv": ("document", "csv"),
    "text/html": ("document", "html"),
    "text/markdown": ("document", "md"),
    "text/plain": ("document", "txt"),
    "video/mp4": ("video", "mp4"),
    "video/quicktime": ("video", "mov"),
    "video/webm": ("video", "webm"),
    "video/x-matroska": ("video", "mkv"),
    "video/mpeg": ("video", "mpeg"),
    "audio/mpeg": ("audio", "mp3"),
    "audio/mp3": ("audio", "mp3"),
    "audio/wav": ("audio", "wav"),
    "audio/x-wav": ("audio", "wav"),
    "audio/ogg": ("audio", "ogg"),
    "audio/flac": ("audio", "flac"),
    "audio/mp4": ("audio", "m4a"),
}
"""Media type -> the kind of block and Bedrock's word for the format. Other texts are documents as well."""

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the blocks depend on: the client's tool names -> Bedrock's, an id for each call, who answers which.

    `documents` are the names given so far: no two may be the same.
    """

    names: Mapping[str, str]
    ids: Mapping[tuple[str, int], str]
    answered: Mapping[str, CallSite]
    documents: set[str] = field(default_factory=set)


def turns(messages: tuple[Message, ...], setting: Setting) -> list[dict[str, Any]]:
    """The messages as alternating turns, the user's first. Empty messages vanish; results stand first in their turn."""
    found: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = message_blocks(message, setting)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        elif blocks:
            found.append({"role": role, "content": blocks})
    for turn in found:
        turn["content"].sort(key=lambda block: "toolResult" not in block)
        if any("document" in block for block in turn["content"]) and not any("text" in one for one in turn["content"]):
            turn["content"].append({"text": CONTINUE})  # a document alone is refused
    if found and found[0]["role"] == "assistant":
        found.insert(0, {"role": "user", "content": [{"text": CONTINUE}]})
    return found


def message_blocks(message: Message, setting: Setting) -> list[Block]:
    if message.role in RESULT_ROLES:
        return [tool_result(message, setting)]
    if message.role != "assistant":
        return part_blocks(message, setting)
    calls = [
        {
            "toolUse": {
                "toolUseId": setting.ids[(message.param, position)],
                "name": setting.names[call.name],
                "input": argument_object(call),
            }
        }
        for position, call in enumerate(message.tool_calls)
    ]
    return [*thought_blocks(message), *spoken_blocks(message, setting), *calls]


def tool_result(message: Message, setting: Setting) -> Block:
    site = setting.answered.get(message.param)
    if site is None:
        raise CannotCarry(
            f"{message.param}.tool_call_id",
            "No earlier assistant message has a tool call that this answers; send that message with its tool_calls.",
        )
    content = part_blocks(message, setting) or [{"text": NOTHING}]
    return {"toolResult": {"toolUseId": setting.ids[site.key], "content": content}}


def thought_blocks(message: Message) -> list[Block]:
    """The signed thoughts of an earlier reply, as they were; anyone else's are left out."""
    blocks: list[Block] = []
    for detail in message.opaque:
        if detail.get("type") == "bedrock.reasoning" and detail.get("signature"):
            text = {"text": detail.get("text", ""), "signature": detail["signature"]}
            blocks.append({"reasoningContent": {"reasoningText": text}})
        elif detail.get("type") == "bedrock.redacted" and detail.get("data"):
            blocks.append({"reasoningContent": {"redactedContent": detail["data"]}})
    return blocks


def spoken_blocks(message: Message, setting: Setting) -> list[Block]:
    """What an assistant message says: nothing but text."""
    for position, part in enumerate(message.parts):
        if not isinstance(part, Text | RefusalText):
            raise CannotCarry(
                f"{message.param}.content[{position}]",
                "Bedrock takes only text in assistant messages; move this part into a user message.",
            )
    return part_blocks(message, setting)


def part_blocks(message: Message, setting: Setting) -> list[Block]:
    blocks = [part_block(part, f"{message.param}.content[{at}]", setting) for at, part in enumerate(message.parts)]
    return [block for block in blocks if block is not None]


def part_block(part: Part, param: str, setting: Setting) -> Block | None:
    """The block of one part; None for a blank text, which Bedrock rejects."""
    match part:
        case Text(text) | RefusalText(text):
            return {"text": text} if text.strip() else None
        case Image():
            return media_block(part.media_type, part.data, "", param, setting)
        case File():
            return media_block(part.media_type, part.data, part.filename, param, setting)
        case Audio():
            return {"audio": {"format": part.format, "source": {"bytes": part.data}}}
        case _:
            assert_never(part)


def media_block(media_type: str, data: str, filename: str, param: str, setting: Setting) -> Block:
    """Bytes as the block of their kind."""
    if not data:
        raise CannotCarry(param, "Bedrock fetches nothing; send the content itself as a data URL (base64).")
    stem, _, suffix = filename.rpartition(".")
    found = format_of(media_type.lower(), suffix.lower())
    if found is None:
        raise CannotCarry(param, f"Bedrock takes images, documents, video and audio, not {media_type or 'this'}.")
    kind, word = found
    block: Block = {"format": word, "source": {"bytes": data}}
    if kind == "document":
        block["name"] = document_name(stem or filename, setting.documents)
    return {kind: block}


def format_of(media_type: str, suffix: str) -> tuple[str, str] | None:
    """The kind and the format of a file; its name counts where no type is told."""
    if media_type in FORMATS:
        return FORMATS[media_type]
    if media_type.startswith("text/"):
        return ("document", "txt")
    if media_type in ("", "application/octet-stream"):
        return next((found for found in FORMATS.values() if found[1] == suffix), None)
    return None


def document_name(filename: str, taken: set[str]) -> str:
    """A name of the characters that Bedrock takes, which no other document has."""
    wanted = BAD_NAME.sub(" ", filename).strip()[:NAME_LIMIT].strip() or "document"
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    taken.add(name)
    return name
