"""Streams of OpenAI's further endpoints, for the meter: the bytes go to the client as they are (`Codec.raw_stream`).

Must not know framings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Ended, Event, Failed, PictureMade, TextDelta, Transcript
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import Request
from addon.dialects.openai_fault import fault_in, fault_of
from addon.dialects.openai_media import media_usage

DONE = b"[DONE]"
PICTURE_ENDS = ("image_generation.completed", "image_edit.completed")
SPOKEN_ENDS = ("transcript.text.done", "speech.audio.done")


class MediaReader:
    """One stream of pictures, speech or a transcript."""

    def __init__(self, request: Request, target: Target) -> None:
        self._begun = False
        self._ended = False

    def read(self, frame: Frame) -> Iterable[Event]:
        data = frame.data.strip()
        if data == DONE:
            yield from self._end()
            return
        document = json.loads(data)
        if not isinstance(document, dict):
            raise ValueError("a frame that is no JSON object")
        kind = str(document.get("type"))
        fault = fault_of(document, 200, {}) if frame.event == "error" else fault_in(document)
        if fault is not None and not kind.endswith(".partial_failed"):  # one picture of several
            yield Failed(fault)
            return
        self._begun = True
        yield from self._told(kind, document)

    def close(self) -> Iterable[Event]:
        """A stream of which something came, but not its last event, was cut."""
        if self._begun and not self._ended:
            message = "the provider ended the reply before it was complete"
            yield Failed(Fault(FaultKind.CUT, 502, message, code="upstream_cut"))

    def _told(self, kind: str, document: dict[str, Any]) -> Iterator[Event]:
        if kind == "transcript.text.delta":
            yield TextDelta(str(document.get("delta") or ""))
        elif kind in PICTURE_ENDS or kind.endswith(".partial_succeeded"):
            url, data = str(document.get("url") or ""), str(document.get("b64_json") or "")
            if url or data:
                yield PictureMade(0, url, data)
            yield from media_usage(document)
        elif kind.endswith((".done", ".completed")):
            yield from media_usage(document)
        if kind == "transcript.text.done":
            yield Transcript(str(document.get("text") or ""))
        if kind in PICTURE_ENDS or kind in SPOKEN_ENDS:
            yield from self._end()

    def _end(self) -> Iterator[Event]:
        self._ended = True
        yield Ended()
