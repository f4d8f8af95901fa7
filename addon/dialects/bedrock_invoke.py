"""What models answer to InvokeModel, each in its own format; the format is told by its shape.

Claude's is Anthropic's, Nova's is Converse's, Titan, Llama and Mistral give a text with a few numbers. In a stream each
piece is base64 inside of a `chunk` event. We ask only Claude this way; a proxy in between may ask others.
Must not know requests, but for the tool names that were changed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.codec import Reader
from addon.canon.events import Ended, Event, Finished, FinishReason, Started, TextDelta, Usage, UsageReported
from addon.canon.frame import Frame
from addon.dialects import anthropic_reply, bedrock_converse_reply

CHUNK = "chunk"
FINISH_REASONS: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filtered": "content_filter",
    "intervened": "content_filter",
}
"""Lower-case reason -> finish_reason; one that is not here is a stop."""
LISTS = ("results", "outputs")
TEXTS = ("outputText", "generation", "text")
REASONS = ("completionReason", "stop_reason")
PROMPTS = ("inputTextTokenCount", "prompt_token_count")
COMPLETIONS = ("totalOutputTextTokenCount", "tokenCount", "generation_token_count")

Document = Mapping[str, Any]


def message_events(names: Mapping[str, str], document: Document) -> Iterator[Event]:
    """The events of a whole reply. Raises KeyError, TypeError or ValueError for what is none."""
    if "output" in document:
        yield from bedrock_converse_reply.Reader(names).message(document)
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
        if "type" in document:
            return anthropic_reply.Reader(self.names)
        return NovaReader(self.names) if "messageStart" in document else TextReader()


class NovaReader(bedrock_converse_reply.Reader):
    """Converse's events, each named by the key that holds it."""

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        return [event for name, inner in document.items() for event in self.event(name, inner)]


class TextReader:
    """Reads a stream of texts, or one document, in the format of Titan, Llama or Mistral."""

    def __init__(self) -> None:
        self.begun = False

    def read(self, frame: Frame) -> Iterable[Event]:
        return list(self.document(json.loads(frame.data)))

    def close(self) -> Iterable[Event]:
        return []

    def whole(self, document: Document) -> Iterator[Event]:
        """A document that says no reason has ended by itself."""
        reason = optional(flat(document), REASONS)
        yield from self.document({**document, "completionReason": reason or "FINISH"})

    def document(self, document: Document) -> Iterator[Event]:
        said = flat(document)
        if not self.begun:
            self.begun = True
            yield Started()
        if text := said[next((name for name in TEXTS if name in said), TEXTS[0])]:
            yield TextDelta(text)
        prompt, completion = (optional(said, names) for names in (PROMPTS, COMPLETIONS))
        if prompt is not None or completion is not None:
            yield UsageReported(Usage(prompt=number(prompt), completion=number(completion)))
        reason = optional(said, REASONS)
        if reason is None and "totalOutputTextTokenCount" in said:
            # Only the last piece counts the whole; one that a guardrail wrote says no reason.
            reason = said.get("amazon-bedrock-guardrailAction") or "FINISH"
        if reason is not None:
            yield Finished(FINISH_REASONS.get(str(reason).lower(), "stop"))
            yield Ended()


def flat(document: Document) -> Document:
    """The document with what the first of its results says."""
    inner: Document = next((document[name][0] for name in LISTS if name in document), {})
    return {**inner, **{name: value for name, value in document.items() if name not in LISTS}}


def optional(document: Document, names: Iterable[str]) -> Any:
    return next((document[name] for name in names if document.get(name) is not None), None)


def number(value: float | None) -> int | None:
    """Titan counts tokens in floats."""
    return None if value is None else int(value)
