"""Reads a stream of an OpenAI-compatible provider: frames in, the same frames out with their meaning.

A frame that follows OpenAI's dialect passes verbatim; any other is put right and written anew. A reply whose provider
gives it no id or time is told in meanings, and our face gives it one. Must not know framings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Ended, Event, Failed, Meaning, Passed, TextDelta
from addon.canon.frame import Frame
from addon.canon.mould import Likeness
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, CompletionRequest
from addon.dialects import openai_meanings as meanings
from addon.dialects.openai_choices import Choices
from addon.dialects.openai_fault import fault_in, fault_of
from addon.dialects.openai_functions import wants_functions
from addon.dialects.openai_repairs import (
    CALLS_AT_STOP,
    REPAIRS,
    TAGGED_THOUGHTS,
    TEXT_BLIND,
    UNMARKED_ENDS,
    BrokenOff,
    lift_usage,
    repair_head,
    repair_usage,
)
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]
DONE = b"[DONE]"
PADDING = ("obfuscation",)
"""OpenAI makes its frames differ in length by a string that means nothing."""


class StreamReader:
    """One streamed chat or completion."""

    def __init__(self, request: ChatRequest | CompletionRequest, target: Target) -> None:
        self._chat = isinstance(request, ChatRequest)
        self._object = "chat.completion.chunk" if self._chat else "text_completion"
        self._target = target
        self._wants_usage = request.include_usage
        tagged, calls_at_stop = (name in target.quirks.repairs for name in (TAGGED_THOUGHTS, CALLS_AT_STOP))
        part = "delta" if self._chat else "text"
        self._choices = Choices(part, target.quirks.reasoning_field, tagged, calls_at_stop)
        self._identity: Json = {}
        self._started = False
        self._anonymous = isinstance(request, ChatRequest) and wants_functions(request, target.quirks)
        self._usage: Json = {}
        self._usage_shown = False
        self._ends_with_body = False
        text = ("delta", "content") if self._chat else ("text",)
        self._likeness = Likeness(("choices", 0, *text), PADDING)
        self._choice = 0
        self._learns = not tagged and TEXT_BLIND.issuperset(target.quirks.repairs)

    def read(self, frame: Frame) -> Iterable[Event]:
        data = frame.data.strip()
        if not data:
            return
        text = None if frame.event else self._likeness.text(data)
        if text:
            yield Passed(data, (TextDelta(text, self._choice),))
            return
        if data == DONE:
            yield from self._end()
            yield Ended()
            return
        document = json.loads(data)
        if isinstance(document, list) and document:
            document = document[0]
        if not isinstance(document, dict):
            raise ValueError("a frame that is no JSON object")
        fault = fault_of(document, 200, {}) if frame.event == "error" else fault_in(document)
        if fault is not None:
            # What was used until then is billed.
            yield from meanings.usage_reported(document)
            yield Failed(fault)
            return
        yield from self._chunk(document, data)

    def close(self) -> Iterable[Event]:
        if self._ends_with_body or self._choices.all_finished:
            yield from self._end()
        else:
            yield from self._told(self._choices.leftovers())

    def _chunk(self, document: Json, data: bytes) -> Iterator[Event]:
        changed = self._repair_shape(document) | lift_usage(document)
        usage = document.get("usage")
        if not (document.get("choices") or usage or document.get("id")):
            return  # Azure's and Copilot's first frame: what a filter thinks of the prompt.
        changed |= repair_head(document, self._object)
        changed |= self._identify(document)
        try:
            changed |= self._choices.repair(document, str(self._identity.get("id")))
        except BrokenOff as error:
            yield Failed(error.fault)
            return
        said = self._meanings(document)
        changed |= self._place_usage(document)
        if not changed and not self._anonymous:
            self._learn(document, data, said)
        if self._anonymous:
            yield from said
        elif document["choices"] or isinstance(document.get("usage"), dict) or not changed:
            yield Passed(_bytes(document) if changed else data, tuple(said))
        elif said:
            yield Passed(b"", tuple(said))

    def _learn(self, document: Json, data: bytes, said: list[Meaning]) -> None:
        """Nearly all frames are like this one, but for the text: they need not be parsed."""
        match said:
            case [TextDelta(_, choice)] if self._learns:
                self._likeness.learn(data, document)
                self._choice = choice

    def _repair_shape(self, document: Json) -> bool:
        changed = False
        for name in self._target.quirks.repairs:
            if REPAIRS[name](document):
                changed = True
                self._ends_with_body |= name in UNMARKED_ENDS
        return changed

    def _identify(self, document: Json) -> bool:
        """All chunks of a reply have the id, time and model of the first one."""
        changed = False
        if not document.get("id") and document.get("sid"):
            document["id"] = document["sid"]
            changed = True
        for name, kind in (("id", str), ("created", int), ("model", str)):
            value = document.get(name)
            if isinstance(value, kind) and value != "":
                known = self._identity.setdefault(name, value)
            elif name == "model":
                known = self._identity.setdefault(name, self._target.model)
            else:
                known = self._identity.get(name)
            if known is None:
                self._anonymous = True
            elif known != value:
                document[name] = known
                changed = True
        return changed

    def _meanings(self, document: Json) -> list[Meaning]:
        said: list[Meaning] = []
        if not self._started:
            self._started = True
            said.append(meanings.started(document))
        said += meanings.chat(document, "delta") if self._chat else meanings.completions(document)
        said += meanings.usage_reported(document)
        return said

    def _place_usage(self, document: Json) -> bool:
        """Usage stands in a chunk of its own, behind all others, and once."""
        usage = document.get("usage")
        if not isinstance(usage, dict):
            return False
        # A frame that leaves a count out does not take it back.
        self._usage.update((name, value) for name, value in usage.items() if value is not None)
        changed = repair_usage(usage)
        if document["choices"] or self._usage_shown or not self._wants_usage or not self._choices.all_finished:
            del document["usage"]
            return True
        self._usage_shown = True
        return changed

    def _end(self) -> Iterator[Event]:
        """What the provider left out at the end: why its choices ended, and the usage chunk."""
        yield from self._told(self._choices.unfinished())
        if self._usage and self._wants_usage and not (self._usage_shown or self._anonymous):
            self._usage_shown = True
            repair_usage(self._usage)
            yield Passed(_bytes({**self._head(), "choices": [], "usage": self._usage}))

    def _told(self, choices: list[Json]) -> Iterator[Event]:
        """A chunk of our own, if there is anything to tell."""
        if choices:
            chunk = {**self._head(), "choices": choices}
            said = tuple(meanings.chat(chunk, "delta") if self._chat else meanings.completions(chunk))
            yield from said if self._anonymous else (Passed(_bytes(chunk), said),)

    def _head(self) -> Json:
        return {"object": self._object, **self._identity}


def _bytes(document: Json) -> bytes:
    return dumps(document).encode("utf-8", "surrogatepass")
