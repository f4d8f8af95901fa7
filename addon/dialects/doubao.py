"""Doubao (Volcengine Ark): OpenAI's dialect, with a second endpoint of embeddings, for models that also see.

Composes `openai`; what else differs is in the row and the edit `doubao`. https://www.volcengine.com/docs/82379
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from addon.canon.codec import Dialect
from addon.canon.dialogue import body_of
from addon.canon.keys import guarded
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, EmbeddingRequest, Endpoint
from addon.canon.texts import input_texts
from addon.dialects import openai

EMBEDDINGS = openai.DIALECT.codecs[Endpoint.EMBEDDINGS]
SEEING = "doubao-embedding-vision"
KEY_FORM = "A key of Ark is one API key, a UUID or ark-…; access keys (AKLT…) are for Volcengine's other services."


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    texts = input_texts(request, "Doubao")
    outbound: Outbound = EMBEDDINGS.build(request, target)
    if not target.model.startswith(SEEING):
        return outbound
    if len(texts) > 1:
        raise CannotCarry("input", f"{target.model} makes one embedding per request; send one text.")
    document: dict[str, Any] = {"model": target.model, "input": [{"type": "text", "text": text} for text in texts]}
    if request.dimensions is not None:
        document["dimensions"] = request.dimensions
    return replace(outbound, url=f"{outbound.url}/multimodal", body=body_of(document))


DIALECT = Dialect(
    name="doubao",
    codecs=guarded(
        {**openai.DIALECT.codecs, Endpoint.EMBEDDINGS: replace(EMBEDDINGS, build=build_embeddings)}, "AKLT", KEY_FORM
    ),
    read_error=openai.DIALECT.read_error,
)
