"""Google's Gemini API: generateContent and batchEmbedContents.

    request  gemini_request, with gemini_parts (messages) and gemini_models (what differs)
    reply    gemini_reply
    errors   gemini_fault
    pictures google_pictures
    sound    google_sound

Must not know channels. Others who carry the same format (Vertex) compose these.
"""

from __future__ import annotations

from collections.abc import Iterable

from addon.canon.codec import Codec, Dialect, FollowUp
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Endpoint, FormRequest, SpeechRequest
from addon.dialects import google_pictures, google_sound
from addon.dialects.gemini_fault import read_error
from addon.dialects.gemini_parts import REACHABLE
from addon.dialects.gemini_reply import Reader, embedding_events, reply_events
from addon.dialects.gemini_request import build, build_embeddings, outbound, restricted_names
from addon.dialects.google_pictures import Drawing


def client_names(request: ChatRequest) -> dict[str, str]:
    """Tool names as Gemini knows them -> as the client does."""
    return {theirs: ours for ours, theirs in restricted_names(request).items()}


def reader(request: ChatRequest, target: Target) -> Reader:
    return Reader(client_names(request))


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return reply_events(client_names(request), body)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    return embedding_events(body)


def build_pictures(request: Drawing, target: Target) -> Outbound:
    return outbound(target, *google_pictures.method_and_document(request, target))


def next_pictures(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The request for the pictures that are missing after `count` replies."""
    if not google_pictures.wants_more(request, target, count):
        return None
    return FollowUp(outbound(target, *google_pictures.method_and_document(request, target, count)))


def read_pictures(request: Drawing, target: Target, body: bytes) -> Iterable[Event]:
    return google_pictures.reply_events(body)


def build_sound(request: SpeechRequest | FormRequest, target: Target) -> Outbound:
    return outbound(target, *google_sound.method_and_document(request, target))


def takes_url(url: str) -> bool:
    """Videos of YouTube, and what lies with Google."""
    return REACHABLE.match(url) is not None


PICTURES = Codec(
    build=build_pictures,
    reader=None,
    read_reply=read_pictures,
    follow_up=next_pictures,
    gathers=True,
    keeps=True,
    inline_urls=True,
)
TRANSCRIPTS = Codec(build=build_sound, reader=google_sound.Reader, read_reply=google_sound.read_transcript)
DIALECT = Dialect(
    name="gemini",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply, inline_urls=True, takes_url=takes_url),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.SPEECH: Codec(build=build_sound, reader=google_sound.Reader, read_reply=google_sound.read_speech),
        Endpoint.TRANSCRIPTIONS: TRANSCRIPTS,
        Endpoint.TRANSLATIONS: TRANSCRIPTS,
    },
    read_error=read_error,
)
