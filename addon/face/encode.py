"""Events to the bytes a client gets: `encoder` for streams, `fold` for whole replies.

Must not know providers, nor how the bytes are sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from addon.canon.events import Event
from addon.canon.fault import Fault
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest, RawRequest, RealtimeRequest, Request
from addon.face.chat_stream import ChatStreamEncoder
from addon.face.completion_stream import CompletionStreamEncoder
from addon.face.errors import error_frame
from addon.face.fold import flatten, fold, folded
from addon.face.media_stream import MediaStreamEncoder
from addon.face.stream_encoder import Ids

__all__ = ["Encoder", "Ids", "encoder", "error_frame", "flatten", "fold", "folded", "whole_as_stream"]


class Encoder(Protocol):
    """Writes one streamed reply. No element of a returned list is empty."""

    @property
    def lacks_usage(self) -> bool:
        """The client asked for usage and no event reported any so far."""
        ...

    def feed(self, events: Iterable[Event]) -> list[bytes]:
        """The chunks of these events."""
        ...

    def end(self) -> list[bytes]:
        """The usage chunk, if it was asked for and is known, and exactly one `[DONE]`."""
        ...

    def fail(self, fault: Fault) -> list[bytes]:
        """One error frame; the stream is over."""
        ...


def encoder(request: Request, ids: Ids) -> Encoder:
    """The encoder of a streamed reply to this request. Raises TypeError for what does not stream."""
    if isinstance(request, ChatRequest):
        return ChatStreamEncoder(request, ids)
    if isinstance(request, CompletionRequest):
        return CompletionStreamEncoder(request, ids)
    if isinstance(request, EmbeddingRequest | RawRequest | RealtimeRequest):
        raise TypeError("replies to this are not written as a stream")
    return MediaStreamEncoder(request, ids)


def whole_as_stream(request: Request, events: Iterable[Event], ids: Ids) -> list[bytes]:
    """A whole reply (the events of `read_reply`) for a client that asked for a stream."""
    writer = encoder(request, ids)
    return writer.feed(flatten(events)) + writer.end()
