"""Named edits of requests for the international providers that came later, as `openai_edits` has them for others.

Facts: each provider's own documentation, November 2026. Must not know replies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from addon.canon.outbound import Target
from addon.dialects import openai_fitting as fit
from addon.dialects.gemini_models import abilities
from addon.dialects.gemini_parts import NO_SIGNATURE
from addon.dialects.openai_fitting import Body
from addon.dialects.openai_splice import DROP, DocumentEdit, apply, dumps

LOW_TO_HIGH = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
GROQ_EFFORTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("openai/gpt-oss", {**LOW_TO_HIGH, "none": "low"}),
    ("qwen/qwen3.8", {**LOW_TO_HIGH, "none": "none"}),
    ("qwen/", {**dict.fromkeys(LOW_TO_HIGH, "default"), "none": "none", "minimal": "none"}),
)
"""Models by the start of their names -> their words for an effort; the others have none."""
GROQ_TIERS = {"default": "on_demand", "priority": "performance", "fast": "performance"}
GROQ_OWN_TIERS = ("auto", "flex", "on_demand", "performance")

THINKING_NAMES = {
    "thinkingLevel": "thinking_level",
    "thinkingBudget": "thinking_budget",
    "includeThoughts": "include_thoughts",
}

GROQ_WITH_SCHEMAS = ("openai/gpt-oss", "moonshotai/kimi-k2", "meta-llama/llama-4")
"""https://console.groq.com/docs/structured-outputs#supported-models"""

PLAIN_GROK = re.compile(r"grok-(beta|vision|[12]\b|3(?!-mini))|.*non-reasoning")
"""Models that do not reason, and take everything that OpenAI's take."""
GROK_EFFORTS: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...] = (
    (re.compile(r"grok-3-mini"), {**dict.fromkeys(LOW_TO_HIGH, "high"), "none": "low", "minimal": "low", "low": "low"}),
    (re.compile(r"grok-4\.3"), {**LOW_TO_HIGH, "none": "none"}),
    (re.compile(r"grok-(4\.[4-9]|[5-9])"), {**LOW_TO_HIGH, "none": "low"}),
)

BETWEEN = {"role": "assistant", "content": "OK"}


def groq(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Efforts and tiers in Groq's own words, which differ by model; thoughts apart from the text, where a model would
    mix them; a schema in words, where it is an error."""
    words = next((words for start, words in GROQ_EFFORTS if target.model.startswith(start)), {})
    fit.efforts(body, edit, words)
    if not target.model.startswith(GROQ_WITH_SCHEMAS):
        fit.plain_json(body, edit)
    if target.model.startswith("qwen/") and not {"reasoning_format", "include_reasoning"} & set(body):
        edit.top["reasoning_format"] = "parsed"
    tier = body.get("service_tier")
    if tier is not None and tier not in GROQ_OWN_TIERS:
        edit.top["service_tier"] = GROQ_TIERS.get(str(tier), DROP)


def xai(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Models that reason answer penalties and stop sequences with an error; which efforts there are is each one's."""
    if not PLAIN_GROK.match(target.model):
        fit.drop(body, edit, "presence_penalty", "frequency_penalty", "stop")
    fit.efforts(body, edit, next((words for name, words in GROK_EFFORTS if name.match(target.model)), {}))


def together_effort(body: Body, target: Target, edit: DocumentEdit) -> None:
    """No effort is a switch of its own."""
    if fit.effort(body) == "none":
        edit.top["reasoning_effort"] = DROP
        if "reasoning" not in body:
            edit.top["reasoning"] = {"enabled": False}
        return
    fit.efforts(body, edit, LOW_TO_HIGH)


def gemini_surface(body: Body, target: Target, edit: DocumentEdit) -> None:
    """An effort brings no thoughts there; a thinking config does, and excludes an effort. A call whose signature
    the client lost gets Google's stand-in. https://ai.google.dev/gemini-api/docs/openai#thinking"""
    if abilities(target.model).wants_signatures:
        for index, message in fit.messages(body):
            calls = message.get("tool_calls")
            if isinstance(calls, list) and calls and isinstance(calls[0], dict) and not calls[0].get("extra_content"):
                first = {**calls[0], "extra_content": {"google": {"thought_signature": NO_SIGNATURE}}}
                edit.message(index)["tool_calls"] = [first, *calls[1:]]
    asked = fit.effort(body)
    config = abilities(target.model).thinking_config(asked) if asked else None
    own = body.get("extra_body") or {}
    google = own.get("google") or {} if isinstance(own, dict) else None
    if config is None or not isinstance(google, dict) or "thinking_config" in google:
        return
    edit.top["reasoning_effort"] = DROP
    named = {THINKING_NAMES[name]: value.lower() if isinstance(value, str) else value for name, value in config.items()}
    edit.top["extra_body"] = {**own, "google": {**google, "thinking_config": named}}


def mistral_parts(body: Body, target: Target, edit: DocumentEdit) -> None:
    """Sound is bare base64 there, and an answer that is to be continued says so."""
    found = list(fit.messages(body))
    for index, message in found:
        parts = message.get("content")
        if isinstance(parts, list) and any(map(sound, parts)):
            edit.message(index)["content"] = [bare(part) for part in parts]
    if not found:
        return
    index, last = found[-1]
    if last.get("role") == "assistant" and not last.get("tool_calls") and "prefix" not in last:
        edit.message(index)["prefix"] = True


def mistral_turns(body: Body, target: Target, edit: DocumentEdit) -> None:
    """The last of the edits: a user right after a tool is a 400 ("Unexpected role 'user' after role 'tool'"), so a word
    of the assistant's goes between. https://docs.mistral.ai/capabilities/function_calling"""
    found = list(fit.messages(body))
    roles = [str(message.get("role")) for _, message in found]
    gaps = {at + 1 for at, pair in enumerate(pairwise(roles)) if pair == ("tool", "user")}
    if not gaps:
        return
    whole: list[Any] = [edit.first_message] if edit.first_message is not None else []
    for index, message in found:
        whole += [BETWEEN] if index in gaps else []
        whole.append(json.loads(apply(dumps(message).encode(), DocumentEdit(top=edit.messages.get(index, {})))))
    edit.top["messages"] = whole


def sound(part: Any) -> str:
    """The base64 of an audio part, "" for any other."""
    holder = part.get("input_audio") if isinstance(part, dict) else None
    data = holder.get("data") if isinstance(holder, dict) else None
    return data if isinstance(data, str) else ""


def bare(part: Any) -> Any:
    return {**part, "input_audio": sound(part)} if sound(part) else part


EDITS_WORLD = {
    "groq": groq,
    "xai": xai,
    "together-effort": together_effort,
    "mistral-parts": mistral_parts,
    "mistral-turns": mistral_turns,
    "gemini-surface": gemini_surface,
}
