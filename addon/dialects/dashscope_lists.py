"""DashScope's embeddings and rerank: lists in, lists out.

Facts: help.aliyun.com/en/model-studio/text-embedding-synchronous-api and /text-rerank-api. Must not know chats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.events import Event, Failed, Scored, Started, Usage, UsageReported, Vector
from addon.canon.outbound import Outbound, Target
from addon.canon.request import EmbeddingRequest, RerankRequest
from addon.canon.texts import input_texts
from addon.dialects.dashscope_access import EMBEDDINGS, MULTIMODAL_EMBEDDINGS, RERANK, outbound
from addon.dialects.dashscope_fault import fault_of
from addon.dialects.dashscope_models import abilities

Json = dict[str, Any]
OPTIONS = ("text_type", "instruct", "output_type")
"""What DashScope takes beside, where a client gives it."""


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    return batch(request, target, 0)


def more_embeddings(request: EmbeddingRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The next texts, until all have been sent."""
    start = count * abilities(target.model).embedding_batch
    return FollowUp(batch(request, target, start)) if start < len(request.inputs) else None


def batch(request: EmbeddingRequest, target: Target, start: int) -> Outbound:
    able = abilities(target.model)
    texts = input_texts(request, "DashScope")[start : start + able.embedding_batch]
    parameters: Json = {name: request.body[name] for name in OPTIONS if isinstance(request.body.get(name), str)}
    if request.dimensions is not None:
        parameters["dimension"] = request.dimensions
    senses = able.multimodal or "multimodal" in able.name
    asked = {"contents": [{"text": text} for text in texts]} if senses else {"texts": texts}
    document = {"model": able.name, "input": asked, "parameters": parameters}
    return outbound(target, MULTIMODAL_EMBEDDINGS if senses else EMBEDDINGS, document)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The vectors of all batches, numbered through; each batch numbers its own."""
    replies: list[Json] = json.loads(body)
    failed = next((reply for reply in replies if "output" not in reply), None)
    if failed is not None:
        yield Failed(fault_of(failed))
        return
    yield Started(id=replies[0].get("request_id") or "")
    first = 0
    for reply in replies:
        found = sorted(reply["output"]["embeddings"], key=lambda one: number_of(one) or 0)
        for position, one in enumerate(found):
            yield Vector(first + position, tuple(one["embedding"]))
        first += len(found)
    yield UsageReported(Usage(prompt=sum(tokens(reply) for reply in replies)))


def number_of(embedding: Mapping[str, Any]) -> int | None:
    """The text embeddings call it text_index, the multimodal ones index."""
    number = embedding.get("text_index", embedding.get("index"))
    return number if isinstance(number, int) else None


def tokens(reply: Mapping[str, Any]) -> int:
    usage = reply.get("usage") or {}
    return int(usage.get("total_tokens") or usage.get("input_tokens") or 0)


def build_rerank(request: RerankRequest, target: Target) -> Outbound:
    parameters: Json = {"return_documents": request.return_documents}
    if request.top_n is not None:
        parameters["top_n"] = request.top_n
    if isinstance(request.body.get("instruct"), str):
        parameters["instruct"] = request.body["instruct"]
    asked = {"query": request.query, "documents": list(request.documents)}
    return outbound(target, RERANK, {"model": target.model, "input": asked, "parameters": parameters})


def read_rerank(request: RerankRequest, target: Target, body: bytes) -> Iterator[Event]:
    reply = json.loads(body)
    if "output" not in reply:
        yield Failed(fault_of(reply))
        return
    yield Started(id=reply.get("request_id") or "")
    for result in reply["output"]["results"]:
        told = request.documents[result["index"]] if request.return_documents else ""
        yield Scored(result["index"], result["relevance_score"], told)
    yield UsageReported(Usage(prompt=tokens(reply)))
