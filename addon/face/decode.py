"""A client's request: bytes to a typed view over the untouched document, or a BadRequest that says what to change.

Must not know providers. Unknown fields are left alone: they are in `body` and in `raw`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from addon.canon.request import CompletionRequest, EmbeddingRequest, Endpoint, Request
from addon.face.bad_request import BadRequest
from addon.face.decode_chat import decode_chat, decode_include_usage, decode_max_tokens, decode_n
from addon.face.decode_forms import FILES, decode_form
from addon.face.decode_media import decode_image, decode_moderation, decode_rerank, decode_speech
from addon.face.document import read_object, unpack_body
from addon.face.fields import Json, Object, flag, integer, text

__all__ = ["BadRequest", "decode", "unpack_body"]

_BOM = b"\xef\xbb\xbf"
Texts = tuple[str | tuple[int, ...], ...]

DEFAULT_MODELS: Mapping[Endpoint, str] = {
    Endpoint.IMAGES: "dall-e-2",
    Endpoint.IMAGE_EDITS: "dall-e-2",
    Endpoint.IMAGE_VARIATIONS: "dall-e-2",
    Endpoint.TRANSCRIPTIONS: "whisper-1",
    Endpoint.TRANSLATIONS: "whisper-1",
    Endpoint.MODERATIONS: "omni-moderation-latest",
}
"""The models of requests that name none: OpenAI's own defaults."""


def decode(endpoint: Endpoint, content_type: str, raw: bytes, model: str = "") -> Request:
    """The request in `raw` (without content-encoding: see unpack_body). Raises BadRequest.

    `model` is the one that the path of a form names (Azure's deployments); a JSON document holds it already.
    """
    default = DEFAULT_MODELS.get(endpoint, "")
    if endpoint in FILES and not _is_json_edit(endpoint, content_type):
        return decode_form(endpoint, content_type, raw, model, default)
    raw = raw.removeprefix(_BOM)  # some editors write one; JSON has none
    body = read_object(content_type, raw)
    model = text(body, "model") or default
    decode_max_tokens(body)
    if not model:
        raise BadRequest("model", "model is required")
    return _DECODERS[endpoint](body, raw, model)


def _is_json_edit(endpoint: Endpoint, content_type: str) -> bool:
    """The newer image models take edits as JSON as well."""
    return endpoint is Endpoint.IMAGE_EDITS and content_type.strip().lower().startswith("application/json")


def _completion(body: Object, raw: bytes, model: str) -> CompletionRequest:
    return CompletionRequest(
        body=body,
        raw=raw,
        model=model,
        prompts=_texts(body, "prompt"),
        stream=flag(body, "stream") or False,
        include_usage=decode_include_usage(body),
        max_tokens=decode_max_tokens(body),
        n=decode_n(body),
        best_of=integer(body, "best_of", low=1) or 1,
    )


def _embedding(body: Object, raw: bytes, model: str) -> EmbeddingRequest:
    return EmbeddingRequest(
        body=body,
        raw=raw,
        model=model,
        inputs=_texts(body, "input"),
        encoding_format=_encoding_format(body),
        dimensions=integer(body, "dimensions", low=1),
    )


def _encoding_format(body: Object) -> Literal["float", "base64"]:
    match text(body, "encoding_format"):
        case None | "float":
            return "float"
        case "base64":
            return "base64"
        case other:
            raise BadRequest("encoding_format", f"encoding_format must be float or base64, not {other!r}")


def _texts(body: Object, name: str) -> Texts:
    """A string, token ids, or an array of either."""
    value: Json = body.get(name)
    if value is None or value == "" or value == []:
        raise BadRequest(name, f"field {name} is required")
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise _wrong_text(name)
    if _are_token_ids(value):
        return (tuple(value),)
    return tuple(_text(item, f"{name}[{index}]") for index, item in enumerate(value))


def _text(item: Json, path: str) -> str | tuple[int, ...]:
    if isinstance(item, str):
        return item
    if isinstance(item, list) and item and _are_token_ids(item):
        return tuple(item)
    raise _wrong_text(path)


def _are_token_ids(value: list[Json]) -> bool:
    return all(type(item) is int for item in value)


def _wrong_text(path: str) -> BadRequest:
    return BadRequest(path, f"{path} must be a string or an array of token ids")


_DECODERS: Mapping[Endpoint, Callable[[Object, bytes, str], Request]] = {
    Endpoint.CHAT: decode_chat,
    Endpoint.COMPLETIONS: _completion,
    Endpoint.EMBEDDINGS: _embedding,
    Endpoint.IMAGES: partial(decode_image, Endpoint.IMAGES),
    Endpoint.IMAGE_EDITS: partial(decode_image, Endpoint.IMAGE_EDITS),
    Endpoint.SPEECH: decode_speech,
    Endpoint.MODERATIONS: decode_moderation,
    Endpoint.RERANK: decode_rerank,
}
"""Endpoints that take a JSON document."""
