"""Requests to Ollama's own API (`/api/chat`, `/api/generate`, `/api/embed`).

What is sent where is what Ollama's own OpenAI surface makes of it (docs.ollama.com/api, and its source).
Must not know replies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addon.canon.dialogue import (
    RESULT_ROLES,
    CallSite,
    argument_object,
    body_of,
    refuse_foreign,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.plain_turns import conversation
from addon.canon.request import (
    Audio,
    CannotCarry,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    File,
    Image,
    Message,
    Part,
    ResponseFormat,
    ToolCall,
)
from addon.canon.texts import input_texts, plain_text, text_of
from addon.canon.turns import unanswerable

Json = dict[str, Any]
PROVIDER = "Ollama"
EFFORTS: Mapping[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}
OPTIONS = ("num_ctx", "top_k", "min_p", "repeat_penalty")
"""Knobs of Ollama's that clients set beside OpenAI's; One API honoured the first."""
TOP_LOGPROBS = 20


def build(request: ChatRequest, target: Target) -> Outbound:
    refuse_foreign(request, PROVIDER)
    if request.n > 1:
        raise CannotCarry("n", "Ollama gives one answer per request; leave n out or set it to 1.")
    document: Json = {
        "model": target.model,
        "messages": conversation(request, target, PROVIDER, turn),
        "stream": request.stream,
        "options": options(request.body, target) | sampling(request),
        "tools": tools(request),
        "format": wanted_format(request.response_format),
        "think": EFFORTS.get(request.reasoning_effort or ""),
        "keep_alive": request.body.get("keep_alive"),
    }
    if request.logprobs:
        document |= {"logprobs": True, "top_logprobs": min(request.top_logprobs or 0, TOP_LOGPROBS)}
    return outbound(target, "/api/chat", {name: value for name, value in document.items() if value is not None})


def outbound(target: Target, path: str, document: Mapping[str, Any]) -> Outbound:
    """A local Ollama wants no key; the cloud, and what may stand in front of it, do."""
    base = target.base_url.removesuffix("/v1").removesuffix("/api")
    secrets = (("authorization", f"Bearer {target.key}"),) if target.key else ()
    return Outbound("POST", f"{base}{path}", (("content-type", "application/json"),), body_of(document), secrets)


def turn(message: Message, answered: Mapping[str, CallSite]) -> Json:
    if message.role in RESULT_ROLES:
        return result(message, answered)
    texts, images = split_parts(message)
    said: Json = {"role": "assistant" if message.role == "assistant" else "user", "content": "".join(texts)}
    if images:
        said["images"] = images
    if message.reasoning:
        said["thinking"] = message.reasoning
    if message.tool_calls:
        said["tool_calls"] = [call_document(call, position) for position, call in enumerate(message.tool_calls)]
    return said


def result(message: Message, answered: Mapping[str, CallSite]) -> Json:
    """Ollama finds the call by its name, newer ones by its id as well."""
    site = answered.get(message.param)
    if site is None:
        raise unanswerable(message)
    found = {"role": "tool", "content": plain_text(message, PROVIDER), "tool_name": site.call.name}
    return found | ({"tool_call_id": site.call.id} if site.call.id else {})


def call_document(call: ToolCall, position: int) -> Json:
    function = {"index": position, "name": call.name, "arguments": argument_object(call)}
    return {"id": call.id, "function": function} if call.id else {"function": function}


def split_parts(message: Message) -> tuple[list[str], list[str]]:
    """Texts and images of a message; Ollama keeps them apart. It takes sounds as if they were images."""
    texts: list[str] = []
    images: list[str] = []
    for position, part in enumerate(message.parts):
        param = f"{message.param}.content[{position}]"
        data = image_data(part, param)
        if data:
            images.append(data)
        else:
            texts.append(text_of(part, param, PROVIDER))
    return texts, images


def image_data(part: Part, param: str) -> str:
    """The base64 of a part that Ollama looks at, "" for any other."""
    match part:
        case Image(data=data):
            if not data:
                raise CannotCarry(param, "Ollama fetches no images; send the image as a data URL.")
            return data
        case Audio(data=data):
            return data
        case File(media_type=media_type, data=data) if media_type.startswith("image/"):
            return data
    return ""


def tools(request: ChatRequest) -> list[Json] | None:
    """The offered tools as they came: Ollama has OpenAI's form. It cannot be told to call one; only not to."""
    choice = request.tool_choice
    if not request.tools or (choice is not None and choice.mode == "none"):
        return None
    named = choice.name if choice is not None and choice.mode == "named" else ""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": {"type": "object", "properties": {}, **tool.parameters},
            },
        }
        for tool in request.tools
        if not named or tool.name == named
    ]


def options(body: Mapping[str, Any], target: Target) -> Json:
    """Ollama's own knobs: the channel's context length, and what the client sets by itself."""
    context = target.config.get("num_ctx", "").strip()
    found: Json = {"num_ctx": int(context)} if context.isdigit() else {}
    own = body.get("options")
    found |= own if isinstance(own, dict) else {}
    return found | {name: body[name] for name in OPTIONS if isinstance(body.get(name), int | float)}


def sampling(request: ChatRequest) -> Json:
    found = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "num_predict": request.max_tokens,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "stop": list(request.stop) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def wanted_format(wanted: ResponseFormat) -> str | Mapping[str, Any] | None:
    return {"text": None, "json_object": "json", "json_schema": wanted.schema}[wanted.kind]


def build_completion(request: CompletionRequest, target: Target) -> Outbound:
    """`/api/generate`, as Ollama's own OpenAI surface asks it."""
    if len(request.prompts) != 1 or not isinstance(request.prompts[0], str):
        raise CannotCarry("prompt", "Ollama takes one text as the prompt; send one request for each.")
    if request.n > 1 or request.best_of > 1:
        raise CannotCarry("n", "Ollama gives one answer per request; leave n and best_of out.")
    body = request.body
    names = ("temperature", "top_p", "seed", "presence_penalty", "frequency_penalty")
    knobs: Json = {name: body[name] for name in names if body.get(name) is not None}
    if request.max_tokens is not None:
        knobs["num_predict"] = request.max_tokens
    if body.get("stop"):
        knobs["stop"] = [body["stop"]] if isinstance(body["stop"], str) else body["stop"]
    document: Json = {"model": target.model, "prompt": request.prompts[0], "stream": request.stream}
    if isinstance(body.get("suffix"), str) and body["suffix"]:
        document["suffix"] = body["suffix"]
    return outbound(target, "/api/generate", {**document, "options": options(body, target) | knobs})


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    document: Json = {"model": target.model, "input": input_texts(request, "Ollama")}
    if request.dimensions is not None:
        document["dimensions"] = request.dimensions
    own = options(request.body, target)
    return outbound(target, "/api/embed", document | ({"options": own} if own else {}))
