"""Messages with OpenAI's roles and names, most often with nothing but text in them: what many providers take.

Must not know any provider: its name is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from addon.canon.dialogue import RESULT_ROLES, CallSite, answered_calls, nothing_to_say, split_system
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, Message, ToolCall
from addon.canon.texts import plain_text
from addon.canon.turns import says_something, unanswerable

Json = dict[str, Any]
Turn = Callable[[Message, Mapping[str, CallSite]], Json]
"""(message, who answers which call) -> the provider's message."""


def conversation(request: ChatRequest, target: Target, provider: str, turn: Turn) -> list[Json]:
    """The whole conversation, its system text in front. Raises CannotCarry for one that says nothing."""
    system, rest = split_system(request.messages, target.system_prompt)
    answered = answered_calls(rest)
    found = [turn(message, answered) for message in rest if says_something(message)]
    if not found:
        raise nothing_to_say(provider)
    return [{"role": "system", "content": system}, *found] if system else found


def plain_turn(message: Message, answered: Mapping[str, CallSite], provider: str) -> Json:
    """The message with its content as one text. Raises CannotCarry for a part that is none."""
    return turn_of(message, answered, plain_text(message, provider))


def turn_of(message: Message, answered: Mapping[str, CallSite], content: Any) -> Json:
    """The message with this content: of the user, the assistant (with its calls), or a tool.

    `answered` is what `dialogue.answered_calls` found. Raises CannotCarry for the result of a call that nobody made.
    """
    if message.role in RESULT_ROLES:
        site = answered.get(message.param)
        if site is None:
            raise unanswerable(message)
        return {"role": "tool", "content": content, "tool_call_id": call_id(site.call)}
    role = "assistant" if message.role == "assistant" else "user"
    calls = [call_document(call, position) for position, call in enumerate(message.tool_calls)]
    return {"role": role, "content": content} | ({"tool_calls": calls} if calls else {})


def call_document(call: ToolCall, position: int) -> Json:
    function = {"name": call.name, "arguments": call.arguments}
    return {"index": position, "id": call_id(call), "type": "function", "function": function}


def call_id(call: ToolCall) -> str:
    """The old `function_call` had none."""
    return call.id or call.name
