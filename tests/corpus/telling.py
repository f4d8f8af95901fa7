"""What the oracles share: a reason in OpenAI's words, counts, calls. Must not know any format."""

from __future__ import annotations

import json
from typing import Any

from tests.addon.dialects.openai_oracle import Call, Choice, Told

Json = dict[str, Any]
FILTERED = ("safety", "recitation", "language", "blocklist", "prohibited_content", "spii", "model_armor", "refusal")
FILTERS = ("sensitive", "error_toxic", "guardrail_intervened", "content_filtered", "intervened", "content_filter")
LENGTHS = ("length", "max_tokens", "model_length", "model_context_window_exceeded", "error_limit", "continuation")


def finish(reason: Any, called: bool) -> str:
    """A reason in OpenAI's words. Whoever calls a tool and stops for no other reason waits for its result."""
    word = str(reason or "").lower()
    if word.removeprefix("image_") in (*FILTERED, *FILTERS):
        return "content_filter"
    if word in (*LENGTHS, "maximum_tokens"):
        return "length"
    return "tool_calls" if called else "stop"


def counts(told: Told, prompt: Any, completion: Any, total: Any = None) -> None:
    """Notes what is told; the sum is made where it is not. Whoever sends zeros does not count."""
    if prompt is not None and completion is not None and (prompt or completion):
        sum_ = int(prompt) + int(completion) if total is None else total
        told.usage = {"prompt_tokens": int(prompt), "completion_tokens": int(completion), "total_tokens": sum_}


def called(choice: Choice, name: str, arguments: Any, id: str = "") -> None:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    choice.calls.append(Call(id, name, text))
