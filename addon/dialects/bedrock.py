"""AWS Bedrock: Claude through InvokeModel, everyone else through Converse.

    access    bedrock_access: region, address, signature or key; bedrock_models: ids and what families take
    Claude    anthropic_hosted: Anthropic's body
    others    bedrock_converse, with bedrock_converse_parts (messages)
    replies   bedrock_converse_reply; bedrock_invoke, for what InvokeModel answers
    further   bedrock_embeddings, bedrock_pictures, bedrock_rerank: a body per vendor
    errors    bedrock_fault

Composes `anthropic`. Must not know channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from addon.canon.codec import Codec, Dialect, FollowUp
from addon.canon.drawing import Drawing
from addon.canon.events import Event, Failed
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Endpoint, RerankRequest
from addon.dialects import bedrock_converse_reply, bedrock_pictures, bedrock_rerank
from addon.dialects.anthropic import client_names
from addon.dialects.anthropic_hosted import hosted_document
from addon.dialects.bedrock_access import Access, access_of, outbound
from addon.dialects.bedrock_converse import SERVICE_TIERS, chat_document
from addon.dialects.bedrock_embeddings import batches, document_for, reply_events
from addon.dialects.bedrock_fault import fault_of, read_error
from addon.dialects.bedrock_invoke import CHUNK, ChunkReader, message_events
from addon.dialects.bedrock_models import CLAUDE, abilities, model_id
from addon.dialects.bedrock_pictures import wants_more

ANTHROPIC_VERSION = "bedrock-2023-05-31"
EXCEPTION = re.compile(r"exception$|error", re.IGNORECASE)
"""The frames that tell of a failure, by their names."""


def placed(target: Target) -> tuple[Target, Access]:
    """The target with Bedrock's id of the model, and the way there. Raises BadKey."""
    access = access_of(target)
    return replace(target, model=model_id(target.model, access.region)), access


def build(request: ChatRequest, target: Target) -> Outbound:
    """The request; models that cannot stream beside tools are not asked to, and their reply is streamed by us."""
    target, access = placed(target)
    if CLAUDE in target.model:
        document = hosted_document(request, target, ANTHROPIC_VERSION)
        operation = "invoke-with-response-stream" if request.stream else "invoke"
        tier = request.service_tier
        headers = (("x-amzn-bedrock-service-tier", tier),) if tier in SERVICE_TIERS else ()
        return outbound(target, access, operation, document, headers)
    document = chat_document(request, target)
    streams = request.stream and (abilities(target.model).streams_tools or "toolConfig" not in document)
    return outbound(target, access, "converse-stream" if streams else "converse", document)


class Reader:
    """Reads one stream: Converse's events, or the chunks of InvokeModel. Either may break off with an exception."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        names = client_names(request)
        self.converse = bedrock_converse_reply.Reader(names)
        self.chunks = ChunkReader(names)

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a frame of another shape."""
        if EXCEPTION.search(frame.event):
            return [Failed(fault_of(frame.event, json.loads(frame.data)))]
        return self.chunks.read(frame) if frame.event == CHUNK else self.converse.read(frame)

    def close(self) -> Iterable[Event]:
        """Nothing: every format has an end of its own."""
        return []


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return message_events(client_names(request), json.loads(body))


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    return embedding_request(request, target, 0)


def next_embeddings(request: EmbeddingRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The request for the texts that are left after `count` replies."""
    more = count < len(batches(request, target.model))
    return FollowUp(embedding_request(request, target, count)) if more else None


def embedding_request(request: EmbeddingRequest, target: Target, number: int) -> Outbound:
    target, access = placed(target)
    texts = batches(request, target.model)[number]
    return outbound(target, access, "invoke", document_for(request, texts, target.model))


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    return reply_events(body)


def build_pictures(request: Drawing, target: Target) -> Outbound:
    return picture_request(request, target, 0)


def next_pictures(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The request for the pictures that are missing after `count` replies."""
    return FollowUp(picture_request(request, target, count)) if wants_more(request, target, count) else None


def picture_request(request: Drawing, target: Target, number: int) -> Outbound:
    target, access = placed(target)
    return outbound(target, access, "invoke", bedrock_pictures.document_for(request, target, number))


def read_pictures(request: Drawing, target: Target, body: bytes) -> Iterable[Event]:
    return bedrock_pictures.reply_events(body)


def build_rerank(request: RerankRequest, target: Target) -> Outbound:
    target, access = placed(target)
    return outbound(target, access, "invoke", bedrock_rerank.document_for(request, target.model))


def read_rerank(request: RerankRequest, target: Target, body: bytes) -> Iterable[Event]:
    return bedrock_rerank.reply_events(request, body)


PICTURES = Codec(
    build=build_pictures,
    reader=None,
    read_reply=read_pictures,
    follow_up=next_pictures,
    gathers=True,
    keeps=True,
    inline_urls=True,
)


DIALECT = Dialect(
    name="bedrock",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=Reader, read_reply=read_reply, inline_urls=True),
        Endpoint.EMBEDDINGS: Codec(
            build=build_embeddings,
            reader=None,
            read_reply=read_embeddings,
            follow_up=next_embeddings,
            gathers=True,
        ),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.IMAGE_VARIATIONS: PICTURES,
        Endpoint.RERANK: Codec(build=build_rerank, reader=None, read_reply=read_rerank),
    },
    read_error=read_error,
)
