"""Baidu ERNIE, Qianfan v1: the model stands in the path, the key is exchanged for a token that stands in the query.

    request  baidu_messages
    reply    baidu_reply, which composes `openai`
    pictures baidu_images
    errors   baidu_fault, most of them inside a 200

Baidu announced to switch it off on 2026-08-31; the live API is Qianfan v2 (`qianfan`), which One API counts as another
channel type. https://cloud.baidu.com/doc/WENXINWORKSHOP/s/Fm2vrveyu
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from addon.canon.codec import BadKey, Codec, Dialect, Mint, Reader
from addon.canon.dialogue import body_of
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Endpoint, ImageRequest
from addon.canon.texts import input_texts
from addon.dialects import baidu_images, baidu_reply
from addon.dialects.baidu_fault import read_error
from addon.dialects.baidu_messages import chat_document

ROOT = "/rpc/2.0/ai_custom/v1/wenxinworkshop"
HEADERS = (("content-type", "application/json"), ("accept", "application/json"))
EARLY = 600
"""Seconds before its end at which a token is given up."""

PATHS: Mapping[str, str] = {
    "ernie-4.0": "completions_pro",
    "ernie-bot-4": "completions_pro",
    "ernie-4.0-8k": "completions_pro",
    "ernie-bot": "completions",
    "ernie-3.5-8k": "completions",
    "ernie-bot-turbo": "eb-instant",
    "ernie-lite-8k-0922": "eb-instant",
    "ernie-lite-8k-0308": "ernie-lite-8k",
    "ernie-bot-8k": "ernie_bot_8k",
    "ernie-speed": "ernie_speed",
    "ernie-speed-8k": "ernie_speed",
    "ernie-4.0-8k-preview-0518": "completions_adv_pro",
    "ernie-function-8k": "ernie-func-8k",
    "ernie-character-8k": "ernie-char-8k",
    "bloomz-7b": "bloomz_7b1",
    "mixtral-8x7b-instruct": "mixtral_8x7b_instruct",
    "yi-34b-chat": "yi_34b_chat",
    "llama-2-7b-chat": "llama_2_7b",
    "llama-2-13b-chat": "llama_2_13b",
    "llama-2-70b-chat": "llama_2_70b",
    "bge-large-zh": "bge_large_zh",
    "bge-large-en": "bge_large_en",
    "tao-8k": "tao_8k",
    "stable-diffusion-xl": "sd_xl",
}
"""Model in small letters -> its name in the path, where the two differ."""


def build(request: ChatRequest, target: Target) -> Outbound:
    return outbound("chat", chat_document(request, target), target)


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    return outbound("embeddings", {"input": input_texts(request, "Baidu")}, target)


def build_images(request: ImageRequest, target: Target) -> Outbound:
    return outbound("text2image", baidu_images.image_document(request), target)


def outbound(kind: str, document: Mapping[str, Any], target: Target) -> Outbound:
    credentials(target.key)
    model = target.model.lower()
    return Outbound(
        method="POST",
        url=f"{target.base_url}{ROOT}/{kind}/{PATHS.get(model, model)}",
        headers=HEADERS,
        body=body_of(document),
        secret_query=(("access_token", target.minted),),
    )


def mint(target: Target) -> Mint:
    """The token of a key; Baidu gives it a life of 30 days."""
    api_key, secret_key = credentials(target.key)
    return Mint(
        key="baidu:" + hashlib.sha256(f"{target.base_url}|{target.key}".encode()).hexdigest(),
        outbound=Outbound(
            method="POST",
            url=f"{target.base_url}/oauth/2.0/token?grant_type=client_credentials",
            headers=HEADERS,
            secret_query=(("client_id", api_key), ("client_secret", secret_key)),
        ),
        read=read_token,
    )


def read_token(body: bytes) -> tuple[str, float]:
    document = json.loads(body)
    return str(document["access_token"]), float(document["expires_in"]) - EARLY


def credentials(key: str) -> tuple[str, str]:
    parts = [part.strip() for part in key.split("|")]
    if len(parts) != 2 or not all(parts):
        raise BadKey(
            "The key of a Baidu channel (Qianfan v1) is APIKey|SecretKey; "
            "a bce-v3/… key belongs to a channel of the type Qianfan v2."
        )
    return parts[0], parts[1]


def reader(request: ChatRequest, target: Target) -> Reader:
    return baidu_reply.StreamReader(request, target)


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return baidu_reply.read_chat(request, target, body)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    return baidu_reply.read_embeddings(request, target, body)


def read_images(request: ImageRequest, target: Target, body: bytes) -> Iterable[Event]:
    return baidu_images.read_images(body)


DIALECT = Dialect(
    name="baidu",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        Endpoint.IMAGES: Codec(build=build_images, reader=None, read_reply=read_images),
    },
    read_error=read_error,
    mint=mint,
)
