"""What a document in OpenAI's dialect says, as events. The documents have been put right before.

Must not know providers, frames nor bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.events import (
    Finished,
    Logprobs,
    Meaning,
    Opaque,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)

Json = Mapping[str, Any]


def started(document: Json) -> Started:
    """What the reply says of itself; empty where it says nothing."""
    created = document.get("created")
    return Started(
        id=_string(document.get("id")),
        model=_string(document.get("model")),
        created=created if isinstance(created, int) else None,
    )


def chat(document: Json, part: str) -> Iterator[Meaning]:
    """The meanings of the choices of a chunk (`part` is delta) or of a whole reply (message)."""
    for choice in document.get("choices") or ():
        index = choice.get("index", 0)
        yield from _message(choice.get(part) or {}, index)
        yield from _end_of(choice, index)


def completions(document: Json) -> Iterator[Meaning]:
    """The meanings of the choices of a completion, streamed or whole."""
    for choice in document.get("choices") or ():
        index = choice.get("index", 0)
        if choice.get("text"):
            yield TextDelta(choice["text"], index)
        yield from _end_of(choice, index)


def embeddings(document: Json) -> Iterator[Meaning]:
    for item in document["data"]:
        vector = item["embedding"]
        yield Vector(item["index"], vector if isinstance(vector, str) else tuple(vector))


def usage_reported(document: Json) -> Iterator[UsageReported]:
    usage = document.get("usage")
    if isinstance(usage, dict):
        yield UsageReported(usage_of(usage))


def usage_of(usage: Json) -> Usage:
    """Token counts, from OpenAI's fields and the other names that providers give them."""
    prompt = _count(usage.get("prompt_tokens"))
    completion = _count(usage.get("completion_tokens"))
    total = _count(usage.get("total_tokens"))
    of_prompt = _details(usage, "prompt_tokens_details", "prompt_token_details")
    of_completion = _details(usage, "completion_tokens_details", "completion_token_details")
    reasoning = _count(of_completion.get("reasoning_tokens"))
    if reasoning and prompt is not None and completion is not None and total == prompt + completion + reasoning:
        # xAI counts reasoning beside the completion; in our words it is a part of it.
        completion += reasoning
    if prompt is None and completion is None and total:
        # MiniMax's older models tell the sum only.
        prompt, completion = 0, total
    return Usage(
        prompt=prompt,
        completion=completion,
        cached=_first_count(
            of_prompt.get("cached_tokens"),
            *(usage.get(name) for name in ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")),
        ),
        cache_write=_first_count(of_prompt.get("cache_write_tokens"), usage.get("cache_creation_input_tokens")),
        reasoning=reasoning,
        audio_prompt=_count(of_prompt.get("audio_tokens")),
        audio_completion=_count(of_completion.get("audio_tokens")),
        # Models that draw in conversations (OpenRouter's `message.images`): pictures cost more than words.
        image_completion=_count(of_completion.get("image_tokens")) or None,
        total=total,
    )


def _message(message: Json, choice: int) -> Iterator[Meaning]:
    if message.get("reasoning_content"):
        yield ReasoningDelta(message["reasoning_content"], choice)
    for detail in message.get("reasoning_details") or ():
        yield Opaque(detail, choice)
    if message.get("content"):
        yield TextDelta(message["content"], choice)
    if message.get("refusal"):
        yield RefusalDelta(message["refusal"], choice)
    for position, call in enumerate(message.get("tool_calls") or ()):
        yield from _call(call, call.get("index") if isinstance(call.get("index"), int) else position, choice)
    function = message.get("function_call")
    if isinstance(function, dict):
        yield from _function(function, 0, "", choice, {})


def _call(call: Json, index: int, choice: int) -> Iterator[Meaning]:
    function = call.get("function") or call.get("custom") or {}
    yield from _function(function, index, call.get("id") or "", choice, call.get("extra_content") or {})


def _function(function: Json, index: int, call_id: str, choice: int, extra: Json) -> Iterator[Meaning]:
    if function.get("name"):
        yield ToolCallStarted(index, call_id, function["name"], choice, extra)
    arguments = function.get("arguments") or function.get("input")
    if arguments:
        yield ToolArguments(index, arguments, choice)


def _end_of(choice: Json, index: int) -> Iterator[Meaning]:
    logprobs = choice.get("logprobs")
    if isinstance(logprobs, dict) and any(logprobs.values()):
        yield Logprobs(logprobs, index)
    if choice.get("finish_reason"):
        yield Finished(choice["finish_reason"], index)


def _details(usage: Json, *names: str) -> Json:
    return next((usage[name] for name in names if isinstance(usage.get(name), dict)), {})


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first_count(*values: Any) -> int | None:
    return next((count for count in map(_count, values) if count is not None), None)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
