"""Anthropic's replies as events: the message document and the event stream.

Facts: platform.claude.com/docs/en/build-with-claude/streaming. Unknown events and blocks are ignored, as asked there.
Must not know how the request was built, but for the tool names it had to change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.dialogue import compact
from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    FinishReason,
    Opaque,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.canon.mould import Likeness
from addon.dialects.anthropic_fault import fault_of

FINISH_REASONS: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "compaction": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""stop_reason -> finish_reason; one that is not here is a stop."""

Document = Mapping[str, Any]


class Reader:
    """Reads one stream. `names` are the tool names that were changed for Anthropic: theirs -> the client's."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.usage: dict[str, Any] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.calls = 0
        self.thoughts = 0
        self.finished = False
        self.likeness = Likeness(("delta", "text"))

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a frame of another shape."""
        text = self.likeness.text(frame.data)
        if text:
            return [TextDelta(text)]
        if frame.data.strip() == b"[DONE]":  # not Anthropic's, but others who offer its format add one
            return [Ended()]
        try:
            document = json.loads(frame.data)
            events = list(self.event(document))
            if document.get("type") == "content_block_delta" and [type(event) for event in events] == [TextDelta]:
                self.likeness.learn(frame.data, document)
            return events
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not Anthropic's format: {error!r}") from error

    def event(self, event: Document) -> Iterable[Event]:
        match event.get("type"):
            case "message_start":
                return self.started(event["message"])
            case "content_block_start":
                return self.block_started(event["index"], event["content_block"])
            case "content_block_delta":
                return self.block_grew(event["index"], event["delta"])
            case "content_block_stop":
                return self.block_stopped(event["index"])
            case "message_delta":
                return self.message_changed(event)
            case "message_stop":
                return self.ended()
            case "error":
                return [Failed(fault_of(event))]
        return []

    def close(self) -> Iterable[Event]:
        """Nothing: the format has an end marker, and a stream without it was cut."""
        return []

    def message(self, message: Document) -> Iterator[Event]:
        """A whole message, as if it had been streamed."""
        yield from self.started(message)
        for index, block in enumerate(message["content"]):
            yield from self.block_started(index, block)
            yield from self.block_stopped(index)
        yield from self.message_changed({"delta": message})
        yield from self.ended()

    def started(self, message: Document) -> Iterator[Event]:
        yield Started(id=message.get("id") or "", model=message.get("model") or "")
        yield from self.counted(message.get("usage"))

    def block_started(self, index: int, block: Document) -> Iterator[Event]:
        self.blocks[index] = dict(block)
        match block.get("type"):
            case "text":
                if block.get("text"):
                    yield TextDelta(block["text"])
            case "thinking":
                if block.get("thinking"):
                    yield ReasoningDelta(block["thinking"])
            case "redacted_thinking":
                if block.get("data"):
                    yield self.thought("redacted_thinking", data=block["data"])
            case "tool_use":
                self.blocks[index] |= {"call": self.calls, "written": False}
                self.calls += 1
                name = self.names.get(block["name"], block["name"])
                yield ToolCallStarted(self.blocks[index]["call"], block["id"], name)

    def block_grew(self, index: int, delta: Document) -> Iterator[Event]:
        block = self.blocks.get(index, {})
        match delta.get("type"):
            case "text_delta" if delta.get("text"):
                yield TextDelta(delta["text"])
            case "thinking_delta" if delta.get("thinking"):
                block["thinking"] = (block.get("thinking") or "") + delta["thinking"]
                yield ReasoningDelta(delta["thinking"])
            case "signature_delta":
                block["signature"] = (block.get("signature") or "") + (delta.get("signature") or "")
            case "input_json_delta" if "call" in block and delta.get("partial_json"):
                block["written"] = True
                yield ToolArguments(block["call"], delta["partial_json"])

    def block_stopped(self, index: int) -> Iterator[Event]:
        block = self.blocks.pop(index, {})
        if "call" in block and not block["written"]:
            yield ToolArguments(block["call"], compact(block.get("input") or {}))
        if block.get("type") == "thinking" and block.get("signature"):
            yield self.thought("thinking", thinking=block.get("thinking") or "", signature=block["signature"])

    def thought(self, kind: str, **content: str) -> Opaque:
        """A block that Anthropic wants back. The openai client's accumulator refuses list entries without `index`."""
        self.thoughts += 1
        return Opaque({"type": f"anthropic.{kind}", "index": self.thoughts - 1, **content})

    def message_changed(self, event: Document) -> Iterator[Event]:
        """The end of a message, told before the end of the stream. Its usage are totals, not additions."""
        yield from self.counted(event.get("usage"))
        delta = event.get("delta") or {}
        reason = delta.get("stop_reason")
        if not reason:
            return
        explanation = (delta.get("stop_details") or {}).get("explanation")
        if reason == "refusal" and explanation:
            yield RefusalDelta(explanation)
        self.finished = True
        yield Finished(FINISH_REASONS.get(reason, "stop"))

    def ended(self) -> Iterator[Event]:
        """The end marker; a message that has not said why it ended did so by itself."""
        if not self.finished:
            yield Finished("tool_calls" if self.calls else "stop")
        yield Ended()

    def counted(self, usage: Document | None) -> Iterator[Event]:
        """Tokens so far: fields that an event leaves out keep their last value. `input_tokens` is without the cache."""
        if not usage:
            return
        self.usage |= {name: value for name, value in usage.items() if value is not None}
        cached = self.usage.get("cache_read_input_tokens")
        written = self.usage.get("cache_creation_input_tokens")
        fresh = self.usage.get("input_tokens")
        yield UsageReported(
            Usage(
                prompt=None if fresh is None else fresh + (cached or 0) + (written or 0),
                completion=self.usage.get("output_tokens"),
                cached=cached,
                cache_write=written,
                reasoning=self.usage.get("output_tokens_details", {}).get("thinking_tokens"),
            )
        )


def message_events(names: Mapping[str, str], body: bytes) -> list[Event]:
    """The events of a whole reply. Raises KeyError, TypeError or ValueError for what is no message."""
    document = json.loads(body)
    if "error" in document:
        return [Failed(fault_of(document))]
    return list(Reader(names).message(document))
