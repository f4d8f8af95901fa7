"""Converse's replies as events: the document, and the events of ConverseStream.

Facts: botocore's service model of bedrock-runtime (ConverseStreamOutput). Unknown events and blocks are ignored.
Must not know how the request was built, but for the tool names it had to change.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.dialogue import compact
from addon.canon.events import (
    Ended,
    Event,
    Finished,
    FinishReason,
    ImageMade,
    Opaque,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame

FINISH_REASONS: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}
"""stopReason -> finish_reason; one that is not here is a stop (malformed output and the like)."""

Document = Mapping[str, Any]


class Reader:
    """Reads one stream. `names` are the tool names that were changed for Bedrock: theirs -> the client's."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.blocks: dict[int, dict[str, Any]] = {}
        self.calls = 0
        self.thoughts = 0
        self.images = 0
        self.over = False

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a frame of another shape."""
        try:
            return list(self.event(frame.event, json.loads(frame.data)))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not Converse's format: {error!r}") from error

    def close(self) -> Iterable[Event]:
        """Nothing: a stream has ended with its last event, or was cut."""
        return []

    def event(self, name: str, document: Document) -> Iterator[Event]:
        match name:
            case "messageStart":
                yield Started()
            case "contentBlockStart":
                yield from self.block_started(document.get("contentBlockIndex", 0), document.get("start") or {})
            case "contentBlockDelta":
                yield from self.block_grew(document.get("contentBlockIndex", 0), document["delta"])
            case "contentBlockStop":
                yield from self.block_stopped(document.get("contentBlockIndex", 0))
            case "messageStop":
                self.over = True
                yield self.finished(document.get("stopReason"))
            case "metadata":
                yield from counted(document.get("usage"))
                if not self.over:
                    yield self.finished("tool_use")
                yield Ended()

    def message(self, document: Document) -> Iterator[Event]:
        """A whole reply, as if it had been streamed."""
        yield Started()
        for index, block in enumerate(document["output"]["message"]["content"]):
            yield from self.block_started(index, block)
            for delta in deltas(block):
                yield from self.block_grew(index, delta)
            yield from self.block_stopped(index)
        yield from counted(document.get("usage"))
        yield self.finished(document.get("stopReason"))
        yield Ended()

    def block_started(self, index: int, start: Document) -> Iterator[Event]:
        """A tool that Bedrock calls itself is none of the client's."""
        block: dict[str, Any] = {}
        self.blocks[index] = block
        call = start.get("toolUse")
        if call is not None:
            block["theirs"] = call.get("type") == "server_tool_use"
            if not block["theirs"]:
                block |= {"call": self.calls, "written": False}
                self.calls += 1
                yield ToolCallStarted(block["call"], call["toolUseId"], self.names.get(call["name"], call["name"]))
        if start.get("image"):
            block |= {"image": start["image"]["format"], "bytes": b""}

    def block_grew(self, index: int, delta: Document) -> Iterator[Event]:
        block = self.blocks.setdefault(index, {})
        if delta.get("text"):
            yield TextDelta(delta["text"])
        elif (delta.get("toolUse") or {}).get("input") and "call" in block:
            block["written"] = True
            yield ToolArguments(block["call"], delta["toolUse"]["input"])
        elif delta.get("reasoningContent"):
            yield from self.thought_grew(block, delta["reasoningContent"])
        elif "bytes" in ((delta.get("image") or {}).get("source") or {}):
            block["bytes"] = block.get("bytes", b"") + base64.b64decode(delta["image"]["source"]["bytes"])

    def thought_grew(self, block: dict[str, Any], thought: Document) -> Iterator[Event]:
        if thought.get("text"):
            block["thought"] = block.get("thought", "") + thought["text"]
            yield ReasoningDelta(thought["text"])
        if thought.get("signature"):
            block["signature"] = block.get("signature", "") + thought["signature"]
        if thought.get("redactedContent"):
            block["redacted"] = block.get("redacted", b"") + base64.b64decode(thought["redactedContent"])

    def block_stopped(self, index: int) -> Iterator[Event]:
        block = self.blocks.pop(index, {})
        if "call" in block and not block["written"]:
            yield ToolArguments(block["call"], "{}")
        if block.get("signature"):
            yield self.opaque("reasoning", text=block.get("thought", ""), signature=block["signature"])
        if block.get("redacted"):
            yield self.opaque("redacted", data=base64.b64encode(block["redacted"]).decode())
        if block.get("bytes"):
            data = base64.b64encode(block["bytes"]).decode()
            yield ImageMade(self.images, f"data:image/{block.get('image', 'png')};base64,{data}")
            self.images += 1

    def opaque(self, kind: str, **content: str) -> Opaque:
        """A block that Bedrock wants back. The openai client's accumulator refuses list entries without `index`."""
        self.thoughts += 1
        return Opaque({"type": f"bedrock.{kind}", "index": self.thoughts - 1, **content})

    def finished(self, reason: str | None) -> Finished:
        """Tools that Bedrock has called itself leave the client nothing to do."""
        found = FINISH_REASONS.get(reason or "", "stop")
        return Finished("stop" if found == "tool_calls" and not self.calls else found)


def deltas(block: Document) -> Iterator[Document]:
    """What a whole block would have been streamed as."""
    if block.get("toolUse"):
        yield {"toolUse": {"input": compact(block["toolUse"].get("input") or {})}}
    elif block.get("citationsContent"):
        yield from block["citationsContent"].get("content") or ()
    elif block.get("reasoningContent"):
        thought = block["reasoningContent"]
        yield {"reasoningContent": thought.get("reasoningText") or thought}
    else:
        yield block


def counted(usage: Document | None) -> Iterator[Event]:
    """Tokens: `inputTokens` is without the cache, whose counts have a longer name in Nova's own format."""
    if not usage:
        return
    cached = usage.get("cacheReadInputTokens", usage.get("cacheReadInputTokenCount"))
    written = usage.get("cacheWriteInputTokens", usage.get("cacheWriteInputTokenCount"))
    fresh = usage.get("inputTokens")
    yield UsageReported(
        Usage(
            prompt=None if fresh is None else fresh + (cached or 0) + (written or 0),
            completion=usage.get("outputTokens"),
            cached=cached,
            cache_write=written,
            total=usage.get("totalTokens"),
        )
    )
