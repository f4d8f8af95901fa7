"""Requests for pictures, speech, moderation and ranking, as JSON, in typed views. Must not know providers.

Texts and codes of the refusals are One API's where it has one (facts A7.7, A9.40, A9.47).
"""

from __future__ import annotations

import json

from addon.canon.endpoint import Endpoint
from addon.canon.media import ImageRequest, ModerationRequest, RerankRequest, SpeechRequest
from addon.face.bad_request import BadRequest
from addon.face.fields import Json, Object, array, flag, integer, join, mapping, number, objects, required_text, text
from addon.face.fields import wrong_type as _wrong_type

MOST_PICTURES = 15
"""No provider draws more at once; what a model allows is checked by whoever knows the model."""
MOST_SPOKEN = 4096
"""Characters of a speech. One API counts bytes and so refuses a Chinese text of 1,400 characters; OpenAI does not."""


def decode_image(endpoint: Endpoint, body: Object, raw: bytes, model: str) -> ImageRequest:
    """A request to draw, or (as JSON) to change pictures."""
    return ImageRequest(
        body=body,
        raw=raw,
        model=model,
        endpoint=endpoint,
        prompt=drawn_prompt(text(body, "prompt")),
        n=count_of(integer(body, "n")),
        size=text(body, "size") or "",
        quality=text(body, "quality") or "",
        style=text(body, "style") or "",
        response_format=text(body, "response_format") or "",
        background=text(body, "background") or "",
        output_format=text(body, "output_format") or "",
        seed=integer(body, "seed"),
        negative_prompt=text(body, "negative_prompt") or "",
        user=text(body, "user") or "",
        images=_images(body),
        stream=flag(body, "stream") or False,
    )


def drawn_prompt(prompt: str | None) -> str:
    """What is to be drawn. Raises BadRequest if nothing is."""
    if not prompt or not prompt.strip():
        raise BadRequest("prompt", "prompt is required", "prompt_missing")
    return prompt


def count_of(n: int | None) -> int:
    """How many pictures."""
    if n is None:
        return 1
    if not 1 <= n <= MOST_PICTURES:
        raise BadRequest("n", f"n must be between 1 and {MOST_PICTURES}, not {n}", "n_not_within_range")
    return n


def _images(body: Object) -> tuple[str, ...]:
    """`images: [{"image_url": ..}]` of OpenAI's edits, or the plain `image` (a URL, or a list of them) of others."""
    found = [text(item, "image_url", path) or "" for path, item in _image_objects(body)]
    plain = body.get("image")
    found += [item for item in (plain if isinstance(plain, list) else [plain]) if isinstance(item, str)]
    return tuple(url for url in found if url)


def _image_objects(body: Object) -> list[tuple[str, Object]]:
    return objects(body, "images") if isinstance(body.get("images"), list) else []


def decode_speech(body: Object, raw: bytes, model: str) -> SpeechRequest:
    """A text to be spoken."""
    spoken = text(body, "input")
    if not spoken:
        raise BadRequest("input", "field input is required")
    if len(spoken) > MOST_SPOKEN:
        message = f"input is too long: at most {MOST_SPOKEN} characters, not {len(spoken)}"
        raise BadRequest("input", message, "text_too_long")
    return SpeechRequest(
        body=body,
        raw=raw,
        model=model,
        input=spoken,
        voice=_voice(body),
        instructions=text(body, "instructions") or "",
        response_format=text(body, "response_format") or "",
        speed=number(body, "speed", low=0),
        stream=text(body, "stream_format") == "sse",
    )


def _voice(body: Object) -> str:
    """A name, or `{"id": ..}` for a voice of one's own."""
    voice = body.get("voice")
    if isinstance(voice, dict):
        return text(voice, "id", "voice") or ""
    return text(body, "voice") or ""


def decode_moderation(body: Object, raw: bytes, model: str) -> ModerationRequest:
    """Texts, or parts of one input, to be judged."""
    given: Json = body.get("input")
    if given in (None, "", []):
        raise BadRequest("input", "field input is required")
    if isinstance(given, str):
        return ModerationRequest(body, raw, model, (given,))
    if not isinstance(given, list):
        raise _wrong_type("input", "a string or an array", given)
    if all(isinstance(item, str) for item in given):
        return ModerationRequest(body, raw, model, tuple(given), batch=True)
    texts, images = [], []
    for path, part in objects(body, "input"):
        if part.get("type") == "image_url":
            images.append(required_text(mapping(part, "image_url", path) or {}, "url", join(path, "image_url")))
        else:
            texts.append(required_text(part, "text", path))
    return ModerationRequest(body, raw, model, tuple(texts), tuple(images))


def decode_rerank(body: Object, raw: bytes, model: str) -> RerankRequest:
    """A query, and the documents to be put in order."""
    documents = array(body, "documents")
    if not documents:
        raise BadRequest("documents", "field documents is required")
    return RerankRequest(
        body=body,
        raw=raw,
        model=model,
        query=_query(body),
        documents=tuple(_document(item, f"documents[{index}]") for index, item in enumerate(documents)),
        top_n=integer(body, "top_n", low=1),
        return_documents=flag(body, "return_documents") or False,
    )


def _query(body: Object) -> str:
    query = text(body, "query")
    if not query:
        raise BadRequest("query", "field query is required")
    return query


def _document(item: Json, path: str) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        raise _wrong_type(path, "a string or an object with a text", item)
    said = item.get("text")
    return said if isinstance(said, str) else json.dumps(item, ensure_ascii=False)
