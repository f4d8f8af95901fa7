"""Framings: bytes to frames and nothing more. Must not know any provider, nor what a frame means."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from addon.canon.frame import Frame
from addon.wire import aws_eventstream, ndjson, sse
from addon.wire.framer import FrameTooLarge

__all__ = ["Decoder", "FrameTooLarge", "decoder_for", "decoder_of"]


class Decoder(Protocol):
    """Turns the bytes of one reply into frames. Both methods raise ValueError on garbage."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""
        ...

    def close(self) -> list[Frame]:
        """What is left when the body has ended."""
        ...


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "text/event-stream": sse.Decoder,
    "application/x-ndjson": ndjson.Decoder,
    "application/ndjson": ndjson.Decoder,
    "application/jsonl": ndjson.Decoder,
    "application/stream+json": ndjson.Decoder,
    "application/x-jsonlines": ndjson.Decoder,
    "application/jsonlines": ndjson.Decoder,
    "application/vnd.amazon.eventstream": aws_eventstream.Decoder,
}


def decoder_for(content_type: str) -> Decoder | None:
    """The decoder of a reply with this content-type, or None: it is a whole document."""
    found = _DECODERS.get(content_type.partition(";")[0].strip().lower())
    return found() if found else None


_EVENTS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")
"""How a body of server-sent events begins, and no document does."""


def decoder_of(content_type: str, body: bytes) -> Decoder | None:
    """The same for a whole body: events are events also where the content-type is missing or says something else."""
    return decoder_for(content_type) or (sse.Decoder() if _EVENTS.match(body) else None)
