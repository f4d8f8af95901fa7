"""Google's Gemini API: generateContent and batchEmbedContents.

    request  gemini_request, with gemini_parts (messages) and gemini_models (what differs)
    reply    gemini_reply
    errors   gemini_fault
    further  google_media: pictures and sound

Must not know channels. Others who carry the same format (Vertex) compose these.
"""

from __future__ import annotations

from collections.abc import Iterable

from addon.canon.codec import Codec, Dialect
from addon.canon.events import Event
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Endpoint
from addon.dialects import google_media
from addon.dialects.gemini_fault import read_error
from addon.dialects.gemini_parts import REACHABLE
from addon.dialects.gemini_reply import Reader, embedding_events, reply_events
from addon.dialects.gemini_request import build, build_embeddings, outbound, restricted_names


def client_names(request: ChatRequest) -> dict[str, str]:
    """Tool names as Gemini knows them -> as the client does."""
    return {theirs: ours for ours, theirs in restricted_names(request).items()}


def reader(request: ChatRequest, target: Target) -> Reader:
    return Reader(client_names(request))


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return reply_events(client_names(request), body)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    return embedding_events(body)


def takes_url(url: str) -> bool:
    """Videos of YouTube, and what lies with Google."""
    return REACHABLE.match(url) is not None


DIALECT = Dialect(
    name="gemini",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply, inline_urls=True, takes_url=takes_url),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        **google_media.codecs(outbound),
    },
    read_error=read_error,
)
