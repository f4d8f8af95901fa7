"""An OpenAI conversation as Baidu's Qianfan v1 takes it: strict turns, a system text apart, one function at a time.

Must not know addresses nor replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    answered_calls,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, Message, Tool
from addon.canon.texts import plain_text
from addon.canon.turns import alternating, unanswerable

Json = dict[str, Any]
STOPS = 4
STOP_LENGTH = 20
LEAST_TOKENS = 2
LEAST_TEMPERATURE = 0.01
WITH_JSON_MODE = ("ernie-3.5", "ernie-4.0")
SWITCHES = ("disable_search", "enable_citation", "enable_trace")


def chat_document(request: ChatRequest, target: Target) -> Json:
    """The body of a chat. Raises CannotCarry for content that ERNIE does not take."""
    refuse_foreign(request, "Baidu")
    if request.n > 1:
        raise CannotCarry("n", "Baidu gives one answer per request; leave n out or set it to 1.")
    system, rest = split_system(request.messages, target.system_prompt)
    system = "\n\n".join(filter(None, (system, json_instruction(request.response_format))))
    turns = messages(rest)
    if not turns:
        raise nothing_to_say("Baidu")
    document: Json = {"messages": turns, **({"system": system} if system else {}), **dict(sampling(request))}
    if request.stream:
        document["stream"] = True
    if request.response_format.kind != "text" and target.model.lower().startswith(WITH_JSON_MODE):
        document["response_format"] = "json_object"
    document.update({name: request.body[name] for name in SWITCHES if isinstance(request.body.get(name), bool)})
    return document | dict(functions(request))


def sampling(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    if request.temperature is not None:
        yield "temperature", min(max(request.temperature, LEAST_TEMPERATURE), 1)
    if request.top_p is not None:
        yield "top_p", min(max(request.top_p, 0), 1)
    if request.frequency_penalty is not None:
        # None is 1 there, and the most 2; there are no rewards.
        yield "penalty_score", min(max(1 + request.frequency_penalty / 2, 1), 2)
    if request.max_tokens is not None:
        yield "max_output_tokens", max(request.max_tokens, LEAST_TOKENS)
    stops = [stop for stop in request.stop if len(stop) <= STOP_LENGTH]
    if stops:
        yield "stop", stops[:STOPS]
    if request.user:
        yield "user_id", request.user


def messages(conversation: tuple[Message, ...]) -> list[Json]:
    names = {param: site.call.name for param, site in answered_calls(conversation).items()}
    return [turn(message, names) for message in alternating(one_call_at_a_time(conversation))]


def one_call_at_a_time(conversation: tuple[Message, ...]) -> Iterator[Message]:
    """Each call and its result, one behind the other: a message there has one call only, and wants it answered."""
    answered = answered_calls(conversation)
    results = {site.key: message for message in conversation if (site := answered.get(message.param))}
    for message in conversation:
        if message.role in RESULT_ROLES:
            if message.param not in answered:
                raise unanswerable(message)
            continue
        if not message.tool_calls:
            yield message
            continue
        yield from _calls_with_results(message, results)


def _calls_with_results(message: Message, results: dict[tuple[str, int], Message]) -> Iterable[Message]:
    pairs = [(call, results.get((message.param, at))) for at, call in enumerate(message.tool_calls)]
    found: list[Message] = []
    for call, result in pairs:
        if result is not None:
            found += (replace(message, tool_calls=(call,)), result)
            message = replace(message, parts=(), reasoning="")
    return found or [replace(message, tool_calls=())]


def turn(message: Message, names: dict[str, str]) -> Json:
    text = plain_text(message, "Baidu's Qianfan v1")
    if message.role in RESULT_ROLES:
        return {"role": "function", "name": names[message.param], "content": text or "null"}
    made: Json = {"role": "assistant" if message.role == "assistant" else "user", "content": text}
    for call in message.tool_calls:
        thoughts = {"thoughts": message.reasoning} if message.reasoning else {}
        made["function_call"] = {"name": call.name, "arguments": call.arguments or "{}", **thoughts}
    return made


def functions(request: ChatRequest) -> Iterator[tuple[str, Any]]:
    """The tools. A choice can only name one: none means to send none, and there is no word for "any"."""
    choice = request.tool_choice
    if not request.tools or (choice is not None and choice.mode == "none"):
        return
    yield "functions", [function(tool) for tool in request.tools]
    if choice is not None and choice.mode == "named":
        yield "tool_choice", {"type": "function", "function": {"name": choice.name}}


def function(tool: Tool) -> Json:
    return {
        "name": tool.name,
        "description": tool.description or tool.name,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
