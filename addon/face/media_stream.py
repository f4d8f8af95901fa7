"""Streams of the further endpoints, as OpenAI names their events. Must not know providers.

Speech and transcripts come in pieces, pictures one by one; each ends with an event that has the usage.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.events import (
    Event,
    Failed,
    Meaning,
    Passed,
    PictureMade,
    Sound,
    Started,
    TextDelta,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.fault import Fault
from addon.canon.form import FormRequest
from addon.face.errors import error_frame
from addon.face.json_bytes import dumps
from addon.face.media import MediaRequest, heard_tokens, media_usage, picture_document, spoken_segment
from addon.face.stream_encoder import DONE, Ids

PICTURES = {
    Endpoint.IMAGES: "image_generation",
    Endpoint.IMAGE_EDITS: "image_edit",
    Endpoint.IMAGE_VARIATIONS: "image_edit",
}


class MediaStreamEncoder:
    """Writes one streamed reply; the interface of `encode.Encoder`."""

    lacks_usage = False
    """These streams tell their usage where the provider did; nothing is counted for them."""

    def __init__(self, request: MediaRequest, ids: Ids) -> None:
        self._request = request
        self._ids = ids
        self._usage = Usage()
        self._text: list[str] = []
        self._ended = False

    def feed(self, events: Iterable[Event]) -> list[bytes]:
        """The chunks of these events; what follows the end is ignored."""
        out: list[bytes] = []
        for event in events:
            for meaning in event.meanings if isinstance(event, Passed) else (event,):
                if not self._ended:
                    out += self._written(meaning)
        return out

    def end(self) -> list[bytes]:
        """The event that closes speech or a transcript, and one `[DONE]`."""
        if self._ended:
            return []
        self._ended = True
        return [*self._closing(), DONE]

    def fail(self, fault: Fault) -> list[bytes]:
        """The error frame that ends a stream which has begun; nothing follows it."""
        if self._ended:
            return []
        self._ended = True
        return [error_frame(fault, self._ids.request_id)]

    def _written(self, meaning: Meaning) -> list[bytes]:
        match meaning:
            case Started():
                self._ids = self._ids.adopted(meaning)
            case UsageReported():
                self._usage = self._usage.merged(meaning.usage)
            case PictureMade():
                return [self._picture(meaning)]
            case Sound():
                return [_event("speech.audio.delta", {"audio": base64.b64encode(meaning.data).decode()})]
            case TextDelta():
                return self._spoken(meaning.text)
            case Transcript():
                return self._rest(meaning)
            case Failed():
                return self.fail(meaning.fault)
            case _:
                return []
        return []

    def _picture(self, made: PictureMade) -> bytes:
        kind = PICTURES[self._request.endpoint]
        told = {**picture_document(made), **_named(media_usage(self._usage))}
        return _event(f"{kind}.completed", {"created_at": self._ids.created, **told})

    def _spoken(self, text: str) -> list[bytes]:
        if not text:
            return []
        self._text.append(text)
        return [_event("transcript.text.delta", {"delta": text})]

    def _rest(self, said: Transcript) -> list[bytes]:
        """A whole transcript behind its pieces says nothing new, but who spoke where that was asked for."""
        if isinstance(self._request, FormRequest) and self._request.response_format == "diarized_json":
            self._text = [said.text]
            numbered = enumerate(said.segments)
            return [_event("transcript.text.segment", spoken_segment(number, one)) for number, one in numbered]
        return [] if self._text else self._spoken(said.text)

    def _closing(self) -> list[bytes]:
        match self._request.endpoint:
            case Endpoint.SPEECH:
                return [_event("speech.audio.done", _named(media_usage(self._usage)))]
            case Endpoint.TRANSCRIPTIONS | Endpoint.TRANSLATIONS:
                return [
                    _event("transcript.text.done", {"text": "".join(self._text), **_named(heard_tokens(self._usage))})
                ]
            case _:
                return []


def _named(usage: dict[str, Any]) -> dict[str, Any]:
    return {"usage": usage} if usage else {}


def _event(kind: str, fields: dict[str, Any]) -> bytes:
    """Both with its name and as a plain `data` line, for clients that read only the one or the other."""
    return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **fields}) + b"\n\n"
