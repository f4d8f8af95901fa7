"""Cohere: chat v2 (v1 where the channel or the model's name asks for it), embeddings, rerank, transcriptions.

    request  cohere_request, cohere_v1
    reply    cohere_reply, cohere_v1
    lists    cohere_lists (embeddings, rerank)

Composes `openai` for transcriptions, whose form Cohere has taken over. Must not know channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from addon.canon.codec import Codec, Dialect, Reader
from addon.canon.events import Event
from addon.canon.fault import Fault, FaultKind
from addon.canon.form import spliced
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, Endpoint, FormRequest
from addon.dialects import cohere_lists, cohere_reply, cohere_request, cohere_v1, openai, plain_fault
from addon.dialects.cohere_request import restricted_names
from addon.dialects.openai_sound import form_changes

LANGUAGE = "en"
TRANSCRIPTS = openai.DIALECT.codecs[Endpoint.TRANSCRIPTIONS]
USED_UP = re.compile(r"calls? ?/ ?month|per month", re.IGNORECASE)
STATUSES = {498: FaultKind.BAD_KEY, 499: FaultKind.SERVER_ERROR}
"""498: the key is on a list of those that are shut out; 499: cancelled."""


def build(request: ChatRequest, target: Target) -> Outbound:
    return cohere_v1.build(request, target) if is_v1(target) else cohere_request.build(request, target)


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """The client's form. Cohere wants to be told the language; who does not say it most likely speaks English."""
    changes = form_changes(request, target)
    if not request.language:
        changes["language"] = LANGUAGE
    return Outbound(
        method="POST",
        url=re.sub(r"/v[12]$", "", target.base_url) + "/v2/audio/transcriptions",
        headers=(("content-type", request.content_type),),
        body=spliced(request, changes),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def reader(request: ChatRequest, target: Target) -> Reader:
    names = client_names(request)
    return cohere_v1.StreamReader(names) if is_v1(target) else cohere_reply.Reader(names)


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    read = cohere_v1.reply_events if is_v1(target) else cohere_reply.message_events
    return read(client_names(request), body)


def is_v1(target: Target) -> bool:
    """Connectors, which search the web, are v1's only."""
    return target.config.get("api_version", "").strip() == "v1" or target.model.endswith(cohere_v1.INTERNET)


def client_names(request: ChatRequest) -> dict[str, str]:
    """Tool names as Cohere knows them -> as the client does."""
    return {theirs: ours for ours, theirs in restricted_names(request).items()}


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """A trial key's calls of the month are used up like money: waiting for a minute does not help."""
    fault = plain_fault.read_error(status, headers, body, STATUSES)
    spent = fault.kind is FaultKind.RATE_LIMITED and USED_UP.search(fault.message)
    return plain_fault.retold(fault, FaultKind.OUT_OF_BALANCE) if spent else fault


DIALECT = Dialect(
    name="cohere",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply),
        Endpoint.EMBEDDINGS: Codec(
            build=cohere_lists.build_embeddings,
            reader=None,
            read_reply=cohere_lists.read_embeddings,
            follow_up=cohere_lists.more_embeddings,
            gathers=True,
        ),
        Endpoint.RERANK: Codec(build=cohere_lists.build_rerank, reader=None, read_reply=cohere_lists.read_rerank),
        Endpoint.TRANSCRIPTIONS: replace(TRANSCRIPTS, build=build_transcription),
    },
    read_error=read_error,
)
