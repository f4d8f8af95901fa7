"""Repairs of whole documents: identity, choices, finish reasons, usage, embeddings.

What is repaired for every provider is repaired only where the oddity is there, so that whoever follows OpenAI's
dialect passes verbatim. REPAIRS are those that a row has to name (`Quirks.repairs`). Must not know frames.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind
from addon.canon.thoughts import Thoughts
from addon.dialects.openai_message import split_thoughts

Json = dict[str, Any]

FINISH_REASONS: Mapping[str, str] = {
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "normal": "stop",
    "complete": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "maximum_tokens": "length",
    "max_output": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "sensitive": "content_filter",
    "content_filtered": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "refusal": "content_filter",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
}
OPENAI_REASONS = frozenset(("stop", "length", "tool_calls", "content_filter", "function_call"))
FAILURES = frozenset(("error", "network_error", "insufficient_system_resource", "abort"))
"""Finish reasons that say that the provider failed."""

TAGGED_THOUGHTS = "tagged-thoughts"
CALLS_AT_STOP = "calls-at-stop"
SERVICE_TIERS = frozenset((None, "auto", "default", "flex", "scale", "priority", "fast"))


COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


class BrokenOff(ValueError):
    """A choice whose finish reason says that the provider failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the provider broke off: {reason}")
        self.fault = Fault(FaultKind.SERVER_ERROR, 502, str(self), code="upstream_error")


def finish_reason(reason: Any, called: bool) -> str | None:
    """A provider's word as OpenAI's; unknown words are an end. Raises BrokenOff for one that tells of a failure."""
    if not reason:
        return None
    word = str(reason).lower()
    if word in FAILURES:
        raise BrokenOff(word)
    if word in OPENAI_REASONS:
        return word
    return FINISH_REASONS.get(word) or implied_reason(called)


def implied_reason(called: bool) -> str:
    """Why a choice ended whose provider does not say it."""
    return "tool_calls" if called else "stop"


def repair_head(document: Json, kind: str) -> bool:
    """`object` and `service_tier` are words of OpenAI's, `created` is a whole number."""
    changed = False
    if document.get("object") != kind:
        document["object"] = kind
        changed = True
    if document.get("service_tier") not in SERVICE_TIERS:
        del document["service_tier"]
        changed = True
    created = document.get("created")
    if isinstance(created, float) or (isinstance(created, str) and created.isdigit()):
        document["created"] = int(created)
        changed = True
    return changed


def lift_usage(document: Json) -> bool:
    """Brings usage to where OpenAI has it: from `x_groq`, Moonshot's choices, or Ark's bots."""
    if isinstance(document.get("usage"), dict):
        return whole_counts(document["usage"])
    for holder in (document.get("x_groq"), *(document.get("choices") or ())):
        if isinstance(holder, dict) and isinstance(holder.get("usage"), dict):
            document["usage"] = holder.pop("usage")
            return True
    bots = document.get("bot_usage")
    rows = bots.get("model_usage") if isinstance(bots, dict) else None
    if isinstance(rows, list) and rows:
        document["usage"] = {name: sum(row.get(name) or 0 for row in rows) for name in COUNTS}
        return True
    return False


def whole_counts(usage: Json) -> bool:
    """Counts are whole numbers; some servers write them as 12.0."""
    found = [name for name in COUNTS if isinstance(usage.get(name), float)]
    usage.update((name, int(usage[name])) for name in found)
    return bool(found)


def repair_usage(usage: Json) -> bool:
    """The three counts that every usage has are numbers."""
    changed = False
    total = usage.get("total_tokens")
    if total and usage.get("prompt_tokens") is None and usage.get("completion_tokens") is None:
        usage["completion_tokens"] = total
        changed = True
    for name in ("prompt_tokens", "completion_tokens"):
        if not isinstance(usage.get(name), int):
            usage[name] = 0
            changed = True
    if not isinstance(usage.get("total_tokens"), int):
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        changed = True
    return changed


def repair_embeddings(document: Json, model: str) -> bool:
    """A list of numbered embeddings; Ark's multimodal endpoint answers with a single object."""
    changed = repair_head(document, "list")
    if isinstance(document.get("data"), dict):
        document["data"] = [document["data"]]
        changed = True
    for position, item in enumerate(document["data"]):
        for name, value in (("object", "embedding"), ("index", position)):
            if not isinstance(item.get(name), type(value)):
                item[name] = value
                changed = True
    if not document.get("model"):
        document["model"] = model
        changed = True
    return changed


