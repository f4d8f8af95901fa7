"""What the two streamed replies (chat, completions) share: order of chunks, verbatim chunks, usage, the end.

Must not know providers, nor framings other than the one we write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    ImageMade,
    Logprobs,
    Meaning,
    Moderated,
    Opaque,
    Passed,
    PictureMade,
    ReasoningDelta,
    RefusalDelta,
    Scored,
    Sound,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Transcript,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.fault import Fault
from addon.face.errors import error_frame
from addon.face.json_bytes import dumps
from addon.face.usage import usage_document

DONE = b"data: [DONE]\n\n"
_PROBE = "\x00text\x00"
"""Stands where a text will stand; in no id and no model's name."""
Delta = TextDelta | ReasoningDelta | RefusalDelta | Opaque | ImageMade | ToolCallStarted | ToolArguments
Spoken = Delta | Finished
"""What belongs to a choice."""


@dataclass(frozen=True, slots=True)
class Ids:
    """What every chunk of a reply carries. A provider's own values, where it sends them, win (Started).

    `created` is a Unix time in seconds; `request_id` is put into error messages.
    """

    id: str
    created: int
    model: str
    request_id: str = ""

    def adopted(self, started: Started) -> Ids:
        """These ids with what the provider said in their place."""
        return replace(
            self,
            id=started.id or self.id,
            model=started.model or self.model,
            created=self.created if started.created is None else started.created,
        )


class StreamEncoder:
    """Events to SSE chunks. A choice opens with its first real event, so `Started` alone writes nothing.

    A missing finish is not invented: whether a reply was cut is the pipe's business.
    """

    OBJECT: ClassVar[str]

    def __init__(self, ids: Ids, include_usage: bool) -> None:
        self._ids = ids
        self._include_usage = include_usage
        self._usage: Usage | None = None
        self._usage_shown = False
        self._opened: set[int] = set()
        self._waiting: dict[str, Any] | None = None
        self._ended = False
        self._around: dict[int, tuple[bytes, bytes]] = {}

    @property
    def lacks_usage(self) -> bool:
        """The client asked for usage and none was reported so far: the caller may feed its own count before the end."""
        return self._include_usage and self._usage is None

    def feed(self, events: Iterable[Event]) -> list[bytes]:
        """The chunks of these events, none of them empty. What follows the end is ignored."""
        match events:
            case [TextDelta(text, choice)] if text and choice in self._opened and not self._ended:
                return [self._text_chunk(text, choice)]
        out: list[bytes] = []
        for event in events:
            if self._ended:
                break
            match event:
                case TextDelta() | ReasoningDelta() | RefusalDelta() | ToolCallStarted() | ToolArguments():
                    self._speak(event, out)
                case Opaque() | ImageMade():
                    self._speak(event, out)
                case Finished():
                    self._speak(event, out)
                case Passed():
                    self._flush(out)
                    self._pass(event, out)
                case Logprobs():
                    self._add_logprobs(event, out)
                case Started():
                    self._adopt(event)
                case UsageReported():
                    self._usage = (self._usage or Usage()).merged(event.usage)
                case Failed():
                    self._flush(out)
                    out += self.fail(event.fault)
                case Ended() | Vector() | PictureMade() | Sound() | Transcript() | Moderated() | Scored():
                    continue
        self._flush(out)
        return out

    def end(self) -> list[bytes]:
        """The usage chunk, if it was asked for and is known, and the one `[DONE]`."""
        if self._ended:
            return []
        self._ended = True
        if not self._include_usage or self._usage_shown or self._usage is None:
            return [DONE]
        return [self._chunk([], usage_document(self._usage)), DONE]

    def fail(self, fault: Fault) -> list[bytes]:
        """The error frame that ends a stream which has begun; nothing follows it."""
        if self._ended:
            return []
        self._ended = True
        return [error_frame(fault, self._ids.request_id)]

    def _opening(self, choice: int) -> dict[str, Any] | None:
        """The choice object that opens a choice, for formats that have one."""
        raise TypeError("an encoder says how a choice opens")

    def _choices(self, event: Spoken) -> list[dict[str, Any]]:
        """The choice objects of an event; none if there is nothing to say."""
        raise TypeError("an encoder says what an event looks like")

    def _empty(self, choice: int) -> dict[str, Any]:
        """A choice object without content, for log probabilities that come alone."""
        raise TypeError("an encoder says what an empty choice looks like")

    def _speak(self, event: Spoken, out: list[bytes]) -> None:
        for choice in self._choices(event):
            self._flush(out)
            self._open(event.choice, out)
            self._waiting = choice

    def _open(self, index: int, out: list[bytes]) -> None:
        if index not in self._opened:
            self._opened.add(index)
            opening = self._opening(index)
            if opening is not None:
                out.append(self._chunk([opening]))

    def _adopt(self, started: Started) -> None:
        self._ids = self._ids.adopted(started)
        self._around.clear()

    def _text_chunk(self, text: str, choice: int) -> bytes:
        """The chunk of a text alone: all of a choice are alike around it."""
        around = self._around.get(choice)
        if around is None:
            before, _, behind = self._chunk(self._choices(TextDelta(_PROBE, choice))).partition(dumps(_PROBE))
            around = self._around[choice] = before, behind
        return around[0] + dumps(text) + around[1]

    def _add_logprobs(self, event: Logprobs, out: list[bytes]) -> None:
        waiting = self._waiting
        if waiting is None or waiting["index"] != event.choice or waiting["logprobs"] is not None:
            self._flush(out)
            self._open(event.choice, out)
            self._waiting = waiting = self._empty(event.choice)
        waiting["logprobs"] = event.value

    def _flush(self, out: list[bytes]) -> None:
        """Writes the chunk that was kept back in case log probabilities follow it."""
        if self._waiting is not None:
            out.append(self._chunk([self._waiting]))
            self._waiting = None

    def _pass(self, passed: Passed, out: list[bytes]) -> None:
        for meaning in passed.meanings:
            self._note(meaning, shown=bool(passed.data))
        # The end is ours to write, once, also when a provider's own end marker is handed through.
        if passed.data and passed.data.strip() != b"[DONE]":
            out.append(b"data: " + b"\ndata: ".join(passed.data.splitlines()) + b"\n\n")

    def _note(self, meaning: Meaning, shown: bool) -> None:
        match meaning:
            case Started():
                self._adopt(meaning)
            case UsageReported():
                self._usage = (self._usage or Usage()).merged(meaning.usage)
                self._usage_shown = self._usage_shown or shown
            case TextDelta() | ReasoningDelta() | RefusalDelta() | ToolCallStarted() | Finished():
                if shown:
                    self._opened.add(meaning.choice)
            case _:
                return

    def _chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        document: dict[str, Any] = {
            "id": self._ids.id,
            "object": self.OBJECT,
            "created": self._ids.created,
            "model": self._ids.model,
            "choices": choices,
        }
        if self._include_usage:
            document["usage"] = usage
        return b"data: " + dumps(document) + b"\n\n"
