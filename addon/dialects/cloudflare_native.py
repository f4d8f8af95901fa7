"""Requests to Workers AI's native surface (`/ai/run`), as Cloudflare's own AI SDK provider writes them.

Must not know addresses nor replies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    CallSite,
    argument_object,
    compact,
    refuse_foreign,
)
from addon.canon.outbound import Target
from addon.canon.plain_turns import conversation
from addon.canon.request import (
    CannotCarry,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Image,
    Message,
    ResponseFormat,
    Tool,
    ToolCall,
)
from addon.canon.texts import input_texts, plain_text, text_of
from addon.canon.turns import unanswerable

Json = dict[str, Any]
PROVIDER = "Workers AI"
MAX_TOKENS = 2048
"""Left to itself a model stops after 256."""
KNOBS = ("temperature", "top_p", "seed", "frequency_penalty", "presence_penalty")
HOTTEST = 5
SEEDS = (1, 9999999999)


def chat_document(request: ChatRequest, target: Target) -> Json:
    refuse_foreign(request, PROVIDER)
    if request.n > 1:
        raise CannotCarry("n", "Workers AI gives one answer per request; leave n out or set it to 1.")
    document: Json = {
        "messages": conversation(request, target, PROVIDER, turn),
        # A JSON mode is not streamed; our face makes a stream of the whole.
        "stream": request.stream and request.response_format.kind == "text",
        "max_tokens": request.max_tokens or MAX_TOKENS,
        **{name: getattr(request, name) for name in KNOBS},
        "top_k": min(max(request.top_k, 1), 50) if request.top_k else None,
        "reasoning_effort": request.reasoning_effort,
        "response_format": wanted_format(request.response_format),
        **tools(request),
    }
    return fitted(document)


def fitted(document: Json) -> Json:
    """Without what was not set; temperatures end at 5 there, and seeds begin with 1."""
    found = {name: value for name, value in document.items() if value is not None}
    if "temperature" in found:
        found["temperature"] = min(found["temperature"], HOTTEST)
    if "seed" in found:
        found["seed"] = min(max(found["seed"], SEEDS[0]), SEEDS[1])
    return found


def turn(message: Message, answered: Mapping[str, CallSite]) -> Json:
    if message.role in RESULT_ROLES:
        site = answered.get(message.param)
        if site is None:
            raise unanswerable(message)
        text = plain_text(message, PROVIDER)
        return {"role": "tool", "name": site.call.name, "tool_call_id": id_of(site.call), "content": text}
    if message.role != "assistant":
        return {"role": "user", "content": user_content(message)}
    said: Json = {"role": "assistant", "content": plain_text(message, PROVIDER)}
    if message.tool_calls:
        said["tool_calls"] = [call_document(call) for call in message.tool_calls]
    return said


def id_of(call: ToolCall) -> str:
    """The old `function_call` had no id."""
    return call.id or call.name


def call_document(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": compact(argument_object(call))}
    return {"id": id_of(call), "type": "function", "function": function}


def user_content(message: Message) -> str | list[Json]:
    """A text, which every model takes; a list of parts where one of them is a picture."""
    if not any(isinstance(part, Image) for part in message.parts):
        return plain_text(message, PROVIDER)
    return [
        {"type": "image_url", "image_url": {"url": part.url}}
        if isinstance(part, Image)
        else {"type": "text", "text": text_of(part, f"{message.param}.content[{at}]", PROVIDER)}
        for at, part in enumerate(message.parts)
    ]


def tools(request: ChatRequest) -> Json:
    choice, offered = request.tool_choice, list(request.tools)
    if not offered or (choice is not None and choice.mode == "none"):
        return {}
    if choice is not None and choice.mode == "named":
        offered = [tool for tool in offered if tool.name == choice.name]
    forced = {"tool_choice": "any"} if choice is not None and choice.mode != "auto" else {}
    return {"tools": [tool_document(tool) for tool in offered], **forced}


def tool_document(tool: Tool) -> Json:
    parameters = tool.parameters or {"type": "object", "properties": {}}
    function = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": function}


def wanted_format(wanted: ResponseFormat) -> Json | None:
    """The schema stands there without the name that OpenAI gives it."""
    if wanted.kind == "text":
        return None
    return {"type": wanted.kind, **({"json_schema": wanted.schema} if wanted.kind == "json_schema" else {})}


def completion_document(request: CompletionRequest) -> Json:
    if len(request.prompts) != 1 or not isinstance(request.prompts[0], str):
        raise CannotCarry("prompt", "Workers AI takes one text as the prompt; send one request for each.")
    if request.n > 1 or request.best_of > 1:
        raise CannotCarry("n", "Workers AI gives one answer per request; leave n and best_of out.")
    own = {name: request.body.get(name) for name in KNOBS}
    limit = request.max_tokens or MAX_TOKENS
    return fitted({"prompt": request.prompts[0], "stream": request.stream, "max_tokens": limit, **own})


def embedding_document(request: EmbeddingRequest) -> Json:
    return {"text": input_texts(request, "Workers AI")}
