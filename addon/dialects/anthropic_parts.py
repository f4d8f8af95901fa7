"""OpenAI's content parts and messages as Anthropic's content blocks and turns.

Facts: platform.claude.com/docs/en/api/messages, and facts of vision, PDF support and tool use there.
Must not know the rest of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, assert_never

from addon.canon.dialogue import RESULT_ROLES, CallSite, answered_calls, argument_object
from addon.canon.dialogue import call_ids as ids_of_calls
from addon.canon.request import Audio, CannotCarry, File, Image, Message, Part, RefusalText, Text
from addon.canon.texts import decoded

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
BAD_ID = re.compile(r"[^a-zA-Z0-9_-]")
ID_LIMIT = 64
CONTINUE = "Please continue."
THINKING_PREFIX = "anthropic."

Block = dict[str, Any]


def turns(messages: tuple[Message, ...], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The messages as alternating turns. Empty messages vanish; results of tools stand first in their turn."""
    ids = call_ids(messages)
    answered = answered_calls(messages)
    found: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = message_blocks(message, names, ids, answered)
        if found and found[-1]["role"] == role:
            found[-1]["content"] += blocks
        elif blocks:
            found.append({"role": role, "content": blocks})
    for turn in found:
        turn["content"].sort(key=results_first)
    if found and found[0]["role"] == "assistant":
        found.insert(0, {"role": "user", "content": [{"type": "text", "text": CONTINUE}]})
    return found


def results_first(block: Block) -> bool:
    return bool(block["type"] != "tool_result")


def message_blocks(
    message: Message,
    names: Mapping[str, str],
    ids: Mapping[tuple[str, int], str],
    answered: Mapping[str, CallSite],
) -> list[Block]:
    if message.role in RESULT_ROLES:
        return [tool_result(message, ids, answered)]
    if message.role != "assistant":
        return part_blocks(message)
    calls = [
        {
            "type": "tool_use",
            "id": ids[(message.param, position)],
            "name": names[call.name],
            "input": argument_object(call),
        }
        for position, call in enumerate(message.tool_calls)
    ]
    return [*thought_blocks(message), *spoken_blocks(message), *calls]


def call_ids(messages: tuple[Message, ...]) -> dict[tuple[str, int], str]:
    """An id for each tool call that Anthropic takes."""
    return ids_of_calls(messages, BAD_ID, ID_LIMIT)


def tool_result(message: Message, ids: Mapping[tuple[str, int], str], answered: Mapping[str, CallSite]) -> Block:
    site = answered.get(message.param)
    if site is None:
        raise CannotCarry(
            f"{message.param}.tool_call_id",
            "No earlier assistant message has a tool call that this answers; send that message with its tool_calls.",
        )
    block: Block = {"type": "tool_result", "tool_use_id": ids[site.key]}
    content = part_blocks(message)
    if content:
        block["content"] = content
    return block


def thought_blocks(message: Message) -> list[Block]:
    """The signed thoughts of an earlier reply, as they were; anyone else's are left out."""
    blocks: list[Block] = []
    for detail in message.opaque:
        if detail.get("type") == "anthropic.thinking" and detail.get("signature"):
            blocks.append(
                {"type": "thinking", "thinking": detail.get("thinking", ""), "signature": detail["signature"]}
            )
        elif detail.get("type") == "anthropic.redacted_thinking" and detail.get("data"):
            blocks.append({"type": "redacted_thinking", "data": detail["data"]})
    return blocks


def spoken_blocks(message: Message) -> list[Block]:
    """What an assistant message says; Anthropic takes nothing but text there."""
    for position, part in enumerate(message.parts):
        if not isinstance(part, Text | RefusalText):
            raise CannotCarry(
                f"{message.param}.content[{position}]",
                "Anthropic takes only text in assistant messages; move this part into a user message.",
            )
    return part_blocks(message)


def part_blocks(message: Message) -> list[Block]:
    blocks = [part_block(part, f"{message.param}.content[{at}]") for at, part in enumerate(message.parts)]
    return [block for block in blocks if block is not None]


def part_block(part: Part, param: str) -> Block | None:
    """The block of one part; None for a blank text, which Anthropic rejects."""
    match part:
        case Text(text) | RefusalText(text):
            return {"type": "text", "text": text} if text.strip() else None
        case Image():
            return {"type": "image", "source": image_source(part, param)}
        case File():
            return file_block(part, param)
        case Audio():
            raise CannotCarry(param, "Anthropic takes no audio; send a transcript, or use another model.")
        case _:
            assert_never(part)


def image_source(image: Image, param: str) -> Block:
    if not image.data:
        return {"type": "url", "url": image.url}
    return image_data(image.media_type, image.data, param)


def image_data(media_type: str, data: str, param: str) -> Block:
    kind = media_type.lower().replace("image/jpg", "image/jpeg")
    if kind not in IMAGE_TYPES:
        raise CannotCarry(param, f"Anthropic takes JPEG, PNG, GIF and WebP images, not {media_type}; convert it.")
    return {"type": "base64", "media_type": kind, "data": data}


def file_block(file: File, param: str) -> Block:
    if file.media_type.startswith("image/"):
        return {"type": "image", "source": image_data(file.media_type, file.data, param)}
    block: Block = {"type": "document", "source": file_source(file, param)}
    if file.filename:
        block["title"] = file.filename
    return block


def file_source(file: File, param: str) -> Block:
    if file.file_id:
        return {"type": "file", "file_id": file.file_id}
    if file.url:
        return {"type": "url", "url": file.url}
    if file.media_type == "application/pdf":
        return {"type": "base64", "media_type": "application/pdf", "data": file.data}
    if file.media_type.startswith("text/"):
        return {"type": "text", "media_type": "text/plain", "data": decoded(file.data, param)}
    raise CannotCarry(
        param, f"Anthropic takes PDF, text and image files, not {file.media_type or 'this'}; send the text."
    )
