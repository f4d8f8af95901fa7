"""A conversation as the input of Replicate's language models: one prompt, a system prompt, pictures.

Must not know predictions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addon.canon.dialogue import json_instruction, nothing_to_say, refuse_foreign, split_system
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, Image, Message
from addon.canon.texts import text_of
from addon.canon.turns import refuse_tools, says_something

Json = dict[str, Any]
PROVIDER = "Replicate"
PICTURES = (("openai/", "image_input"), ("google/", "images"))
"""Models by the start of their names -> their field for several pictures; the others have `image`, for one."""
LENGTH = (("openai/gpt", "max_completion_tokens"), ("google/", "max_output_tokens"))
"""The same for the limit of length; the others have `max_tokens`."""


def chat_input(request: ChatRequest, target: Target) -> Json:
    """Raises CannotCarry for what a prompt cannot say."""
    refuse_foreign(request, PROVIDER)
    refuse_tools(request, PROVIDER)
    if request.n > 1:
        raise CannotCarry("n", "Replicate gives one answer per request; leave n out or set it to 1.")
    system, rest = split_system(request.messages, target.system_prompt)
    turns = [message for message in rest if says_something(message)]
    if not turns:
        raise nothing_to_say(PROVIDER)
    wanted: Json = {
        "prompt": prompt_of(turns),
        "system_prompt": "\n\n".join(filter(None, [system, json_instruction(request.response_format)])) or None,
        **pictures(turns, target.model),
        named(LENGTH, target.model, "max_tokens"): request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "seed": request.seed,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "stop_sequences": ",".join(request.stop) or None,
        "reasoning_effort": request.reasoning_effort,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def prompt_of(turns: list[Message]) -> str:
    """A single question as it is; a conversation as lines that say who speaks, with the assistant next."""
    if len(turns) == 1 and turns[0].role == "user":
        return spoken(turns[0])
    lines = [f"{message.role}: {spoken(message)}" for message in turns]
    if turns[-1].role != "assistant":
        lines.append("assistant:")
    return "\n".join(lines)


def spoken(message: Message) -> str:
    """The text of a message, and what it called."""
    texts = [
        text_of(part, f"{message.param}.content[{at}]", PROVIDER)
        for at, part in enumerate(message.parts)
        if not isinstance(part, Image)
    ]
    return "\n".join(filter(None, ["".join(texts), *(f"{call.name}({call.arguments})" for call in message.tool_calls)]))


def pictures(turns: Iterable[Message], model: str) -> Json:
    urls = [part.url for message in turns for part in message.parts if isinstance(part, Image)]
    if not urls:
        return {}
    field = named(PICTURES, model, "image")
    return {field: urls[-1] if field == "image" else urls}


def named(table: Iterable[tuple[str, str]], model: str, otherwise: str) -> str:
    return next((field for start, field in table if model.startswith(start)), otherwise)
