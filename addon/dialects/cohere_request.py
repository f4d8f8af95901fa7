"""A chat request as a request to Cohere's v2 chat (docs.cohere.com/reference/chat).

Must not know the reply, nor v1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    CallSite,
    answered_calls,
    argument_object,
    body_of,
    call_ids,
    compact,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    safe_names,
    split_system,
    tool_names,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Image, Message, Tool
from addon.canon.texts import plain_text, text_of
from addon.canon.turns import CONTINUE, says_something, unanswerable

Json = dict[str, Any]
PROVIDER = "Cohere"
BAD_NAME = re.compile(r"[^A-Za-z0-9_]|^(?=[0-9])")
BAD_ID = re.compile(r"[^\w:.-]")
LIMIT = 64
STOPS = 5
THINKERS = ("command-a-reasoning", "command-a-plus", "north-")
"""How the names of models begin that can think; the others refuse to be asked."""
BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192}
"""Thinking tokens by effort; from high on there is no limit but the model's."""
CARRIED = ("documents", "citation_options", "safety_mode", "priority")
"""Cohere's own fields, for clients that know them."""


def build(request: ChatRequest, target: Target) -> Outbound:
    document = {"model": target.model, **chat_document(request, target)}
    if request.stream:
        document["stream"] = True
    return outbound(target, "/v2/chat", document)


