"""Replies of Cohere's v2 chat as events: the document and the event stream.

Citations are left out: OpenAI's chat has no place for them. Facts: docs.cohere.com/reference/chat-stream.
Must not know how the request was built, but for the tool names it had to change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    FinishReason,
    Logprobs,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.dialects.plain_fault import fault_of

FINISH_REASONS: Mapping[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "USER_CANCEL": "stop",
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "ERROR_TOXIC": "content_filter",
    "TOOL_CALL": "tool_calls",
}
"""finish_reason -> OpenAI's; one that is not here is a stop."""
BROKEN = ("ERROR", "TIMEOUT")

Document = Mapping[str, Any]


class Reader:
    """Reads one stream. `names` are the tool names that were changed for Cohere: theirs -> the client's."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.calls = 0
        self.written = True

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a frame of another shape."""
        if frame.data.strip() == b"[DONE]":
            return [Ended()]
        try:
            return list(self.event(json.loads(frame.data)))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not Cohere's format: {error!r}") from error

    def close(self) -> Iterable[Event]:
        """Nothing: `message-end` says that a message is whole."""
        return []

    def event(self, event: Document) -> Iterator[Event]:
        message = (event.get("delta") or {}).get("message") or {}
        match event.get("type"):
            case "message-start":
                yield Started(id=event.get("id") or "")
            case "content-start" | "content-delta":
                yield from content(message["content"])
                yield from logprobs([event.get("logprobs")])
            case "tool-plan-delta":
                yield TextDelta(message["tool_plan"])
            case "tool-call-start":
                yield from self.call(message["tool_calls"])
            case "tool-call-delta":
                yield from self.grown(message["tool_calls"])
            case "tool-call-end":
                yield from self.call_ended()
            case "message-end":
                yield from self.call_ended()
                yield from finished(event["delta"])
            case None:
                yield Failed(fault_of(FaultKind.SERVER_ERROR, said_in(event)))

    def message(self, document: Document) -> Iterator[Event]:
        """A whole reply, as if it had been streamed."""
        message = document["message"]
        yield Started(id=document.get("id") or "")
        if message.get("tool_plan"):
            yield TextDelta(message["tool_plan"])
        for block in message.get("content") or ():
            yield from content(block)
        yield from logprobs(document.get("logprobs") or ())
        for call in message.get("tool_calls") or ():
            yield from self.call(call)
            yield from self.call_ended()
        yield from finished(document)

    def call(self, call: Document) -> Iterator[Event]:
        name = call["function"]["name"]
        yield ToolCallStarted(self.calls, call.get("id") or "", self.names.get(name, name))
        self.calls, self.written = self.calls + 1, False
        yield from self.grown(call)

    def grown(self, call: Document) -> Iterator[Event]:
        text = call["function"].get("arguments")
        if text:
            self.written = True
            yield ToolArguments(self.calls - 1, text)

    def call_ended(self) -> Iterator[Event]:
        """A call without parameters has no arguments at all."""
        if not self.written:
            self.written = True
            yield ToolArguments(self.calls - 1, "{}")


def content(block: Document) -> Iterator[Event]:
    if block.get("thinking"):
        yield ReasoningDelta(block["thinking"])
    if block.get("text"):
        yield TextDelta(block["text"])


def logprobs(items: Iterable[Document | None]) -> Iterator[Event]:
    """Cohere tells them by chunks of text; of a chunk's tokens it is the product that counts."""
    entries = [
        {"token": item["text"], "logprob": sum(item["logprobs"]), "bytes": None, "top_logprobs": []}
        for item in items
        if item and item.get("logprobs")
    ]
    if entries:
        yield Logprobs({"content": entries, "refusal": None})


def finished(end: Document) -> Iterator[Event]:
    """Usage, and why it ended; `end` is a whole reply, or the `delta` of a stream's last event."""
    yield UsageReported(usage_of(end.get("usage") or {}))
    reason = end.get("finish_reason") or ""
    if reason in BROKEN or end.get("error"):
        yield Failed(fault_of(FaultKind.SERVER_ERROR, end.get("error") or f"Cohere broke off: {reason}"))
    else:
        yield Finished(FINISH_REASONS.get(reason, "stop"))


def usage_of(usage: Document) -> Usage:
    """What the model really read and wrote, its hidden prompt included; what is billed is far less.

    Image tokens stand beside the other input; `cached_tokens` are of `tokens`.
    """
    tokens = usage.get("tokens") or usage.get("billed_units") or {}
    images = count(tokens.get("image_tokens"))
    prompt = count(tokens.get("input_tokens"))
    return Usage(
        prompt=None if prompt is None else prompt + (images or 0),
        completion=count(tokens.get("output_tokens")),
        cached=count(usage.get("cached_tokens")),
        reasoning=count(tokens.get("reasoning_tokens")),
        image_prompt=images,
    )


def count(number: float | None) -> int | None:
    """Cohere's counts may be floats."""
    return None if number is None else int(number)


def said_in(document: Document) -> str:
    return str(document.get("message") or document.get("error") or "Cohere reports an error without a word about it")


def message_events(names: Mapping[str, str], body: bytes) -> Iterable[Event]:
    """The events of a whole reply. Raises KeyError, TypeError or ValueError for what is no message."""
    document = json.loads(body)
    if isinstance(document.get("message"), str):
        return [Failed(fault_of(FaultKind.SERVER_ERROR, document["message"]))]
    return list(Reader(names).message(document))
