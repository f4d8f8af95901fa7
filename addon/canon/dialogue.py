"""What every native dialect asks of a conversation: its system text, who answers which call, names a provider takes.

Must not know any provider: what is allowed where is an argument.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.request import CannotCarry, ChatRequest, Message, ResponseFormat, Text, ToolCall

SYSTEM_ROLES = ("system", "developer")
RESULT_ROLES = ("tool", "function")


@dataclass(frozen=True, slots=True)
class CallSite:
    """A tool call and where it stands: the `param` of its assistant message, and its position there."""

    call: ToolCall
    owner: str
    position: int

    @property
    def key(self) -> tuple[str, int]:
        """Identifies the call within the conversation; ids do not, some clients use one twice."""
        return self.owner, self.position


def split_system(messages: tuple[Message, ...], channel_prompt: str = "") -> tuple[str, tuple[Message, ...]]:
    """The system text and the rest of the conversation.

    `channel_prompt` takes the place of the leading system message, if there is one. All system messages go to the
    front, as the providers' own OpenAI endpoints do it. A conversation without anything else becomes the user's:
    providers want at least one turn.
    """
    if channel_prompt and messages and messages[0].role in SYSTEM_ROLES:
        messages = messages[1:]
    texts = [channel_prompt, *(message.text for message in messages if message.role in SYSTEM_ROLES)]
    system = "\n".join(text for text in texts if text.strip())
    rest = tuple(message for message in messages if message.role not in SYSTEM_ROLES)
    if rest:
        return system, rest
    return "", (Message(role="user", parts=(Text(system),), param="messages[0]"),)


def call_sites(messages: Iterable[Message]) -> list[CallSite]:
    """Every tool call of the conversation, in order."""
    return [
        CallSite(call, message.param, position)
        for message in messages
        for position, call in enumerate(message.tool_calls)
    ]


def call_ids(messages: Iterable[Message], forbidden: re.Pattern[str], limit: int) -> dict[tuple[str, int], str]:
    """An id for each tool call, by its key: unique in the conversation, without forbidden characters, never empty."""
    ids: dict[tuple[str, int], str] = {}
    for site in call_sites(messages):
        wanted = forbidden.sub("_", site.call.id)[:limit] or f"call_{len(ids)}"
        ids[site.key] = unused(wanted, set(ids.values()), limit)
    return ids


def answered_calls(messages: Iterable[Message]) -> dict[str, CallSite]:
    """The `param` of each result message -> the call it answers: the latest one with that id (or name, for the old
    `function` role) that has no answer yet. Results that answer nothing are left out."""
    waiting: list[CallSite] = []
    answered: dict[str, CallSite] = {}
    for message in messages:
        waiting = [*call_sites([message]), *waiting]
        if message.role not in RESULT_ROLES:
            continue
        for site in waiting:
            if answers(message, site.call):
                answered[message.param] = site
                waiting.remove(site)
                break
    return answered


def answers(message: Message, call: ToolCall) -> bool:
    if message.tool_call_id:
        return message.tool_call_id == call.id
    return message.role == "function" and message.name == call.name


def tool_names(request: ChatRequest) -> list[str]:
    """Every tool name that occurs in a request: offered, chosen, or called earlier."""
    names = [tool.name for tool in request.tools]
    names += [site.call.name for site in call_sites(request.messages)]
    if request.tool_choice is not None and request.tool_choice.name:
        names.append(request.tool_choice.name)
    return list(dict.fromkeys(names))


def safe_names(names: Iterable[str], forbidden: re.Pattern[str], limit: int) -> dict[str, str]:
    """name -> the same without forbidden characters, at most `limit` long, unique. Good names keep themselves."""
    ordered = sorted(dict.fromkeys(names), key=lambda name: forbidden.search(name) is not None or len(name) > limit)
    safe: dict[str, str] = {}
    for name in ordered:
        safe[name] = unused(forbidden.sub("_", name)[:limit] or "_", set(safe.values()), limit)
    return safe


def unused(name: str, taken: set[str], limit: int) -> str:
    """`name`, with a number at its end if it is taken."""
    candidate, number = name, 2
    while candidate in taken:
        suffix = f"_{number}"
        candidate, number = name[: limit - len(suffix)] + suffix, number + 1
    return candidate


def argument_object(call: ToolCall) -> dict[str, Any]:
    """The arguments as the object native formats want. A model may once have written something else: that is wrapped,
    so that the conversation can go on."""
    if not call.arguments.strip():
        return {}
    try:
        value = json.loads(call.arguments)
    except ValueError:
        return {"arguments": call.arguments}
    return value if isinstance(value, dict) else {"arguments": value}


def json_instruction(wanted: ResponseFormat) -> str:
    """What to tell a model that has no JSON mode (or not this one)."""
    if wanted.kind == "text":
        return ""
    asked = "Answer with one valid JSON object and nothing else: no explanation, no code fence."
    if wanted.kind == "json_object":
        return asked
    return f"{asked} It must match this JSON schema:\n{compact(wanted.schema)}"


def compact(value: Any) -> str:
    """JSON text without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def body_of(document: Mapping[str, Any]) -> bytes:
    """A request document as bytes: ASCII only, so that a lone surrogate of the client's cannot break it."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def refuse_foreign(request: ChatRequest, provider: str) -> None:
    """Raises CannotCarry if the request holds content that the chat view has no place for, or wants a spoken answer."""
    if "audio" in request.modalities:
        message = f"{provider} does not speak in conversations; leave audio out of modalities, or ask for audio/speech."
        raise CannotCarry("modalities", message)
    if request.foreign:
        raise CannotCarry(
            request.foreign[0],
            f"{provider} cannot take content of this type; use text, image_url, file or function tools.",
        )


def nothing_to_say(provider: str) -> CannotCarry:
    """The refusal for a conversation that has nothing but blanks in it."""
    return CannotCarry("messages", f"{provider} needs at least one message that is not empty; add some text.")
