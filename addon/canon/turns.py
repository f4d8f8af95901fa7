"""Conversations for providers that insist on turns: user and assistant in alternation, the user first and last.

Must not know any provider. System messages have been taken out before (`dialogue.split_system`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from addon.canon.dialogue import RESULT_ROLES
from addon.canon.request import CannotCarry, ChatRequest, Message, Text

CONTINUE = "Please continue."
"""What a user says where the conversation begins or ends with the assistant."""
NOTED = "Noted."
"""What the assistant says where the user goes on right after the result of a tool."""


def alternating(messages: Iterable[Message]) -> list[Message]:
    """The same conversation in turns. Blank messages disappear, neighbours with one role become one message.

    Results of tools stand on the user's side: several may follow each other.
    """
    turns: list[Message] = []
    for message in filter(says_something, messages):
        if turns and turns[-1].role == message.role and message.role not in RESULT_ROLES:
            turns[-1] = joined(turns[-1], message)
            continue
        if turns and turns[-1].role in RESULT_ROLES and message.role == "user":
            turns.append(spoken("assistant", NOTED, message.param))
        turns.append(message)
    if turns and turns[0].role == "assistant":
        turns.insert(0, spoken("user", CONTINUE, turns[0].param))
    if turns and turns[-1].role == "assistant":
        turns.append(spoken("user", CONTINUE, turns[-1].param))
    return turns


def says_something(message: Message) -> bool:
    spoken = any(not isinstance(part, Text) or part.text.strip() for part in message.parts)
    return spoken or bool(message.tool_calls) or message.role in RESULT_ROLES


def spoken(role: str, text: str, param: str) -> Message:
    return Message("assistant" if role == "assistant" else "user", (Text(text),), param)


def joined(one: Message, other: Message) -> Message:
    """Two messages of one role as one, with a line break between their texts."""
    between = (Text("\n"),) if one.parts and other.parts else ()
    return replace(
        one,
        parts=(*one.parts, *between, *other.parts),
        tool_calls=(*one.tool_calls, *other.tool_calls),
        reasoning="\n".join(filter(None, (one.reasoning, other.reasoning))),
    )


def unanswerable(message: Message) -> CannotCarry:
    """The refusal for the result of a tool that nobody called."""
    return CannotCarry(
        f"{message.param}.tool_call_id",
        "No earlier assistant message has a tool call that this answers; send that message with its tool_calls.",
    )


def refuse_tools(request: ChatRequest, provider: str) -> None:
    """Raises CannotCarry if tools are offered to who calls none; a client that waits for calls had better know."""
    if request.tools and not (request.tool_choice is not None and request.tool_choice.mode == "none"):
        raise CannotCarry("tools", f"{provider} calls no tools; leave tools out, or use another model.")
