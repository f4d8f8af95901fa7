"""Ollama's replies as events: lines of JSON, each a piece of the message; the last one counts the tokens.

Must not know requests. Facts: docs.ollama.com/api, and Ollama's source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from addon.canon.dialogue import compact
from addon.canon.events import (
    Event,
    Failed,
    Finished,
    Logprobs,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.thoughts import Thoughts
from addon.dialects.plain_fault import fault_of

Document = Mapping[str, Any]


class Reader:
    """Reads one reply of chat or generate; a whole reply is a stream of one line."""

    def __init__(self) -> None:
        self.started = False
        self.calls = 0
        self.thoughts = Thoughts()

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a line of another shape."""
        try:
            return list(self.line(json.loads(frame.data)))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not Ollama's format: {error!r}") from error

    def close(self) -> Iterable[Event]:
        """What was held back of a stream that was cut; the last line says that it is the last."""
        return said(*self.thoughts.rest())

    def line(self, line: Document) -> Iterator[Event]:
        if line.get("error"):
            yield Failed(fault_of(FaultKind.SERVER_ERROR, str(line["error"])))
            return
        if not self.started:
            self.started = True
            yield Started(model=line.get("model") or "", created=unix_time(line.get("created_at") or ""))
        message = line.get("message")
        if message is None:
            yield from said(line.get("thinking") or "", line.get("response") or "")
        else:
            yield from self.piece(message, bool(line.get("done")))
        yield from logprobs(line.get("logprobs") or ())
        if line.get("done"):
            yield UsageReported(Usage(prompt=line.get("prompt_eval_count"), completion=line.get("eval_count")))
            yield self.finished(line.get("done_reason"))

    def piece(self, message: Document, last: bool) -> Iterator[Event]:
        """A piece of a chat. A server that does not tell a model's thoughts apart leaves them in the text."""
        if message.get("thinking"):
            yield from said(*self.thoughts.rest())
            yield from said(message["thinking"], message.get("content") or "")
        else:
            yield from said(*self.thoughts.split(message.get("content") or ""))
        for call in message.get("tool_calls") or ():
            function = call["function"]
            arguments = function.get("arguments") or {}
            yield ToolCallStarted(self.calls, call.get("id") or "", function["name"])
            yield ToolArguments(self.calls, arguments if isinstance(arguments, str) else compact(arguments))
            self.calls += 1
        if last:
            yield from said(*self.thoughts.rest())

    def finished(self, reason: Any) -> Finished:
        """Old servers give no reason; `load` and `unload` answer a request without messages."""
        if reason == "length":
            return Finished("length")
        return Finished("tool_calls" if self.calls else "stop")


def said(thought: str, text: str) -> Iterator[Event]:
    if thought:
        yield ReasoningDelta(thought)
    if text:
        yield TextDelta(text)


def unix_time(text: str) -> int | None:
    """`2025-07-07T20:32:53.844124Z` in seconds; None where it is no time, or the beginning of all time."""
    try:
        seconds = int(datetime.fromisoformat(f"{text[:19]}+00:00").timestamp())
    except ValueError:
        return None
    return seconds or None


def logprobs(items: Iterable[Document]) -> Iterator[Event]:
    """Ollama's entries are OpenAI's, but for the bytes of a token, which may be missing."""
    entries = [entry(item) | {"top_logprobs": [entry(top) for top in item.get("top_logprobs") or ()]} for item in items]
    if entries:
        yield Logprobs({"content": entries, "refusal": None})


def entry(item: Document) -> dict[str, Any]:
    return {"token": item["token"], "logprob": item["logprob"], "bytes": item.get("bytes")}


def read_reply(body: bytes) -> Iterator[Event]:
    """The events of a whole reply. Raises ValueError for what is none."""
    document = json.loads(body)
    if not ({"message", "response", "error"} & document.keys()):
        raise ValueError("a reply without a message")
    yield from Reader().line({**document, "done": True})


def read_embeddings(body: bytes) -> Iterator[Event]:
    """The vectors. Raises KeyError or ValueError for what is no such reply."""
    document = json.loads(body)
    if document.get("error"):
        yield Failed(fault_of(FaultKind.SERVER_ERROR, str(document["error"])))
        return
    yield Started(model=document.get("model") or "")
    # The older endpoint, which others who speak Ollama's language still have, answers with one.
    for index, vector in enumerate(document["embeddings"] if "embeddings" in document else [document["embedding"]]):
        yield Vector(index, tuple(vector))
    yield UsageReported(Usage(prompt=document.get("prompt_eval_count")))
