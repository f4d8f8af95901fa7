"""Chat and embeddings requests as requests to the Gemini API.

Facts: ai.google.dev/api/generate-content and /embeddings. Must not know how the request is sent, nor the reply.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from addon.canon.dialogue import (
    body_of,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    safe_names,
    split_system,
    tool_names,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Tool
from addon.canon.texts import input_texts
from addon.dialects.gemini_models import Abilities, abilities
from addon.dialects.gemini_parts import REACHABLE, Setting, contents

VERSION = "v1beta"
"""`v1` does not know system instructions, tools or schemas."""
VERSIONED = re.compile(r"/v\d\w*$")
BAD_NAME = re.compile(r"^[^a-zA-Z_]|[^a-zA-Z0-9_.:-]")
NAME_LIMIT = 64
EMPTY_SCHEMA = {"type", "properties", "required", "additionalProperties", "$schema"}
"""What the schema of a function without arguments may hold."""
STOPS = 5
PENALTY = 1.99
"""Penalties lie between -2 and 2, without these."""
TOP_LOGPROBS = 20
SEED_MASK = 0x7FFFFFFF
HARM = "HARM_CATEGORY_"
SAFETY_CATEGORIES = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
"""One API's list, without CIVIC_INTEGRITY, which newer models reject."""
SAFETY_DEFAULT = "BLOCK_NONE"


def build(request: ChatRequest, target: Target) -> Outbound:
    """`generateContent`, or its streaming twin. Without `alt=sse` the stream would be one long JSON array."""
    method = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
    return outbound(target, method, chat_document(request, target))


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    """`batchEmbedContents`, for one text as well."""
    options = {} if request.dimensions is None else {"outputDimensionality": request.dimensions}
    texts = input_texts(request, "Gemini")
    requests = [{"model": model_path(target), "content": {"parts": [{"text": text}]}, **options} for text in texts]
    return outbound(target, "batchEmbedContents", {"requests": requests})


def outbound(target: Target, method: str, document: dict[str, Any]) -> Outbound:
    return Outbound(
        method="POST",
        url=f"{api_base(target)}/{quote(model_path(target), safe='/@')}:{method}",
        headers=(("content-type", "application/json"), *target.quirks.headers),
        body=body_of(document),
        secrets=(("x-goog-api-key", target.key),),
    )


def api_base(target: Target) -> str:
    """The base URL with the API's version: the channel's, that of GEMINI_VERSION, or the one that has everything."""
    if VERSIONED.search(target.base_url):
        return target.base_url
    version = target.config.get("api_version") or target.settings.get("GEMINI_VERSION") or VERSION
    return f"{target.base_url}/{version}"


def model_path(target: Target) -> str:
    known = target.model.startswith(("models/", "tunedModels/"))
    return target.model if known else f"models/{target.model}"


def chat_document(request: ChatRequest, target: Target, reachable: re.Pattern[str] = REACHABLE) -> dict[str, Any]:
    """The body of `generateContent`. `reachable`: the addresses from which content is fetched there."""
    refuse_foreign(request, "Gemini")
    able = abilities(target.model)
    names = restricted_names(request)
    system, rest = split_system(request.messages, target.system_prompt)
    turns = contents(rest, Setting(names, able, api_base(target), reachable))
    if not turns:
        raise nothing_to_say("Gemini")
    system = "\n\n".join(filter(None, [system, schema_instruction(request, able)]))
    if system and not able.system_instruction:
        turns[0]["parts"].insert(0, {"text": f"{system}\n\n"})
        system = ""
    document = {
        "systemInstruction": {"parts": [{"text": system}]} if system else None,
        "contents": turns,
        "tools": [{"functionDeclarations": [declaration(tool, names) for tool in request.tools]}]
        if request.tools
        else None,
        "toolConfig": tool_config(request, able, names),
        "generationConfig": generation_config(request, able),
        "safetySettings": safety_settings(target),
    }
    return {name: value for name, value in document.items() if value}


def restricted_names(request: ChatRequest) -> dict[str, str]:
    """The client's tool names -> names that Gemini takes."""
    return safe_names(tool_names(request), BAD_NAME, NAME_LIMIT)


def declaration(tool: Tool, names: dict[str, str]) -> dict[str, Any]:
    """A function. `parametersJsonSchema` takes any JSON schema; one without properties is left out."""
    document: dict[str, Any] = {"name": names[tool.name], "description": tool.description}
    if tool.parameters.get("properties") or set(tool.parameters) - EMPTY_SCHEMA:
        document["parametersJsonSchema"] = tool.parameters
    return {name: value for name, value in document.items() if value}


def tool_config(request: ChatRequest, able: Abilities, names: dict[str, str]) -> dict[str, Any] | None:
    """Who decides on calls. Strict tools ask for the mode that keeps to their schemas."""
    choice = request.tool_choice
    if not request.tools:
        return None
    strict = able.validates_tools and any(tool.strict for tool in request.tools)
    if choice is None or choice.mode == "auto":
        mode = "VALIDATED" if strict else "AUTO" if choice is not None else ""
        return {"functionCallingConfig": {"mode": mode}} if mode else None
    if choice.mode == "none":
        return {"functionCallingConfig": {"mode": "NONE"}}
    config: dict[str, Any] = {"mode": "ANY"}
    if choice.mode == "named":
        config["allowedFunctionNames"] = [names[choice.name]]
    return {"functionCallingConfig": config}


def generation_config(request: ChatRequest, able: Abilities) -> dict[str, Any]:
    config: dict[str, Any] = {
        "temperature": clamped(request.temperature, 0, 2),
        "topP": clamped(request.top_p, 0, 1),
        "topK": request.top_k or None,
        "maxOutputTokens": request.max_tokens or None,
        "candidateCount": request.n if request.n > 1 else None,
        "stopSequences": [stop for stop in request.stop if stop][:STOPS] or None,
        "seed": None if request.seed is None else request.seed & SEED_MASK,
        "presencePenalty": clamped(request.presence_penalty, -PENALTY, PENALTY),
        "frequencyPenalty": clamped(request.frequency_penalty, -PENALTY, PENALTY),
        "responseModalities": ["TEXT", "IMAGE"] if "image" in request.modalities else None,
        "thinkingConfig": able.thinking_config(request.reasoning_effort) if request.reasoning_effort else None,
    }
    if request.logprobs:
        config["responseLogprobs"] = True
        config["logprobs"] = min(request.top_logprobs, TOP_LOGPROBS) if request.top_logprobs else None
    if has_json_mode(request, able):
        config["responseMimeType"] = "application/json"
        config["responseJsonSchema"] = request.response_format.schema or None
    return {name: value for name, value in config.items() if value is not None}


def clamped(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else min(max(value, low), high)


def has_json_mode(request: ChatRequest, able: Abilities) -> bool:
    """Whether JSON is asked for by a knob; before Gemini 3 that and tools exclude each other."""
    return request.response_format.kind != "text" and (able.json_with_tools or not request.tools)


def schema_instruction(request: ChatRequest, able: Abilities) -> str:
    return "" if has_json_mode(request, able) else json_instruction(request.response_format)


def safety_settings(target: Target) -> list[dict[str, str]]:
    """One API's GEMINI_SAFETY_SETTING, for each category; set to nothing, Google's own defaults hold."""
    threshold = target.settings.get("GEMINI_SAFETY_SETTING", SAFETY_DEFAULT)
    if not threshold:
        return []
    return [{"category": HARM + category, "threshold": threshold} for category in SAFETY_CATEGORIES]
