"""Ollama: its own API, which alone can set the length of the context; or its OpenAI surface, where the channel's API
version is `v1`.

    request  ollama_request
    reply    ollama_reply

Composes `openai` for the surface. Must not know channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from addon.canon.codec import Codec, Dialect, Reader
from addon.canon.events import Event
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.request import Endpoint, ImageRequest, Request
from addon.dialects import ollama_reply, ollama_request, openai, plain_fault

STATUSES = {502: FaultKind.SERVER_ERROR, 503: FaultKind.OVERLOADED}
"""502: the cloud behind a local Ollama was not reached; 503: its queue is full."""
Build = Callable[[Any, Target], Outbound]
SURFACE = Quirks(
    roles=(("developer", "system"),),
    drop=("tool_choice", "n", "logit_bias", "user"),
    repairs=("tagged-thoughts",),
)


def speaks_openai(target: Target) -> bool:
    return target.config.get("api_version", "").strip() == "v1"


def surface(target: Target) -> Target:
    return replace(target, quirks=SURFACE)


def codec(endpoint: Endpoint, build: Build, read: Callable[[bytes], Iterable[Event]], streams: bool) -> Codec:
    """Each endpoint both ways: as Ollama speaks it, or as OpenAI does."""
    compatible = openai.DIALECT.codecs[endpoint]

    def build_either(request: Request, target: Target) -> Outbound:
        return compatible.build(request, surface(target)) if speaks_openai(target) else build(request, target)

    def reader(request: Request, target: Target) -> Reader:
        if speaks_openai(target) and compatible.reader is not None:
            return compatible.reader(request, surface(target))
        return ollama_reply.Reader()

    def read_either(request: Request, target: Target, body: bytes) -> Iterable[Event]:
        return compatible.read_reply(request, surface(target), body) if speaks_openai(target) else read(body)

    return Codec(
        build=build_either,
        reader=reader if streams else None,
        read_reply=read_either,
        inline_urls=endpoint is Endpoint.CHAT,
    )


PICTURES = openai.DIALECT.codecs[Endpoint.IMAGES]


def build_pictures(request: ImageRequest, target: Target) -> Outbound:
    """The surface has them whatever the channel's API version is."""
    outbound: Outbound = PICTURES.build(request, replace(target, quirks=replace(SURFACE, pictures="ollama")))
    return outbound


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    return plain_fault.read_error(status, headers, body, STATUSES)


DIALECT = Dialect(
    name="ollama",
    codecs={
        Endpoint.CHAT: codec(Endpoint.CHAT, ollama_request.build, ollama_reply.read_reply, streams=True),
        Endpoint.COMPLETIONS: codec(
            Endpoint.COMPLETIONS, ollama_request.build_completion, ollama_reply.read_reply, streams=True
        ),
        Endpoint.EMBEDDINGS: codec(
            Endpoint.EMBEDDINGS, ollama_request.build_embeddings, ollama_reply.read_embeddings, streams=False
        ),
        Endpoint.IMAGES: replace(PICTURES, build=build_pictures),
    },
    read_error=read_error,
)
