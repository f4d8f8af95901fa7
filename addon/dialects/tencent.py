"""Tencent Hunyuan: the API of Tencent Cloud with its TC3 signatures, or for a plain key the OpenAI-compatible hosts.

    request  tencent_messages
    reply    tencent_reply, which composes `openai`: the words are OpenAI's, written otherwise
    pictures tencent_images
    errors   tencent_fault, most of them inside a 200

The knowledge engine (LKEAP) speaks the same format; the host says which of the two it is. The old platform was to be
switched off on 2026-09-30; a plain key without a base URL of its own goes to TokenHub, which took its place.
https://cloud.tencent.com/document/product/1729/105701
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from addon.canon.codec import BadKey, Codec, Dialect, FollowUp, Reader
from addon.canon.dialogue import body_of
from addon.canon.events import Event
from addon.canon.fault import Fault
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, EmbeddingRequest, Endpoint, ImageRequest
from addon.canon.texts import input_texts
from addon.dialects import openai, openai_reply, openai_stream, tencent_fault, tencent_images, tencent_reply
from addon.dialects.tencent_messages import chat_document
from addon.signing.tc3 import Credentials, signature_headers

CLOUD = ".tencentcloudapi.com"
TOKENHUB = "https://tokenhub.tencentmaas.com"
VERSIONS = {"hunyuan": "2023-09-01", "lkeap": "2024-05-22"}
"""Services of the cloud -> version of their API."""
KEY_FORM = (
    "A Tencent key is AppId|SecretId|SecretKey or SecretId|SecretKey, for Tencent Cloud's own API; "
    "or one sk-… key, for its OpenAI-compatible hosts."
)


def build(request: ChatRequest, target: Target) -> Outbound:
    if is_compatible(target):
        return openai.DIALECT.codecs[Endpoint.CHAT].build(request, compatible_target(target))
    return signed("ChatCompletions", chat_document(request, target), target)


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    if is_compatible(target):
        return openai.DIALECT.codecs[Endpoint.EMBEDDINGS].build(request, compatible_target(target))
    return signed("GetEmbedding", {"InputList": input_texts(request, "Tencent")}, target)


def build_images(request: ImageRequest, target: Target) -> Outbound:
    if is_compatible(target):
        raise CannotCarry("model", "Tencent's OpenAI-compatible hosts draw no pictures; use a key of Tencent Cloud.")
    return signed(tencent_images.ACTION, tencent_images.image_document(request), target)


def more_images(request: ImageRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    more = tencent_images.wants_more(request, body, count)
    return FollowUp(build_images(request, target)) if more else None


def signed(action: str, document: Mapping[str, Any], target: Target) -> Outbound:
    """The request with its signature; host, action and body must not change any more."""
    service = service_of(target)
    region = target.config.get("region", "").strip()
    headers = (
        ("content-type", "application/json"),
        ("x-tc-action", action),
        ("x-tc-version", VERSIONS[service]),
        *((("x-tc-region", region),) if region else ()),
    )
    outbound = Outbound("POST", f"{target.base_url}/", headers, body_of(document))
    stamps = dict(signature_headers(outbound, credentials(target.key), service, target.now))
    secrets = (("authorization", stamps.pop("authorization")),)
    return replace(outbound, headers=(*headers, *stamps.items()), secrets=secrets)


def service_of(target: Target) -> str:
    """The first name of the host, at Tencent's own hosts (`lkeap.ap-guangzhou.tencentcloudapi.com`)."""
    host = urlsplit(target.base_url).hostname or ""
    name = host.partition(".")[0]
    return name if host.endswith(CLOUD) and name in VERSIONS else "hunyuan"


def credentials(key: str) -> Credentials:
    """The AppId is not needed for signatures; One API's operators write it in front."""
    parts = [part.strip() for part in key.split("|")]
    if len(parts) == 3 and parts[0].isdigit():
        del parts[0]
    if len(parts) != 2 or not all(parts):
        raise BadKey(KEY_FORM)
    return Credentials(*parts)


def is_compatible(target: Target) -> bool:
    """Whether the key belongs to the OpenAI-compatible API."""
    return "|" not in target.key


def compatible_target(target: Target) -> Target:
    """Where the OpenAI-compatible API is."""
    in_cloud = (urlsplit(target.base_url).hostname or "").endswith(CLOUD)
    if in_cloud and not target.key.startswith("sk-"):
        raise BadKey(KEY_FORM)
    return replace(target, base_url=TOKENHUB) if in_cloud else target


def reader(request: ChatRequest, target: Target) -> Reader:
    if is_compatible(target):
        return openai_stream.StreamReader(request, target)
    return tencent_reply.StreamReader(request, target)


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    read = openai_reply.read_chat if is_compatible(target) else tencent_reply.read_chat
    return read(request, target, body)


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    read = openai_reply.read_embeddings if is_compatible(target) else tencent_reply.read_embeddings
    return read(request, target, body)


def read_images(request: ImageRequest, target: Target, body: bytes) -> Iterable[Event]:
    return tencent_images.read_images(body)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """A fault of the cloud's own form, or one of the compatible hosts."""
    return tencent_fault.read_error(body) or openai.DIALECT.read_error(status, headers, body)


DIALECT = Dialect(
    name="tencent",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        Endpoint.IMAGES: Codec(
            build=build_images,
            reader=None,
            read_reply=read_images,
            follow_up=more_images,
            gathers=True,
            keeps=True,
        ),
    },
    read_error=read_error,
)
