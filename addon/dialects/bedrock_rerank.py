"""Rerank on Bedrock: Cohere's and Amazon's models, through InvokeModel.

Facts: docs.aws.amazon.com/bedrock, model parameters for rerank. Must not know how a request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.events import Ended, Event, Scored, Started, Usage, UsageReported
from addon.canon.request import RerankRequest

COHERE = "cohere.rerank"
COHERE_VERSION = 2


def document_for(request: RerankRequest, model: str) -> dict[str, Any]:
    document: dict[str, Any] = {"query": request.query, "documents": list(request.documents)}
    if request.top_n is not None:
        document["top_n"] = min(request.top_n, len(request.documents))
    return document | ({"api_version": COHERE_VERSION} if COHERE in model else {})


def reply_events(request: RerankRequest, body: bytes) -> Iterator[Event]:
    """The results in their order. AWS bills by the query."""
    results = json.loads(body)["results"]
    yield Started()
    for one in results:
        told = request.documents[one["index"]] if request.return_documents else ""
        yield Scored(one["index"], one["relevance_score"], told)
    yield UsageReported(Usage(searches=1))
    yield Ended()
