"""Reads whole replies of an OpenAI-compatible provider: as they are where they follow OpenAI's dialect, else put right.

Must not know streams.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Event, Failed, Meaning, Passed, Vector
from addon.canon.fault import Fault
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest
from addon.dialects import openai_meanings as meanings
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_functions import wants_functions
from addon.dialects.openai_message import repair_message, repair_whole_calls
from addon.dialects.openai_repairs import (
    REPAIRS,
    BrokenOff,
    finish_reason,
    implied_reason,
    lift_usage,
    repair_embeddings,
    repair_head,
    repair_usage,
)
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]


def read_chat(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The events of a whole chat completion. Raises ValueError if the body is none."""
    document, fault, changed = _opened(body, target)
    seed = str(document.get("id"))
    try:
        for position, choice in enumerate(_choices(document, fault)):
            changed |= _repair_chat_choice(choice, position, target, seed)
    except BrokenOff as error:
        fault = error.fault
    if fault is not None:
        yield Failed(fault)
        return
    changed |= repair_head(document, "chat.completion")
    yield from _told(
        document, body, changed, target, meanings.chat(document, "message"), wants_functions(request, target.quirks)
    )


def read_completion(request: CompletionRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The events of a whole completion. Raises ValueError if the body is none."""
    document, fault, changed = _opened(body, target)
    try:
        for position, choice in enumerate(_choices(document, fault)):
            changed |= _repair_text_choice(choice, position)
    except BrokenOff as error:
        fault = error.fault
    if fault is not None:
        yield Failed(fault)
        return
    changed |= repair_head(document, "text_completion")
    yield from _told(document, body, changed, target, meanings.completions(document))


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The events of embeddings. Floats where base64 was asked for, or the other way round, are told in meanings."""
    document, fault, changed = _opened(body, target)
    if fault is not None:
        yield Failed(fault)
        return
    if not document.get("data"):
        raise ValueError("a reply without embeddings")
    changed |= repair_embeddings(document, target.model)
    said = [meanings.started(document), *meanings.embeddings(document), *meanings.usage_reported(document)]
    text = request.encoding_format == "base64"
    if all(isinstance(item.values, str) == text for item in said if isinstance(item, Vector)):
        yield Passed(dumps(document).encode() if changed else body, tuple(said))
    else:
        yield from said


def _opened(body: bytes, target: Target) -> tuple[Json, Fault | None, bool]:
    """The document, the fault that it holds instead of an answer, and whether a named repair changed it."""
    document = json.loads(body)
    if isinstance(document, list) and document:
        document = document[0]
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    changed = False
    for name in target.quirks.repairs:
        changed |= REPAIRS[name](document)
    return document, fault_in(document), changed


def _choices(document: Json, fault: Fault | None) -> list[Json]:
    if fault is not None:
        return []
    choices = document.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ValueError("a reply without choices")
    return choices


def _repair_chat_choice(choice: Json, position: int, target: Target, seed: str) -> bool:
    changed = _repair_index(choice, position)
    if not isinstance(choice.get("message"), dict):
        # MiniMax, when it has searched, tells all messages; the last one is the answer.
        whole = (choice.pop("messages", None) or [choice.get("delta")])[-1]
        choice["message"] = whole if isinstance(whole, dict) else {}
        changed = True
    message = choice["message"]
    changed |= repair_message(message, target.quirks.reasoning_field)
    if not message.get("role"):
        message["role"] = "assistant"
        changed = True
    if "content" not in message:
        message["content"] = None
        changed = True
    changed |= repair_whole_calls(message, f"{seed}:{position}")
    return changed | _repair_reason(choice, called=bool(message.get("tool_calls")))


def _repair_text_choice(choice: Json, position: int) -> bool:
    changed = _repair_index(choice, position) | _repair_reason(choice, called=False)
    if isinstance(choice.get("text"), str):
        return changed
    # Some servers have one shape for both endpoints.
    content = (choice.pop("message", None) or {}).get("content")
    choice["text"] = content if isinstance(content, str) else ""
    return True


def _repair_index(choice: Json, position: int) -> bool:
    if isinstance(choice.get("index"), int):
        return False
    choice["index"] = position
    return True


def _repair_reason(choice: Json, called: bool) -> bool:
    given = choice.get("finish_reason")
    choice["finish_reason"] = finish_reason(given, called) or implied_reason(called)
    return bool(choice["finish_reason"] != given)


def _told(
    document: Json, body: bytes, changed: bool, target: Target, choices: Iterable[Meaning], anew: bool = False
) -> Iterator[Event]:
    """The reply as it came, or put right; one that has no id or time is told in meanings, or if it is to be `anew`."""
    changed |= lift_usage(document)
    if not document.get("model"):
        document["model"] = target.model
        changed = True
    said = [meanings.started(document), *choices, *meanings.usage_reported(document)]
    if isinstance(document.get("usage"), dict):
        changed |= repair_usage(document["usage"])
    if anew or not document.get("id") or not isinstance(document.get("created"), int):
        yield from said
    else:
        yield Passed(dumps(document).encode("utf-8", "surrogatepass") if changed else body.strip(), tuple(said))
