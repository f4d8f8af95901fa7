"""Cohere's old chat (`/v1/chat`), for channels that ask for it and for the web-search connector, which v2 has not.

The last user message is the question; history, system text and tool results stand apart from it. Its stream is lines of
JSON, or events if they are asked for. Facts: docs.cohere.com/v1/reference/chat. Composed by `cohere`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    answered_calls,
    argument_object,
    compact,
    json_instruction,
    nothing_to_say,
    split_system,
)
from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    UsageReported,
)
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, Message, Tool, ToolCall
from addon.canon.texts import plain_text
from addon.canon.turns import CONTINUE, says_something, unanswerable
from addon.dialects.cohere_reply import BROKEN, FINISH_REASONS, said_in, usage_of
from addon.dialects.cohere_request import PROVIDER, outbound, refuse, response_format, restricted_names, sampling
from addon.dialects.plain_fault import fault_of

Json = dict[str, Any]
INTERNET = "-internet"
"""The end of a model's name that asks for the web-search connector: One API's convention."""
SEARCH = {"id": "web-search"}
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict"}
"""JSON schema's words for types -> Python's, which v1 has."""


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse(request)
    model = target.model.removesuffix(INTERNET)
    names = restricted_names(request)
    system, rest = split_system(request.messages, target.system_prompt)
    if request.tools:
        system = "\n\n".join(filter(None, [system, json_instruction(request.response_format)]))
    offered = request.tool_choice is None or request.tool_choice.mode != "none"
    document: Json = {
        "model": model,
        **conversation([message for message in rest if says_something(message)], names),
        "preamble": system,
        "tools": [tool_document(tool, names) for tool in request.tools] if offered else [],
        "connectors": [SEARCH] if model != target.model else [],
        **sampling(request),
        "response_format": response_format(request),
    }
    kept = {name: value for name, value in document.items() if value or value == 0 or name == "message"}
    kept.pop("logprobs", None)
    if not request.stream:
        return outbound(target, "/v1/chat", kept)
    return outbound(target, "/v1/chat", {**kept, "stream": True}, ("accepts", "text/event-stream"))


def conversation(messages: list[Message], names: Mapping[str, str]) -> Json:
    """Question, history and the results that the question is asked with."""
    if not messages:
        raise nothing_to_say(PROVIDER)
    if messages[-1].role == "assistant":
        return {"message": CONTINUE, "chat_history": history(messages, names)}
    if messages[-1].role == "user":
        return {"message": plain_text(messages[-1], PROVIDER), "chat_history": history(messages[:-1], names)}
    first = next(at for at in range(len(messages), -1, -1) if not at or messages[at - 1].role not in RESULT_ROLES)
    return {
        "message": "",
        "chat_history": history(messages[:first], names),
        "tool_results": results(messages, messages[first:], names),
    }


def history(messages: Sequence[Message], names: Mapping[str, str]) -> list[Json]:
    found: list[Json] = []
    for message in messages:
        if message.role in RESULT_ROLES:
            tool_results = results(messages, [message], names)
            if found and found[-1]["role"] == "TOOL":
                found[-1]["tool_results"] += tool_results
            else:
                found.append({"role": "TOOL", "tool_results": tool_results})
            continue
        said: Json = {"role": "CHATBOT" if message.role == "assistant" else "USER"}
        said["message"] = plain_text(message, PROVIDER)
        if message.tool_calls:
            said["tool_calls"] = [call_document(call, names) for call in message.tool_calls]
        found.append(said)
    return found


def results(dialogue: Sequence[Message], messages: Sequence[Message], names: Mapping[str, str]) -> list[Json]:
    """Results with the calls they answer, which they repeat: v1 has no ids."""
    answered = answered_calls(dialogue)
    found: list[Json] = []
    for message in messages:
        if message.param not in answered:
            raise unanswerable(message)
        call = call_document(answered[message.param].call, names)
        found.append({"call": call, "outputs": outputs(plain_text(message, PROVIDER))})
    return found


def outputs(text: str) -> list[Json]:
    """A result as objects: what was JSON stays it."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    values = value if isinstance(value, list) and value else [value]
    return [one if isinstance(one, dict) else {"result": one} for one in values]


