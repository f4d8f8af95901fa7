"""A chat request as a request to Anthropic's Messages API.

Facts: platform.claude.com/docs/en/api/messages; what models differ in is in `anthropic_models`.
Must not know how the request is sent, nor anything of the reply.
"""

from __future__ import annotations

import re
from typing import Any

from addon.canon.dialogue import (
    body_of,
    call_sites,
    json_instruction,
    nothing_to_say,
    refuse_foreign,
    safe_names,
    split_system,
    tool_names,
)
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Endpoint, File, Tool
from addon.dialects.anthropic_models import Abilities, abilities
from addon.dialects.anthropic_parts import BAD_ID, CONTINUE, turns
from addon.dialects.anthropic_schema import closed_schema

VERSION = "2023-06-01"
NO_SAMPLING_SINCE = "2026-10-21"
"""From this version of the API on, `temperature`, `top_p` and `top_k` are a 400 for every model."""
FILES_BETA = "files-api-2025-04-14"
NAME_LIMIT = 64
USER_ID_LIMIT = 256
PERSONAL = re.compile(r"@|^\+?[\d\s().-]{7,}$")
"""Anthropic refuses user ids that look like an e-mail address or a telephone number."""
MAX_TOKENS = 4096
MIN_BUDGET = 1024
BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 24576, "max": 24576}
"""Thinking tokens by effort: sent where a model takes a budget, and room for them where it decides itself."""
SERVICE_TIERS = {"auto": "auto", "default": "standard_only"}


def build(request: ChatRequest, target: Target) -> Outbound:
    """The request to `POST /v1/messages`."""
    document = {"model": target.model, **chat_document(request, target)}
    if request.stream:
        document["stream"] = True
    headers = [("content-type", "application/json"), ("anthropic-version", api_version(target))]
    if any(isinstance(part, File) and part.file_id for message in request.messages for part in message.parts):
        headers.append(("anthropic-beta", FILES_BETA))
    path = target.quirks.paths.get(Endpoint.CHAT, "/v1/messages")
    return Outbound(
        method="POST",
        url=target.base_url.removesuffix("/v1") + path,
        headers=(*headers, *target.quirks.headers),
        body=body_of(document),
        secrets=(("x-api-key", target.key),),
    )


def api_version(target: Target) -> str:
    return target.config.get("api_version") or VERSION


def chat_document(request: ChatRequest, target: Target) -> dict[str, Any]:
    """The body without `model` and `stream`, which other ways to Claude put elsewhere."""
    refuse_foreign(request, "Anthropic")
    if request.n > 1:
        raise CannotCarry("n", "Anthropic gives one answer per request; leave n out or set it to 1.")
    able = abilities(target.model)
    names = restricted_names(request)
    system, rest = split_system(request.messages, target.system_prompt)
    messages = turns(rest, names)
    if not messages:
        raise nothing_to_say("Anthropic")
    config = output_config(request, able)
    tools = tool_list(request, able, names)
    thinking = thinking_config(request, able, messages)
    end_as_the_model_wants(messages, able, thinking)
    document: dict[str, Any] = {
        "max_tokens": request.max_tokens or default_max_tokens(request, thinking),
        "system": "\n\n".join(filter(None, [system, schema_instruction(request, able)])),
        "messages": messages,
        "tools": tools,
        "tool_choice": tool_choice(request, able, names) if tools else None,
        "thinking": thinking,
        "output_config": config,
        "stop_sequences": [stop for stop in request.stop if stop.strip()],
        "metadata": {"user_id": user} if (user := user_id(request)) else None,
        "service_tier": SERVICE_TIERS.get(request.service_tier),
    }
    if api_version(target) < NO_SAMPLING_SINCE and not thinks(thinking):
        document |= sampling(request, able)
    return {name: value for name, value in document.items() if value or value == 0}


def restricted_names(request: ChatRequest) -> dict[str, str]:
    """The client's tool names -> names that Anthropic takes."""
    return safe_names(tool_names(request), BAD_ID, NAME_LIMIT)


def user_id(request: ChatRequest) -> str:
    safety_identifier = request.body.get("safety_identifier")
    user = safety_identifier if isinstance(safety_identifier, str) else request.user
    return "" if PERSONAL.search(user) else user[:USER_ID_LIMIT]


def sampling(request: ChatRequest, able: Abilities) -> dict[str, Any]:
    """Temperature 0..1; together with `top_p` only where the model takes both."""
    if not able.sampling:
        return {}
    found: dict[str, Any] = {}
    if request.temperature is not None:
        found["temperature"] = min(max(request.temperature, 0), 1)
    if request.top_p is not None and (not found or able.temperature_with_top_p):
        found["top_p"] = min(max(request.top_p, 0), 1)
    if request.top_k is not None and request.top_k > 0:
        found["top_k"] = request.top_k
    return found


