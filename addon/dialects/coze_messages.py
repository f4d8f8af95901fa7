"""An OpenAI conversation as Coze's bots take it: turns of user and assistant, system text at the head of the first one.

Shared by both versions of the API. Must not know addresses nor replies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from addon.canon.dialogue import json_instruction, split_system
from addon.canon.outbound import Target
from addon.canon.request import Audio, CannotCarry, ChatRequest, File, Image, Message, Part, RefusalText, Text

DEFAULT_USER = "one-api"
LIMIT = 100
"""Messages that one request may hold."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as Coze knows it. `objects` are its parts where one of them is no text, else ()."""

    role: str
    text: str
    objects: tuple[dict[str, str], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The message in an `additional_messages` list. Mixed content is a JSON text of its own."""
        mixed = bool(self.objects)
        content = json.dumps(self.objects, ensure_ascii=False) if mixed else self.text
        return {
            "role": self.role,
            "type": "question" if self.role == "user" else "answer",
            "content": content,
            "content_type": "object_string" if mixed else "text",
        }


def bot_id(target: Target) -> str:
    """The model is the bot's ID; One API's operators write it with `bot-` in front."""
    return target.model.removeprefix("bot-")


def user_id(request: ChatRequest, target: Target) -> str:
    return target.config.get("user_id") or request.user or DEFAULT_USER


def turns(request: ChatRequest, target: Target) -> list[Turn]:
    """The conversation, oldest first. Raises CannotCarry for content that no bot takes."""
    refuse_what_no_bot_takes(request)
    system, rest = split_system(request.messages, target.system_prompt)
    head = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    made = [turn for turn in map(_turn, rest) if turn.text or turn.objects]
    if not (made or head):
        raise CannotCarry("messages", "There is no text for the bot in these messages.")
    if len(made) > LIMIT:
        raise CannotCarry("messages", f"A Coze bot takes at most {LIMIT} messages; leave the oldest out.")
    if not head:
        return made
    first = next((at for at, turn in enumerate(made) if turn.role == "user"), None)
    if first is None:
        return [Turn("user", head), *made]
    return [*made[:first], _headed(made[first], head), *made[first + 1 :]]


def refuse_what_no_bot_takes(request: ChatRequest) -> None:
    if request.n > 1:
        raise CannotCarry("n", "A Coze bot gives one answer per request; leave n out or set it to 1.")
    if request.foreign:
        raise CannotCarry(request.foreign[0], "A Coze bot takes text, images and files; leave this out.")
    for message in request.messages:
        if message.role in ("tool", "function"):
            raise CannotCarry(message.param, "A Coze bot takes no tool results; send the result as the user's text.")


def _headed(turn: Turn, head: str) -> Turn:
    objects = ({"type": "text", "text": head}, *turn.objects) if turn.objects else ()
    return Turn(turn.role, f"{head}\n\n{turn.text}" if turn.text else head, objects)


def _turn(message: Message) -> Turn:
    role = "assistant" if message.role == "assistant" else "user"
    objects = tuple(_objects(message))
    text = "".join(part.text for part in message.parts if isinstance(part, Text | RefusalText))
    return Turn(role, text, () if all(item["type"] == "text" for item in objects) else objects)


def _objects(message: Message) -> Iterator[dict[str, str]]:
    for position, part in enumerate(message.parts):
        yield _object(part, f"{message.param}.content[{position}]")


def _object(part: Part, param: str) -> dict[str, str]:
    match part:
        case Text() | RefusalText():
            return {"type": "text", "text": part.text}
        case Image():
            return {"type": "image", "file_url": _url(part.url, param)}
        case File():
            if part.file_id:
                return {"type": "file", "file_id": part.file_id}
            return {"type": "file", "file_url": _url(part.url, param)}
        case Audio():
            raise CannotCarry(param, "A Coze bot takes audio only as an uploaded file; send a transcript.")


def _url(url: str, param: str) -> str:
    if url.startswith(("http://", "https://")):
        return url
    raise CannotCarry(param, "A Coze bot fetches images and files itself; send an http(s) URL instead of the data.")


def text_only(turns: Iterable[Turn]) -> list[Turn]:
    """The same turns for the old API, which takes text only."""
    found = list(turns)
    if any(turn.objects for turn in found):
        raise CannotCarry("messages", "This bot's API (v2) takes text only; set the channel's API version to v3.")
    return found
