"""The old `functions` of OpenAI's dialect as tools, for providers that know only these.

Their replies are told in meanings then: the face knows what the client speaks, and answers in the old words.
https://platform.openai.com/docs/api-reference/chat/create. Must not know providers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from addon.canon.outbound import Quirks
from addon.canon.request import ChatRequest, Message, ToolCall
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]
OLD = ("functions", "function_call")


def converts(request: ChatRequest, quirks: Quirks) -> bool:
    """Whether the request has to be put into the new words."""
    told = request.body.get("messages") or ()
    return not quirks.functions and (any(name in request.body for name in OLD) or any(map(is_old, told)))


def is_old(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "function" or "function_call" in message


def wants_functions(request: ChatRequest, quirks: Quirks) -> bool:
    """The client expects `function_call` back, and the provider will answer with tool calls."""
    return not quirks.functions and bool(request.body.get("functions")) and not request.body.get("tools")


def modern(request: ChatRequest) -> ChatRequest:
    """The same request with tools, their calls and their results."""
    body = {name: value for name, value in request.body.items() if name not in OLD}
    if wants_functions(request, Quirks(functions=False)):
        body["tools"] = [{"type": "function", "function": function} for function in request.body["functions"]]
        choice = request.body.get("function_call")
        if choice is not None:
            named = {"type": "function", "function": choice}
            body["tool_choice"] = choice if isinstance(choice, str) else named
    given = zip(request.body["messages"], request.messages, strict=True)
    body["messages"] = [_message(message, view) if is_old(message) else message for message, view in given]
    return replace(request, body=body, raw=dumps(body).encode("utf-8", "surrogatepass"))


def _message(given: Json, view: Message) -> Json:
    """One message; `view` knows the ids that the old words do without."""
    if view.role == "function":
        kept = {name: value for name, value in given.items() if name not in ("role", "name")}
        return {"role": "tool", "tool_call_id": view.tool_call_id, **kept}
    message = {name: value for name, value in given.items() if name != "function_call"}
    return message | ({"tool_calls": [_call(call) for call in view.tool_calls]} if view.tool_calls else {})


def _call(call: ToolCall) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
