"""Cohere's embeddings and rerank (docs.cohere.com/reference/embed, /rerank): lists in, lists out.

Must not know chats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.events import Event, Scored, Started, Usage, UsageReported, Vector
from addon.canon.outbound import Outbound, Target
from addon.canon.request import EmbeddingRequest, RerankRequest
from addon.canon.texts import input_texts
from addon.dialects.cohere_reply import count
from addon.dialects.cohere_request import outbound

Json = dict[str, Any]
BATCH = 96
"""Texts per request; a longer list takes several."""
INPUT_TYPE = "search_document"


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    return embed(request, target, 0)


def more_embeddings(request: EmbeddingRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The next batch of texts, until all have been sent."""
    start = count * BATCH
    return FollowUp(embed(request, target, start)) if start < len(request.inputs) else None


def embed(request: EmbeddingRequest, target: Target, start: int) -> Outbound:
    """`input_type` is the client's own, or the channel's: Cohere embeds questions and documents differently."""
    asked = request.body.get("input_type")
    document: Json = {
        "model": target.model,
        "input_type": asked if isinstance(asked, str) else target.config.get("input_type") or INPUT_TYPE,
        "texts": input_texts(request, "Cohere")[start : start + BATCH],
        "embedding_types": ["float"],
    }
    if request.dimensions is not None:
        document["output_dimension"] = request.dimensions
    return outbound(target, "/v2/embed", document)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The vectors of all batches, numbered through."""
    batches: list[Json] = json.loads(body)
    yield Started(id=batches[0].get("id") or "")
    vectors = (vector for batch in batches for vector in floats(batch["embeddings"]))
    for index, vector in enumerate(vectors):
        yield Vector(index, tuple(vector))
    counts = [count(billed(batch).get("input_tokens")) for batch in batches]
    yield UsageReported(Usage(prompt=sum(one or 0 for one in counts)))


def floats(embeddings: Any) -> list[list[float]]:
    """The vectors; the older API, which a proxy may still speak, knows one type of them only."""
    found: list[list[float]] = embeddings["float"] if isinstance(embeddings, dict) else embeddings
    return found


def build_rerank(request: RerankRequest, target: Target) -> Outbound:
    document: Json = {"model": target.model, "query": request.query, "documents": list(request.documents)}
    if request.top_n is not None:
        document["top_n"] = request.top_n
    if isinstance(request.body.get("max_tokens_per_doc"), int):
        document["max_tokens_per_doc"] = request.body["max_tokens_per_doc"]
    return outbound(target, "/v2/rerank", document)


def read_rerank(request: RerankRequest, target: Target, body: bytes) -> Iterator[Event]:
    document = json.loads(body)
    yield Started(id=document.get("id") or "")
    for result in document["results"]:
        told = request.documents[result["index"]] if request.return_documents else ""
        yield Scored(result["index"], result["relevance_score"], told)
    yield UsageReported(Usage(searches=count(billed(document).get("search_units"))))


def billed(document: Json) -> Json:
    return (document.get("meta") or {}).get("billed_units") or {}
