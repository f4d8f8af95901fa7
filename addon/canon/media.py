"""What a client asks of the endpoints beside chat and embeddings, in JSON: pictures, speech, verdicts, ranks.

Must not know any provider, nor how the document came in. `body` is the client's own document, `raw` its bytes.
Fields that the client left out are None or empty; nothing is defaulted here, `n` excepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.endpoint import Endpoint

Json = Any


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """`POST /v1/images/generations`, or `images/edits` as JSON (then `images` has what is to be edited).

    `size` is `WIDTHxHEIGHT`, `auto` or a provider's own word; `response_format` is `url` or `b64_json`.
    `images` are http(s) or data URLs; pictures that are named by a file id are only in `body`.
    """

    body: Mapping[str, Json]
    raw: bytes
    model: str
    prompt: str
    endpoint: Endpoint = Endpoint.IMAGES
    n: int = 1
    size: str = ""
    quality: str = ""
    style: str = ""
    response_format: str = ""
    background: str = ""
    output_format: str = ""
    seed: int | None = None
    negative_prompt: str = ""
    user: str = ""
    images: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False

    @property
    def pixels(self) -> tuple[int, int] | None:
        """(width, height), None where `size` does not say."""
        width, _, height = self.size.lower().partition("x")
        if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
            return None
        return int(width), int(height)


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """`POST /v1/audio/speech`. `response_format` is mp3, opus, aac, flac, wav or pcm; `voice` is a name or an id."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    input: str
    voice: str = ""
    instructions: str = ""
    response_format: str = ""
    speed: float | None = None
    stream: bool = False
    include_usage: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.SPEECH


@dataclass(frozen=True, slots=True)
class ModerationRequest:
    """`POST /v1/moderations`. `texts` are the texts to judge, `images` the URLs of pictures; `batch`: the texts are
    judged one by one, else everything is one input."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    texts: tuple[str, ...]
    images: tuple[str, ...] = ()
    batch: bool = False
    stream: bool = False
    include_usage: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.MODERATIONS


@dataclass(frozen=True, slots=True)
class RerankRequest:
    """`POST /v1/rerank`. `documents` are texts (the `text` of a document that is an object)."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    query: str
    documents: tuple[str, ...]
    top_n: int | None = None
    return_documents: bool = False
    stream: bool = False
    include_usage: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.RERANK
