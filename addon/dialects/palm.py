"""PaLM 2 is gone: Google switched it off in 2024. Its names are answered by Gemini, with the same key and host.

Composes `gemini`. Must not know channels. https://ai.google.dev/gemini-api/docs/deprecations
"""

from __future__ import annotations

from dataclasses import replace

from addon.canon.codec import Codec, Dialect
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import gemini

CHAT_SUCCESSOR = "gemini-flash-latest"
EMBEDDING_SUCCESSOR = "gemini-embedding-001"
RETIRED = ("palm", "chat-bison", "text-bison", "code-bison", "codechat-bison", "chat-unicorn", "text-unicorn")
RETIRED_EMBEDDINGS = ("embedding-gecko", "textembedding-gecko")


def succeeded(target: Target) -> Target:
    """The target with a model that still exists; Gemini's own names, which a mapping may give, stay."""
    name = target.model.lower().removeprefix("models/")
    if name.startswith(RETIRED_EMBEDDINGS):
        return replace(target, model=EMBEDDING_SUCCESSOR)
    return replace(target, model=CHAT_SUCCESSOR) if name.startswith(RETIRED) else target


def codec(endpoint: Endpoint) -> Codec:
    """Gemini's, asked for the successor; its replies do not depend on the model."""
    theirs = gemini.DIALECT.codecs[endpoint]
    return replace(theirs, build=lambda request, target: theirs.build(request, succeeded(target)))


DIALECT = Dialect(
    name="palm",
    codecs={endpoint: codec(endpoint) for endpoint in (Endpoint.CHAT, Endpoint.EMBEDDINGS)},
    read_error=gemini.DIALECT.read_error,
)
