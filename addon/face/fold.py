"""Events to one whole JSON reply. Must not know providers, nor whether the events came from a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Event, Failed, Meaning, Passed, Started, Usage, UsageReported, Vector
from addon.canon.fault import Fault
from addon.canon.request import ChatRequest, CompletionRequest, EmbeddingRequest, RawRequest, RealtimeRequest, Request
from addon.face.choices import Choices
from addon.face.function_calls import speaks_functions
from addon.face.json_bytes import dumps
from addon.face.media import JSON, media_reply
from addon.face.stream_encoder import Ids
from addon.face.usage import embedding_usage_document, usage_document
from addon.face.vectors import as_asked

CountedRequest = ChatRequest | CompletionRequest | EmbeddingRequest
"""Requests whose replies always tell their tokens."""


def flatten(events: Iterable[Event]) -> Iterator[Meaning]:
    """The events with each verbatim piece replaced by what it means."""
    for event in events:
        if isinstance(event, Passed):
            yield from event.meanings
        else:
            yield event


def fault_in(events: Iterable[Event]) -> Fault | None:
    """The failure that these events report, if any."""
    return next((event.fault for event in flatten(events) if isinstance(event, Failed)), None)


def fold(request: Request, events: Iterable[Event], ids: Ids, *, streamed: bool = False) -> bytes:
    """The body of a whole reply; see `folded`."""
    return folded(request, events, ids, streamed=streamed)[0]


def folded(request: Request, events: Iterable[Event], ids: Ids, *, streamed: bool = False) -> tuple[bytes, str]:
    """The body of a whole reply and its content type. Call it for events without a failure (`fault_in`).

    streamed: the events came from a stream's reader, so verbatim pieces are chunks and not the whole reply.
    A missing usage is not counted here: the caller appends a UsageReported.
    """
    gathered = list(events)
    if not streamed:
        for event in gathered:
            if isinstance(event, Passed) and event.data and _is_as_asked(request, event):
                return event.data, JSON
    meanings = list(flatten(gathered))
    for meaning in meanings:
        if isinstance(meaning, Started):
            ids = ids.adopted(meaning)
    usage = Usage()
    for meaning in meanings:
        if isinstance(meaning, UsageReported):
            usage = usage.merged(meaning.usage)
    if isinstance(request, ChatRequest | CompletionRequest | EmbeddingRequest):
        return dumps(_document(request, meanings, ids, usage)), JSON
    if isinstance(request, RawRequest | RealtimeRequest):
        raise TypeError("a reply that passes as it is is not written anew")
    return media_reply(request, meanings, ids, usage)


def _is_as_asked(request: Request, passed: Passed) -> bool:
    """Some providers answer with floats although base64 was asked for."""
    if not isinstance(request, EmbeddingRequest):
        return True
    text = request.encoding_format == "base64"
    return all(isinstance(item.values, str) == text for item in passed.meanings if isinstance(item, Vector))


def _document(request: CountedRequest, meanings: list[Meaning], ids: Ids, usage: Usage) -> dict[str, Any]:
    match request:
        case ChatRequest():
            choices = Choices(ids.id, speaks_functions(request))
            choices.take(meanings)
            return _reply("chat.completion", choices.chat(), ids, usage)
        case CompletionRequest():
            choices = Choices(ids.id, functions=False)
            choices.take(meanings)
            return _reply("text_completion", choices.completions(), ids, usage)
        case EmbeddingRequest():
            return _embeddings(request, meanings, ids, usage)


def _reply(name: str, choices: list[dict[str, Any]], ids: Ids, usage: Usage) -> dict[str, Any]:
    return {
        "id": ids.id,
        "object": name,
        "created": ids.created,
        "model": ids.model,
        "choices": choices,
        "usage": usage_document(usage),
    }


def _embeddings(request: EmbeddingRequest, meanings: list[Meaning], ids: Ids, usage: Usage) -> dict[str, Any]:
    vectors = sorted((item for item in meanings if isinstance(item, Vector)), key=lambda vector: vector.index)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": vector.index,
                "embedding": as_asked(vector.values, request.encoding_format),
            }
            for vector in vectors
        ],
        "model": ids.model,
        "usage": embedding_usage_document(usage),
    }
