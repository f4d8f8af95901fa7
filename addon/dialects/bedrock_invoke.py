"""What models answer to InvokeModel, each in its own format; the format is told by its shape.

Claude's is Anthropic's, Nova's is Converse's, what has choices is OpenAI's; Titan, Llama, Command, Jurassic, the older
Mistral and Claude 2 give a text with a few numbers. In a stream each piece is base64 inside of a `chunk` event. We ask
only Claude this way; a proxy in between may ask others. Facts: docs.aws.amazon.com/bedrock, model parameters.
Must not know requests, but for the tool names that were changed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.codec import Reader
from addon.canon.events import (
    Ended,
    Event,
    Finished,
    FinishReason,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.frame import Frame
from addon.dialects import anthropic_reply, bedrock_converse_reply

CHUNK = "chunk"
FINISH_REASONS: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filtered": "content_filter",
    "intervened": "content_filter",
    "error_toxic": "content_filter",
}
"""Lower-case reason -> finish_reason; one that is not here is a stop."""
LISTS = ("results", "outputs", "generations", "completions")
TEXTS = ("outputText", "generation", "text", "completion")
REASONS = ("completionReason", "stop_reason", "finish_reason", "finishReason")
METRICS = "amazon-bedrock-invocationMetrics"
"""What Bedrock itself has counted; in the last piece of a stream."""
PROMPTS = ("inputTextTokenCount", "prompt_token_count", "inputTokenCount")
COMPLETIONS = ("totalOutputTextTokenCount", "tokenCount", "generation_token_count", "outputTokenCount")

Document = Mapping[str, Any]


def message_events(names: Mapping[str, str], document: Document) -> Iterator[Event]:
    """The events of a whole reply. Raises KeyError, TypeError or ValueError for what is none."""
    if "output" in document:
        yield from bedrock_converse_reply.Reader(names).message(document)
    elif "choices" in document:
        yield from ChoicesReader(names).whole(document)
    elif "content" in document:
        yield from anthropic_reply.Reader(names).message(document)
    else:
        yield from TextReader().whole(document)


class ChunkReader:
    """Reads one stream of chunks, with the reader of the model's own format."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.own: Reader | None = None

    def read(self, frame: Frame) -> Iterable[Event]:
        data = base64.b64decode(json.loads(frame.data)["bytes"])
        if self.own is None:
            self.own = self.reader_of(json.loads(data))
        return self.own.read(Frame(data))

    def close(self) -> Iterable[Event]:
        return self.own.close() if self.own else []

    def reader_of(self, document: Document) -> Reader:
        if "type" in document and "completion" not in document:
            return anthropic_reply.Reader(self.names)
        if "choices" in document:
            return ChoicesReader(self.names)
        return NovaReader(self.names) if "messageStart" in document else TextReader()


class NovaReader(bedrock_converse_reply.Reader):
    """Converse's events, each named by the key that holds it."""

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        return [event for name, inner in document.items() for event in self.event(name, inner)]


class ChoicesReader:
    """Reads a stream of chunks, or one document, of OpenAI's shape (Jamba, Mistral Large, DeepSeek, gpt-oss, ..).

    Mistral and DeepSeek say `stop_reason`, DeepSeek `text`. Calls come whole.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.begun = False
        self.calls = 0

    def read(self, frame: Frame) -> Iterable[Event]:
        return list(self.document(json.loads(frame.data), "delta"))

    def close(self) -> Iterable[Event]:
        """Nothing: the end of the body ends it, since usage may stand behind the reason."""
        return []

    def whole(self, document: Document) -> Iterator[Event]:
        yield from self.document(document, "message")
        yield Ended()

    def document(self, document: Document, part: str) -> Iterator[Event]:
        if not self.begun:
            self.begun = True
            yield Started()
        usage = {**(document.get(METRICS) or {}), **(document.get("usage") or {})}
        yield from counted(usage, ("prompt_tokens", *PROMPTS), ("completion_tokens", *COMPLETIONS))
        for choice in document["choices"][:1]:
            message = choice.get(part) or choice.get("message") or {"content": choice.get("text")}
            if message.get("content"):
                yield TextDelta(message["content"])
            for call in message.get("tool_calls") or ():
                yield from self.call(call)
            reason = choice.get("stop_reason") or choice.get("finish_reason")
            if reason or part == "message":
                yield Finished(FINISH_REASONS.get(reason, "tool_calls" if self.calls else "stop"))

    def call(self, call: Document) -> Iterator[Event]:
        function = call["function"]
        yield ToolCallStarted(self.calls, call.get("id") or "", self.names.get(function["name"], function["name"]))
        yield ToolArguments(self.calls, function.get("arguments") or "{}")
        self.calls += 1


class TextReader:
    """Reads a stream of texts, or one document, in the format of whoever gives a text and a few numbers."""

    def __init__(self) -> None:
        self.begun = False

    def read(self, frame: Frame) -> Iterable[Event]:
        return list(self.document(json.loads(frame.data)))

    def close(self) -> Iterable[Event]:
        return []

    def whole(self, document: Document) -> Iterator[Event]:
        """A document that says no reason has ended by itself. Raises KeyError for one without a text."""
        said = flat(document)
        if not any(name in said for name in TEXTS):
            raise KeyError(TEXTS[0])
        yield from self.document({**document, "completionReason": reason_in(said) or "FINISH"})

    def document(self, document: Document) -> Iterator[Event]:
        said = flat(document)
        if not self.begun:
            self.begun = True
            yield Started()
        text = optional(said, TEXTS)
        if text:
            yield TextDelta(text)
        yield from counted(said, PROMPTS, COMPLETIONS)
        reason = reason_in(said)
        if reason is None and "totalOutputTextTokenCount" in said:
            # Only the last piece counts the whole; one that a guardrail wrote says no reason.
            reason = said.get("amazon-bedrock-guardrailAction") or "FINISH"
        if reason is not None:
            yield Finished(FINISH_REASONS.get(str(reason).lower(), "stop"))
            yield Ended()


def counted(said: Document, prompts: Iterable[str], completions: Iterable[str]) -> Iterator[Event]:
    prompt, completion = optional(said, prompts), optional(said, completions)
    if prompt is not None or completion is not None:
        yield UsageReported(Usage(prompt=number(prompt), completion=number(completion)))


def reason_in(said: Document) -> Any:
    """Why it has ended; Jurassic says it inside of an object."""
    reason = optional(said, REASONS)
    return reason.get("reason") if isinstance(reason, Mapping) else reason


def flat(document: Document) -> Document:
    """The document with what the first of its results says, and what Bedrock has counted."""
    inner: Document = next((document[name][0] for name in LISTS if name in document), {})
    outer = {name: value for name, value in document.items() if name not in LISTS}
    return {**(document.get(METRICS) or {}), **(inner.get("data") or {}), **inner, **outer}


def optional(document: Document, names: Iterable[str]) -> Any:
    return next((document[name] for name in names if document.get(name) is not None), None)


def number(value: float | None) -> int | None:
    """Titan counts tokens in floats."""
    return None if value is None else int(value)
