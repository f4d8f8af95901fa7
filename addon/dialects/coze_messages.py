"""An OpenAI conversation as Coze's bots take it: turns of user and assistant, system text at the head of the first one.

Calls and results of earlier turns are told in words: Coze takes no such messages where it keeps a history.
Shared by both versions of the API. Must not know addresses nor replies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from addon.canon.dialogue import RESULT_ROLES, CallSite, answered_calls, json_instruction, split_system
from addon.canon.outbound import Target
from addon.canon.request import Audio, CannotCarry, ChatRequest, File, Image, Message, Part, RefusalText, Text
from addon.canon.turns import unanswerable

DEFAULT_USER = "one-api"
LIMIT = 100
"""Messages that one request may hold."""
NO_FILES: Mapping[str, str] = {}


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


def turns(request: ChatRequest, target: Target, ids: Mapping[str, str] = NO_FILES) -> list[Turn]:
    """The conversation, oldest first. `ids` are those of uploaded files, by the paths of their parts.

    Raises CannotCarry for content that no bot takes.
    """
    refuse_what_no_bot_takes(request)
    system, rest = split_system(request.messages, target.system_prompt)
    head = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    answered = answered_calls(rest)
    made = [turn for message in rest if (turn := _turn(message, ids, answered)).text or turn.objects]
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


def _headed(turn: Turn, head: str) -> Turn:
    objects = ({"type": "text", "text": head}, *turn.objects) if turn.objects else ()
    return Turn(turn.role, f"{head}\n\n{turn.text}" if turn.text else head, objects)


def _turn(message: Message, ids: Mapping[str, str], answered: Mapping[str, CallSite]) -> Turn:
    if message.role in RESULT_ROLES:
        if message.param not in answered:
            raise unanswerable(message)
        return Turn("user", f"{answered[message.param].call.name}: {message.text}")
    role = "assistant" if message.role == "assistant" else "user"
    objects = tuple(_objects(message, ids))
    said = "".join(part.text for part in message.parts if isinstance(part, Text | RefusalText))
    text = "\n".join(filter(None, [said, *(f"{call.name}({call.arguments})" for call in message.tool_calls)]))
    return Turn(role, text, () if all(item["type"] == "text" for item in objects) else objects)


def _objects(message: Message, ids: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for position, part in enumerate(message.parts):
        yield _object(part, f"{message.param}.content[{position}]", ids)


def _object(part: Part, param: str, ids: Mapping[str, str]) -> dict[str, str]:
    match part:
        case Text() | RefusalText():
            return {"type": "text", "text": part.text}
        case Image():
            return {"type": "image", **_place(part.url, param, ids)}
        case File():
            if part.file_id:
                return {"type": "file", "file_id": part.file_id}
            return {"type": "file", **_place(part.url, param, ids)}
        case Audio():
            return {"type": "audio", **_place("", param, ids)}
        case _:
            assert_never(part)


def _place(url: str, param: str, ids: Mapping[str, str]) -> dict[str, str]:
    return {"file_id": ids[param]} if param in ids else {"file_url": _url(url, param)}


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
