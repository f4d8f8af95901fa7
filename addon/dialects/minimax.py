"""MiniMax: OpenAI's dialect for conversations, forms of its own for embeddings, pictures and speech (minimax_speech).

Composes `openai`; what differs in conversations is in the row and the edit `minimax`. A failure comes inside a 200, as
`base_resp`. The key is an API key, with `|GroupId` behind it for the older embeddings. What came before all this,
`/v1/text/chatcompletion_pro` and its bots, is not served: MiniMax documents it no more, One API's rows never pointed
there, and its models (abab5.5, abab6) answer at `chatcompletion_v2` as well.
https://platform.minimax.io/docs/api-reference
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from addon.canon.codec import Codec, Dialect
from addon.canon.dialogue import body_of
from addon.canon.drawing import Drawing, fields, mask_url, no_mask, picture_urls, pixels
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported, Vector
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, EmbeddingRequest, Endpoint, SpeechRequest
from addon.canon.texts import input_texts
from addon.dialects import minimax_speech, openai
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_pictures import nearest_aspect

Json = dict[str, Any]
CHAT = openai.DIALECT.codecs[Endpoint.CHAT]
HEADERS = (("content-type", "application/json"), ("accept", "application/json"))
ASPECTS = ("1:1", "16:9", "4:3", "3:2", "2:3", "3:4", "9:16", "21:9")
MOST_PICTURES = 9


def keys(target: Target) -> tuple[str, str]:
    """The API key, and the group's id where the channel has one."""
    key, _, group = target.key.partition("|")
    return key.strip(), group.strip() or target.config.get("group_id", "").strip()


def build(request: ChatRequest, target: Target) -> Outbound:
    if request.n > 1:
        raise CannotCarry("n", "MiniMax gives one answer per request; leave n out or set it to 1.")
    outbound: Outbound = CHAT.build(request, replace(target, key=keys(target)[0]))
    return outbound


def posted(target: Target, path: str, document: Mapping[str, Any]) -> Outbound:
    key, _ = keys(target)
    return Outbound(
        method="POST",
        url=f"{target.base_url.removesuffix('/v1')}/v1/{path}",
        headers=HEADERS,
        body=body_of(document),
        secrets=(("authorization", f"Bearer {key}"),),
    )


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    """`type` says what the texts are for: the database (`db`), or a `query`; OpenAI has no word for it."""
    kind = request.body.get("type")
    document = {
        "model": target.model,
        "texts": input_texts(request, "MiniMax"),
        "type": kind if kind in ("db", "query") else "db",
    }
    _, group = keys(target)
    query = f"?{urlencode({'GroupId': group})}" if group else ""
    return posted(target, f"embeddings{query}", document)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    document, fault = opened(body)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(model=target.model)
    for index, vector in enumerate(document["vectors"]):
        yield Vector(index, tuple(map(float, vector)))
    total = document.get("total_tokens")
    yield UsageReported(Usage(prompt=total, completion=0, total=total))


def build_images(request: Drawing, target: Target) -> Outbound:
    told, size = fields(request), pixels(request)
    document: Json = {
        "model": target.model,
        "prompt": request.prompt,
        "n": min(request.n, MOST_PICTURES),
        "response_format": "base64" if request.response_format == "b64_json" else "url",
        **({"seed": told["seed"]} if isinstance(told.get("seed"), int) else {}),
        **({"subject_reference": subject(request)} if picture_urls(request) else {}),
    }
    if isinstance(told.get("aspect_ratio"), str):
        document["aspect_ratio"] = told["aspect_ratio"]
    elif size is not None:
        document["aspect_ratio"] = nearest_aspect(*size, ASPECTS)
    if isinstance(told.get("prompt_optimizer"), bool):
        document["prompt_optimizer"] = told["prompt_optimizer"]
    return posted(target, "image_generation", document)


def subject(request: Drawing) -> list[Json]:
    """Who or what is to be in the new picture: MiniMax's image-to-image. Raises CannotCarry for several, or a mask."""
    images = picture_urls(request)
    if mask_url(request):
        raise no_mask("MiniMax")
    if len(images) > 1:
        raise CannotCarry("image", "MiniMax draws from one picture; send one.")
    return [{"type": "character", "image_file": images[0]}]


def read_images(request: Drawing, target: Target, body: bytes) -> Iterator[Event]:
    document, fault = opened(body)
    if fault is not None:
        yield Failed(fault)
        return
    made = document["data"]
    pictures = [PictureMade(index, url=url) for index, url in enumerate(made.get("image_urls") or ())]
    pictures += [PictureMade(index, data=data) for index, data in enumerate(made.get("image_base64") or ())]
    if not pictures:
        yield Failed(Fault(FaultKind.CONTENT_FILTER, 400, "MiniMax drew nothing: its filter refused the prompt"))
        return
    yield Started(id=str(document.get("id") or ""))
    yield from pictures
    yield UsageReported(Usage(images=len(pictures)))


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    document = {"model": target.model, **minimax_speech.document(request, "MiniMax")}
    _, group = keys(target)
    return posted(target, f"t2a_v2?{urlencode({'GroupId': group})}" if group else "t2a_v2", document)


def opened(body: bytes) -> tuple[Json, Fault | None]:
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    return document, fault_in(document)


PICTURES = Codec(build=build_images, reader=None, read_reply=read_images)

DIALECT = Dialect(
    name="minimax",
    codecs={
        Endpoint.CHAT: replace(CHAT, build=build),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.SPEECH: Codec(
            build=build_speech, reader=minimax_speech.StreamReader, read_reply=minimax_speech.read_reply
        ),
    },
    read_error=openai.DIALECT.read_error,
)
