"""A chat request as a request to Bedrock's Converse, the one body for every vendor's models.

Facts: botocore's service model of bedrock-runtime; what families differ in is in `bedrock_models`.
Must not know how the request is sent, nor anything of the reply.
"""

from __future__ import annotations

import re
from typing import Any

from addon.canon.dialogue import (
    answered_calls,
    call_ids,
    call_sites,
    compact,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    split_system,
)
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest, Tool
from addon.dialects.anthropic_request import restricted_names
from addon.dialects.anthropic_schema import closed_schema
from addon.dialects.bedrock_converse_parts import CONTINUE, Setting, turns
from addon.dialects.bedrock_models import Abilities, abilities

EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
"""Effort -> the words of gpt-oss and Nova."""
BAD_ID = re.compile(r"[^a-zA-Z0-9_.:-]")
ID_LIMIT = 64
SERVICE_TIERS = ("flex", "priority")
METADATA = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}")
NO_CALLS = "Answer without calling any tool."


def chat_document(request: ChatRequest, target: Target) -> dict[str, Any]:
    """The body; `target.model` is Bedrock's id."""
    refuse_foreign(request, "Bedrock")
    if request.n > 1:
        raise CannotCarry("n", "Bedrock gives one answer per request; leave n out or set it to 1.")
    able = abilities(target.model)
    names = restricted_names(request)
    system, rest = split_system(request.messages, target.system_prompt)
    messages = turns(rest, Setting(names, call_ids(rest, BAD_ID, ID_LIMIT), answered_calls(rest)))
    if not messages:
        raise nothing_to_say("Bedrock")
    end_as_the_model_wants(messages, able)
    system = "\n\n".join(filter(None, [system, schema_instruction(request, able), call_instruction(request)]))
    if system and not able.system:
        messages[0]["content"].insert(0, {"text": f"{system}\n\n"})
        system = ""
    user = METADATA.fullmatch(request.user)
    document = {
        "system": [{"text": system}] if system else None,
        "messages": messages,
        "inferenceConfig": inference_config(request, able),
        "toolConfig": tool_config(request, able, names),
        "additionalModelRequestFields": additional_fields(request, able),
        "outputConfig": output_config(request, able),
        "serviceTier": {"type": request.service_tier} if request.service_tier in SERVICE_TIERS else None,
        "requestMetadata": {"user": request.user} if user else None,
    }
    return {name: value for name, value in document.items() if value}


def end_as_the_model_wants(messages: list[dict[str, Any]], able: Abilities) -> None:
    """A conversation that ends with the assistant's words: few models continue them (no blanks at the end, please)."""
    block = messages[-1]["content"][-1]
    if messages[-1]["role"] != "assistant" or "text" not in block:
        return
    if able.prefill:
        block["text"] = block["text"].rstrip()
    else:
        messages.append({"role": "user", "content": [{"text": CONTINUE}]})


def inference_config(request: ChatRequest, able: Abilities) -> dict[str, Any]:
    config = {
        "maxTokens": request.max_tokens or None,
        "temperature": None if request.temperature is None else min(max(request.temperature, 0), 1),
        "topP": None if request.top_p is None else min(max(request.top_p, 0), 1),
        "stopSequences": ([stop for stop in request.stop if stop.strip()] or None) if able.stops else None,
    }
    return {name: value for name, value in config.items() if value is not None}


def refuses_calls(request: ChatRequest) -> bool:
    return request.tool_choice is not None and request.tool_choice.mode == "none"


def tool_config(request: ChatRequest, able: Abilities, names: dict[str, str]) -> dict[str, Any] | None:
    """The offered tools. There is no way to forbid calls but to offer nothing; yet a history with calls is refused
    without any tools: then it has those it names."""
    called = dict.fromkeys(site.call.name for site in call_sites(request.messages))
    if request.tools and not (refuses_calls(request) and not called):
        tools = [tool_document(tool, able, names) for tool in request.tools]
    else:
        tools = [tool_document(Tool(name), able, names) for name in called]
    if not tools:
        return None
    choice = tool_choice(request, able, names)
    return {"tools": tools, "toolChoice": choice} if choice else {"tools": tools}


def tool_document(tool: Tool, able: Abilities, names: dict[str, str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", **tool.parameters}
    if not tool.parameters:
        schema["properties"] = {}
    spec: dict[str, Any] = {"name": names[tool.name], "inputSchema": {"json": schema}}
    if tool.description:
        spec["description"] = tool.description
    if tool.strict and able.schemas:
        spec |= {"strict": True, "inputSchema": {"json": closed_schema(schema)}}
    return {"toolSpec": spec}


def tool_choice(request: ChatRequest, able: Abilities, names: dict[str, str]) -> dict[str, Any] | None:
    """A call that is demanded; models of which none can be demanded decide themselves."""
    wanted = request.tool_choice
    if wanted is None or not request.tools or able.forced == "no":
        return None
    if wanted.mode == "named" and able.forced == "tool":
        return {"tool": {"name": names[wanted.name]}}
    return {"any": {}} if wanted.mode in ("named", "required") else None


def call_instruction(request: ChatRequest) -> str:
    """Tools that have to be offered although none may be called."""
    return NO_CALLS if refuses_calls(request) and call_sites(request.messages) else ""


def additional_fields(request: ChatRequest, able: Abilities) -> dict[str, Any]:
    """What only some families know, in their own words."""
    fields: dict[str, Any] = {}
    if request.top_k and able.top_k:
        fields = {"top_k": request.top_k} if able.top_k == "top_k" else {"inferenceConfig": {"topK": request.top_k}}
    effort = EFFORTS.get(request.reasoning_effort or "")
    if effort and able.effort == "reasoning_effort":
        fields["reasoning_effort"] = effort
    elif effort and able.effort == "reasoningConfig":
        # Nova takes no limit and no sampling together with its highest effort.
        limited = request.max_tokens or request.temperature is not None or request.top_p is not None or request.top_k
        word = "medium" if effort == "high" and limited else effort
        fields["reasoningConfig"] = {"type": "enabled", "maxReasoningEffort": word}
    return fields


def output_config(request: ChatRequest, able: Abilities) -> dict[str, Any] | None:
    wanted = request.response_format
    if wanted.kind != "json_schema" or not able.schemas:
        return None
    schema = {"name": wanted.name or "answer", "schema": compact(closed_schema(wanted.schema))}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}


def schema_instruction(request: ChatRequest, able: Abilities) -> str:
    """JSON modes that the model does not have are asked for in words."""
    wanted = request.response_format
    return "" if wanted.kind == "json_schema" and able.schemas else json_instruction(wanted)
