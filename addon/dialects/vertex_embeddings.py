"""Embeddings on Vertex AI: `embedContent` for Gemini's models, `predict` for those before them.

Facts: google-genai's own choice between them, cloud.google.com/vertex-ai/generative-ai/docs/embeddings.
Must not know how a request is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.events import Ended, Event, Started, Usage, UsageReported, Vector
from addon.canon.request import EmbeddingRequest
from addon.canon.texts import input_texts
from addon.dialects.gemini_reply import usage_of

Document = Mapping[str, Any]


def method_and_document(request: EmbeddingRequest, model: str) -> tuple[str, Document]:
    """What is asked of the model: one text and several are different methods of the newer models."""
    texts = input_texts(request, "Vertex AI")
    size = {} if request.dimensions is None else {"outputDimensionality": request.dimensions}
    if "gemini" not in model:
        instances = [{"content": text} for text in texts]
        return "predict", {"instances": instances, **({"parameters": size} if size else {})}
    config = {"embedContentConfig": size} if size else {}
    requests = [{"content": {"parts": [{"text": text}], "role": "user"}, **config} for text in texts]
    return ("embedContent", requests[0]) if len(requests) == 1 else ("batchEmbedContents", {"requests": requests})


def reply_events(body: bytes) -> Iterator[Event]:
    """The vectors of a reply, numbered as they stand, and the tokens where they are counted."""
    document = json.loads(body)
    yield Started()
    embeddings = embeddings_of(document)
    for index, embedding in enumerate(embeddings):
        yield Vector(index, tuple(embedding["values"]))
    counts = [one["statistics"]["token_count"] for one in embeddings if "token_count" in one.get("statistics", {})]
    if document.get("usageMetadata"):
        yield UsageReported(usage_of(document["usageMetadata"]))
    elif counts:
        yield UsageReported(Usage(prompt=int(sum(counts))))
    yield Ended()


def embeddings_of(document: Document) -> list[Document]:
    if "predictions" in document:
        return [prediction["embeddings"] for prediction in document["predictions"]]
    return [document["embedding"]] if "embedding" in document else document["embeddings"]