def outbound(target: Target, path: str, document: Mapping[str, Any], *headers: tuple[str, str]) -> Outbound:
    """A base URL may end with a version: the path has the one that is meant."""
    base = re.sub(r"/v[12]$", "", target.base_url)
    return Outbound(
        method="POST",
        url=f"{base}{path}",
        headers=(("content-type", "application/json"), *headers),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def chat_document(request: ChatRequest, target: Target) -> Json:
    """The body without `model` and `stream`."""
    refuse(request)
    tools = tool_list(request)
    document: Json = {
        "messages": messages(request, target),
        **tools,
        **sampling(request),
        "response_format": response_format(request),
        "thinking": thinking(request, target),
        **{name: request.body[name] for name in CARRIED if name in request.body},
    }
    return {name: value for name, value in document.items() if value or value == 0}


def refuse(request: ChatRequest) -> None:
    """Raises CannotCarry for what neither version of the API can do."""
    refuse_foreign(request, PROVIDER)
    if request.n > 1:
        raise CannotCarry("n", "Cohere gives one answer per request; leave n out or set it to 1.")


def restricted_names(request: ChatRequest) -> dict[str, str]:
    """The client's tool names -> names that Cohere takes."""
    return safe_names(tool_names(request), BAD_NAME, LIMIT)


def messages(request: ChatRequest, target: Target) -> list[Json]:
    system, rest = split_system(request.messages, target.system_prompt)
    if request.tools:
        # A format and tools exclude each other there.
        system = "\n\n".join(filter(None, [system, json_instruction(request.response_format)]))
    names, ids, answered = restricted_names(request), call_ids(rest, BAD_ID, LIMIT), answered_calls(rest)
    found = [turn(message, target, names, ids, answered) for message in rest if says_something(message)]
    if not found:
        raise nothing_to_say(PROVIDER)
    if found[-1]["role"] == "assistant":
        found.append({"role": "user", "content": CONTINUE})
    return [{"role": "system", "content": system}, *found] if system else found


def turn(
    message: Message,
    target: Target,
    names: Mapping[str, str],
    ids: Mapping[tuple[str, int], str],
    answered: Mapping[str, CallSite],
) -> Json:
    if message.role in RESULT_ROLES:
        if message.param not in answered:
            raise unanswerable(message)
        call_id = ids[answered[message.param].key]
        return {"role": "tool", "tool_call_id": call_id, "content": plain_text(message, PROVIDER)}
    if message.role != "assistant":
        return {"role": "user", "content": user_content(message)}
    return assistant(message, target, names, ids)


def user_content(message: Message) -> str | list[Json]:
    """A text, or a list of parts where one of them is a picture."""
    if not any(isinstance(part, Image) for part in message.parts):
        return plain_text(message, PROVIDER)
    content: list[Json] = []
    for position, part in enumerate(message.parts):
        if isinstance(part, Image):
            content.append({"type": "image_url", "image_url": {"url": part.url, "detail": part.detail}})
        else:
            text = text_of(part, f"{message.param}.content[{position}]", PROVIDER)
            content += [{"type": "text", "text": text}] if text.strip() else []
    return content


def assistant(message: Message, target: Target, names: Mapping[str, str], ids: Mapping[tuple[str, int], str]) -> Json:
    """What it said beside its calls is its plan; thoughts go back to models that have some."""
    said: Json = {"role": "assistant"}
    text = plain_text(message, PROVIDER)
    content: list[Json] = []
    if message.reasoning and thinks(target.model):
        content.append({"type": "thinking", "thinking": message.reasoning})
    if message.tool_calls:
        said |= {"tool_plan": text} if text else {}
        said["tool_calls"] = [
            {
                "id": ids[(message.param, position)],
                "type": "function",
                "function": {"name": names[call.name], "arguments": compact(argument_object(call))},
            }
            for position, call in enumerate(message.tool_calls)
        ]
    elif text:
        content.append({"type": "text", "text": text})
    return said | ({"content": content} if content else {})


def tool_list(request: ChatRequest) -> Json:
    """The offered tools, and who decides on them: one that is named is the only one, and has to be called."""
    choice, tools = request.tool_choice, list(request.tools)
    if not tools:
        return {}
    names = restricted_names(request)
    found: Json = {}
    if choice is not None and choice.mode == "named":
        tools = [tool for tool in tools if tool.name == choice.name]
    if choice is not None and choice.mode != "auto":
        found["tool_choice"] = "NONE" if choice.mode == "none" else "REQUIRED"
    if any(tool.strict for tool in tools) and all(tool.parameters.get("required") for tool in tools):
        # Strictness is one switch for all, and wants a required parameter in each.
        found["strict_tools"] = True
    return {"tools": [tool_document(tool, names) for tool in tools], **found}


def tool_document(tool: Tool, names: Mapping[str, str]) -> Json:
    function: Json = {"name": names[tool.name]}
    if tool.description:
        function["description"] = tool.description
    return {
        "type": "function",
        "function": {**function, "parameters": tool.parameters or {"type": "object", "properties": {}}},
    }


def sampling(request: ChatRequest) -> Json:
    """The knobs that both versions share, in their narrower ranges."""
    seed = request.seed
    return {
        "max_tokens": request.max_tokens,
        "temperature": clamped(request.temperature, 0, 1),
        "p": clamped(request.top_p, 0.01, 0.99),
        "k": clamped(request.top_k, 0, 500),
        "seed": seed if seed is not None and seed >= 0 else None,
        "stop_sequences": [stop for stop in request.stop if stop][:STOPS],
        **penalty(request),
        "logprobs": request.logprobs or None,
    }


def clamped(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else min(max(value, low), high)


def penalty(request: ChatRequest) -> Json:
    """Only one of the two is taken: the stronger."""
    given = {
        name: clamped(value, 0, 1)
        for name in ("frequency_penalty", "presence_penalty")
        if (value := getattr(request, name))
    }
    strongest = max(given, key=lambda name: given[name] or 0, default="")
    return {strongest: given[strongest]} if given.get(strongest) else {}


def response_format(request: ChatRequest) -> Json | None:
    wanted = request.response_format
    if wanted.kind == "text" or request.tools:
        return None
    return {"type": "json_object", **({"json_schema": wanted.schema} if wanted.kind == "json_schema" else {})}


def thinks(model: str) -> bool:
    return model.startswith(THINKERS)


def thinking(request: ChatRequest, target: Target) -> Json | None:
    effort = request.reasoning_effort
    if not effort or not thinks(target.model):
        return None
    if effort == "none":
        return {"type": "disabled"}
    budget = BUDGETS.get(effort)
    if budget and request.max_tokens:
        budget = min(budget, max(request.max_tokens // 2, 1))
    return {"type": "enabled", **({"token_budget": budget} if budget else {})}
