"""Embeddings on Bedrock: Titan, Nova and Cohere, each with a body of its own for InvokeModel.

Facts: docs.aws.amazon.com/bedrock, model parameters. Models that take one text per request are asked once per text.
Must not know how a request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import Ended, Event, Started, Usage, UsageReported, Vector
from addon.canon.request import EmbeddingRequest
from addon.canon.texts import input_texts

COHERE = "cohere.embed"
NOVA = "amazon.nova"
TITAN_WITH_DIMENSIONS = "amazon.titan-embed-text-v2"
COHERE_WITH_DIMENSIONS = "cohere.embed-v4"
COHERE_TEXTS = 96
"""What Cohere takes in one request."""
INPUT_TYPE = "search_document"
"""Cohere asks what the vector is for; the client may say it in `input_type`."""

Document = dict[str, Any]


def batches(request: EmbeddingRequest, model: str) -> list[tuple[str, ...]]:
    """The texts of each request."""
    texts = input_texts(request, "Bedrock")
    size = COHERE_TEXTS if COHERE in model else 1
    return [tuple(texts[at : at + size]) for at in range(0, len(texts), size)]


def document_for(request: EmbeddingRequest, texts: tuple[str, ...], model: str) -> Document:
    """The body of one request; `dimensions` are dropped where the model has only one size."""
    document: Document
    if COHERE in model:
        asked = request.body.get("input_type")
        sizes = {"output_dimension": request.dimensions} if COHERE_WITH_DIMENSIONS in model else {}
        document = {
            "texts": list(texts),
            "input_type": asked if isinstance(asked, str) else INPUT_TYPE,
            "embedding_types": ["float"],
            **sizes,
        }
    elif NOVA in model:
        text = {"truncationMode": "NONE", "value": texts[0]}
        single = {"embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": request.dimensions, "text": text}
        wanted = {name: value for name, value in single.items() if value is not None}
        document = {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": wanted}
    else:
        sizes = {"dimensions": request.dimensions} if TITAN_WITH_DIMENSIONS in model else {}
        document = {"inputText": texts[0], **sizes}
    return {name: value for name, value in document.items() if value is not None}


def reply_events(body: bytes) -> Iterator[Event]:
    """The vectors of one reply, or of an array of replies, numbered as they stand. Only Titan counts tokens."""
    found = json.loads(body)
    documents = found if isinstance(found, list) else [found]
    yield Started()
    vectors = [vector for document in documents for vector in vectors_of(document)]
    for index, values in enumerate(vectors):
        yield Vector(index, tuple(values))
    counts = [document["inputTextTokenCount"] for document in documents if "inputTextTokenCount" in document]
    if counts:
        yield UsageReported(Usage(prompt=int(sum(counts))))
    yield Ended()


def vectors_of(document: Mapping[str, Any]) -> Iterable[list[float]]:
    if "embedding" in document:  # Titan
        return [document["embedding"]]
    embeddings = document["embeddings"]
    if isinstance(embeddings, Mapping):  # Cohere, by type
        embeddings = embeddings["float"]
    return [one["embedding"] if isinstance(one, Mapping) else one for one in embeddings]