def tool_list(request: ChatRequest, able: Abilities, names: dict[str, str]) -> list[dict[str, Any]]:
    """The offered tools. A history with calls is rejected without any ("must define tools"): then those it names."""
    if request.tools:
        return [tool_document(tool, able, names) for tool in request.tools]
    called = dict.fromkeys(site.call.name for site in call_sites(request.messages))
    return [{"name": names[name], "input_schema": {"type": "object", "properties": {}}} for name in called]


def tool_document(tool: Tool, able: Abilities, names: dict[str, str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", **tool.parameters}
    if not tool.parameters:
        schema["properties"] = {}
    document: dict[str, Any] = {"name": names[tool.name], "input_schema": schema}
    if tool.description:
        document["description"] = tool.description
    if tool.strict and able.schemas:
        document |= {"strict": True, "input_schema": closed_schema(schema)}
    return document


def tool_choice(request: ChatRequest, able: Abilities, names: dict[str, str]) -> dict[str, Any] | None:
    """Who decides on calls. Models that cannot be forced decide themselves."""
    wanted = request.tool_choice
    if not request.tools or (wanted is not None and wanted.mode == "none"):
        return {"type": "none"}
    choice: dict[str, Any] = {"type": "auto"}
    if wanted is not None and able.forced_tools:
        if wanted.mode == "required":
            choice = {"type": "any"}
        elif wanted.mode == "named":
            choice = {"type": "tool", "name": names[wanted.name]}
    if request.parallel_tool_calls is False:
        return choice | {"disable_parallel_tool_use": True}
    return choice if wanted is not None else None


def output_config(request: ChatRequest, able: Abilities) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if effort := effort_word(request.reasoning_effort, able):
        config["effort"] = effort
    if request.response_format.kind == "json_schema" and able.schemas:
        config["format"] = {"type": "json_schema", "schema": closed_schema(request.response_format.schema)}
    return config


def effort_word(effort: str | None, able: Abilities) -> str | None:
    """Anthropic's word for an effort; None where the model has no such knob."""
    if not able.efforts or effort not in {*BUDGETS, "none"}:
        return None
    if effort == "none":
        return None if able.thinking_off else "low"
    if effort == "minimal":
        return "low"
    return effort if effort in able.efforts else "high"


def schema_instruction(request: ChatRequest, able: Abilities) -> str:
    """JSON modes that the model does not have are asked for in words."""
    wanted = request.response_format
    return "" if wanted.kind == "json_schema" and able.schemas else json_instruction(wanted)


def thinking_config(request: ChatRequest, able: Abilities, messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """How the model shall think; None leaves it to the model."""
    effort = request.reasoning_effort
    if effort == "none":
        return {"type": "disabled"} if able.thinking == "adaptive" and able.thinking_off else None
    if effort not in BUDGETS or able.thinking == "none" or forces_a_tool(request):
        return None
    if able.thinking == "adaptive":
        return {"type": "adaptive", "display": "summarized"} if able.hides_thinking else {"type": "adaptive"}
    if lost_its_thoughts(messages):
        return None
    budget = BUDGETS[effort]
    if request.max_tokens:
        budget = min(budget, request.max_tokens // 2)
    return {"type": "enabled", "budget_tokens": budget} if budget >= MIN_BUDGET else None


def forces_a_tool(request: ChatRequest) -> bool:
    """A forced tool and thinking exclude each other; what is to be done goes before how it is thought about."""
    return request.tool_choice is not None and request.tool_choice.mode in ("required", "named")


def lost_its_thoughts(messages: list[dict[str, Any]]) -> bool:
    """Between a call and its result a thinking budget needs the signed thoughts that came with the call."""
    last_said = next((turn for turn in reversed(messages) if turn["role"] == "assistant"), None)
    answering = messages[-1]["content"][0]["type"] == "tool_result"
    return answering and last_said is not None and "thinking" not in last_said["content"][0]["type"]


def thinks(thinking: dict[str, Any] | None) -> bool:
    return thinking is not None and thinking["type"] != "disabled"


def default_max_tokens(request: ChatRequest, thinking: dict[str, Any] | None) -> int:
    """Anthropic wants a limit; thinking counts against it."""
    return MAX_TOKENS + (BUDGETS[request.reasoning_effort or ""] if thinks(thinking) else 0)


def end_as_the_model_wants(messages: list[dict[str, Any]], able: Abilities, thinking: dict[str, Any] | None) -> None:
    """A conversation that ends with the assistant's words: older models continue them (no blanks at the end, please),
    newer ones and those that think want the user to speak last."""
    block = messages[-1]["content"][-1]
    if messages[-1]["role"] != "assistant" or block["type"] != "text":
        return
    if able.prefill and not thinks(thinking):
        block["text"] = block["text"].rstrip()
    else:
        messages.append({"role": "user", "content": [{"type": "text", "text": CONTINUE}]})