def call_document(call: ToolCall, names: Mapping[str, str]) -> Json:
    return {"name": names[call.name], "parameters": argument_object(call)}


def tool_document(tool: Tool, names: Mapping[str, str]) -> Json:
    properties = tool.parameters.get("properties") or {}
    required = tool.parameters.get("required") or ()
    definitions = {name: parameter(spec, name in required) for name, spec in properties.items()}
    return {
        "name": names[tool.name],
        "description": tool.description or tool.name,
        **({"parameter_definitions": definitions} if definitions else {}),
    }


def parameter(spec: Any, required: bool) -> Json:
    """v1 describes a parameter with a Python type; what a type cannot say goes into the description."""
    schema = spec if isinstance(spec, dict) else {}
    type_ = schema.get("type")
    rest = {name: value for name, value in schema.items() if name not in ("type", "description")}
    words = [str(schema.get("description") or ""), compact(rest) if rest else ""]
    description = " ".join(filter(None, words))
    found: Json = {"type": TYPES.get(type_, "str") if isinstance(type_, str) else "str", "required": required}
    return {"description": description, **found} if description else found


class StreamReader:
    """One streamed answer. `names` are the tool names that were changed for Cohere: theirs -> the client's."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.spoken = False
        self.called = False

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.data.strip() == b"[DONE]":
            return [Ended()]
        return list(self.event(json.loads(frame.data)))

    def close(self) -> Iterable[Event]:
        return []

    def event(self, event: Json) -> Iterator[Event]:
        match event.get("event_type"):
            case "stream-start":
                yield Started(id=event.get("generation_id") or "")
            case "text-generation":
                self.spoken = True
                yield TextDelta(event["text"])
            case "tool-calls-generation":
                self.called = True
                yield from calls(event.get("tool_calls") or (), self.names)
            case "stream-end":
                yield from self.ended(event)
            case None:
                yield Failed(fault_of(FaultKind.SERVER_ERROR, said_in(event)))

    def ended(self, event: Json) -> Iterator[Event]:
        """The last event repeats the whole reply: only what was not streamed is news."""
        reply = event.get("response") or {}
        if not self.spoken and reply.get("text"):
            yield TextDelta(reply["text"])
        if not self.called:
            self.called = bool(reply.get("tool_calls"))
            yield from calls(reply.get("tool_calls") or (), self.names)
        reason = event.get("finish_reason") or reply.get("finish_reason")
        yield from finished({**reply, "finish_reason": reason}, self.called)


def reply_events(names: Mapping[str, str], body: bytes) -> Iterator[Event]:
    """A whole reply. Raises ValueError or KeyError for what is none."""
    reply = json.loads(body)
    if "text" not in reply and "tool_calls" not in reply:
        yield Failed(fault_of(FaultKind.SERVER_ERROR, said_in(reply)))
        return
    yield Started(id=reply.get("generation_id") or reply.get("response_id") or "")
    if reply.get("text"):
        yield TextDelta(reply["text"])
    yield from calls(reply.get("tool_calls") or (), names)
    yield from finished(reply, bool(reply.get("tool_calls")))


def calls(given: Iterable[Json], names: Mapping[str, str]) -> Iterator[Event]:
    """Tool calls; our face gives them ids, v1 has none."""
    for index, call in enumerate(given):
        yield ToolCallStarted(index, "", names.get(call["name"], call["name"]))
        yield ToolArguments(index, compact(call.get("parameters") or {}))


def finished(reply: Json, called: bool) -> Iterator[Event]:
    """v1 has no reason of its own for calls."""
    yield UsageReported(usage_of(reply.get("meta") or {}))
    reason = reply.get("finish_reason") or ""
    if reason in BROKEN:
        yield Failed(fault_of(FaultKind.SERVER_ERROR, f"Cohere broke off: {reason}"))
    elif called:
        yield Finished("tool_calls")
    else:
        yield Finished(FINISH_REASONS.get(reason, "stop"))