def value_completions(document: Json) -> bool:
    """Completions under other names: Writer streams `{"value": text}`, Aleph Alpha answers with `completions`."""
    if "choices" in document:
        return False
    if isinstance(document.get("value"), str):
        document["choices"] = [{"index": 0, "text": document.pop("value"), "finish_reason": None, "logprobs": None}]
        return True
    answers = document.get("completions")
    if not isinstance(answers, list) or not all(isinstance(one, dict) and "completion" in one for one in answers):
        return False
    document["choices"] = [
        {"index": index, "text": one["completion"], "finish_reason": one.get("finish_reason"), "logprobs": None}
        for index, one in enumerate(document.pop("completions"))
    ]
    counts = {"prompt_tokens": "num_tokens_prompt_total", "completion_tokens": "num_tokens_generated"}
    if all(isinstance(document.get(name), int) for name in counts.values()):
        document["usage"] = {ours: document.pop(theirs) for ours, theirs in counts.items()}
    return True


def int8_embeddings(document: Json) -> bool:
    """Perplexity's embeddings are base64 of signed bytes, which OpenAI's clients would read as floats."""
    items = document.get("data")
    if not str(document.get("model")).startswith("pplx-embed") or not isinstance(items, list):
        return False
    for item in items:
        if isinstance(item.get("embedding"), str):
            item["embedding"] = [float(value) for value in array("b", base64.b64decode(item["embedding"]))]
    return True


def placeholder_usage(document: Json) -> bool:
    """FastGPT says one token each, whatever was used: its page says that it does not tell.
    https://doc.fastgpt.io/en/docs/openapi/chat"""
    usage = document.get("usage")
    if not isinstance(usage, dict) or (usage.get("prompt_tokens"), usage.get("completion_tokens")) != (1, 1):
        return False
    del document["usage"]
    return True


def thought_tags(document: Json) -> bool:
    """Gemini's OpenAI surface puts thoughts into the text, between tags; in a stream the closing tag stands before the
    first words of the answer. https://ai.google.dev/gemini-api/docs/openai#thinking"""
    changed = False
    for choice in document.get("choices") or ():
        message = choice.get("delta") or choice.get("message")
        if isinstance(message, dict) and isinstance(message.get("content"), str):
            changed |= _untagged(message)
    return changed


def _untagged(message: Json) -> bool:
    extra = message.get("extra_content")
    google = extra.get("google") if isinstance(extra, dict) else None
    if not isinstance(google, dict) or google.get("thought") is not True:
        answer = message["content"].removeprefix("</thought>")
        changed = answer != message["content"]
        message["content"] = answer
        return bool(changed)
    thought, _, answer = message["content"].removeprefix("<thought>").partition("</thought>")
    message.update(reasoning_content=thought, content=answer)
    return True


def calls_at_stop(document: Json) -> bool:
    """Gemini's OpenAI surface may end calls with `stop`, which its clients take for an answer without words.

    For whole messages; in a stream `openai_choices` does it."""
    changed = False
    for choice in document.get("choices") or ():
        message = choice.get("message")
        if isinstance(message, dict) and message.get("tool_calls") and choice.get("finish_reason") == "stop":
            choice["finish_reason"] = "tool_calls"
            changed = True
    return changed


def tagged_thoughts(document: Json) -> bool:
    """Open models write their thoughts into the text, in front of the answer, where a server does not split it.

    For whole messages; in a stream `openai_choices` does it, which remembers what came before."""
    messages = (choice.get("message") for choice in document.get("choices") or () if isinstance(choice, dict))
    found = [message for message in messages if isinstance(message, dict) and not message.get("reasoning")]
    changed = [split_thoughts(message, Thoughts(), last=True) for message in found]
    return any(changed)


REPAIRS: Mapping[str, Callable[[Json], bool]] = {
    "value-completions": value_completions,
    "int8-embeddings": int8_embeddings,
    "placeholder-usage": placeholder_usage,
    "thought-tags": thought_tags,
    TAGGED_THOUGHTS: tagged_thoughts,
    CALLS_AT_STOP: calls_at_stop,
}
"""Repairs that a row names: name -> changes the document in place, says whether it did."""

TEXT_BLIND = frozenset({"value-completions", "int8-embeddings", "placeholder-usage", CALLS_AT_STOP})
"""Those for which two frames that differ in their text alone are alike."""

UNMARKED_ENDS = ("value-completions",)
"""Repairs of providers whose streams end with the connection, without a word."""
