"""Cloudflare Workers AI: the OpenAI-compatible surface, or the native one where the channel's API version is `run`.

Completions, images and sound (cloudflare_sound) have the native one only. Composes `openai`: native replies are put
into OpenAI's words, then read as such. Behind an AI Gateway the paths are shorter.
https://developers.cloudflare.com/workers-ai/ Must not know channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from addon.canon.codec import BadKey, Codec, Dialect, FollowUp, Reader
from addon.canon.dialogue import body_of, compact
from addon.canon.drawing import Drawing
from addon.canon.events import Event
from addon.canon.fault import Fault
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Endpoint,
    FormRequest,
    Request,
    SpeechRequest,
)
from addon.dialects import openai, plain_fault
from addon.dialects.cloudflare_images import asked, read_images, wants_more
from addon.dialects.cloudflare_native import chat_document, completion_document, embedding_document
from addon.dialects.cloudflare_sound import heard, read_speech, read_transcript, speech_document
from addon.dialects.openai_request import AI_GATEWAY
from addon.dialects.openai_stream import StreamReader

Json = dict[str, Any]
NATIVE = ("run", "native")
ACCOUNT = re.compile(r"[\w-]+", re.ASCII)
ACCOUNT_FORM = (
    "A Cloudflare channel needs the account ID (32 hexadecimal digits, from the dashboard's address) in its "
    "configuration, beside the API token as its key."
)


def build(request: ChatRequest, target: Target) -> Outbound:
    if is_native(target):
        return run(target, chat_document(request, target))
    return surface_build(request, target)


def build_completion(request: CompletionRequest, target: Target) -> Outbound:
    return run(target, completion_document(request))


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    if is_native(target):
        return run(target, embedding_document(request))
    return surface_build(request, target)


def build_image(request: Drawing, target: Target, number: int = 0) -> Outbound:
    content_type, body = asked(request, target.model, number)
    return replace(run(target, {}), headers=(("content-type", content_type),), body=body)


def next_image(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    return FollowUp(build_image(request, target, count)) if wants_more(request, body, count) else None


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    return run(target, speech_document(request, target.model))


def build_heard(request: FormRequest, target: Target) -> Outbound:
    content_type, sent = heard(request, target.model)
    if not isinstance(sent, bytes):
        return run(target, sent)
    return replace(run(target, {}), headers=(("content-type", content_type),), body=sent)


def is_native(target: Target) -> bool:
    return target.config.get("api_version", "").strip() in NATIVE


def surface_build(request: Request, target: Target) -> Outbound:
    """The request at the OpenAI-compatible surface."""
    base = target.base_url if target.base_url.endswith("/compat") else root(target)
    at_surface = replace(target, base_url=base, quirks=replace(target.quirks, version_prefix="/v1"))
    return openai.DIALECT.codecs[request.endpoint].build(request, at_surface)


def run(target: Target, document: Mapping[str, Any]) -> Outbound:
    """The request to the model's own address; the slashes in its name are the path's."""
    base = root(target)
    return Outbound(
        method="POST",
        url=f"{base}/{target.model}" if base.startswith(AI_GATEWAY) else f"{base}/run/{target.model}",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def root(target: Target) -> str:
    """Where both surfaces begin. A base URL may name the account itself, or be a gateway's."""
    base = target.base_url
    if base.startswith(AI_GATEWAY):
        return re.sub(r"(/workers-ai|/compat)?(/v1)?$", "", base, count=1) + "/workers-ai"
    if "/accounts/" in base:
        return re.sub(r"/ai(/v1|/run)?$", "", base) + "/ai"
    account = target.config.get("user_id", "").strip()
    if not ACCOUNT.fullmatch(account):
        raise BadKey(ACCOUNT_FORM)
    return f"{base.removesuffix('/client/v4')}/client/v4/accounts/{account}/ai"


class NativeReader:
    """Reads a stream of either surface: native frames become chunks of OpenAI's, which the composed reader reads."""

    def __init__(self, request: ChatRequest | CompletionRequest, target: Target) -> None:
        self.chat = isinstance(request, ChatRequest)
        self.inner = StreamReader(request, target)

    def read(self, frame: Frame) -> Iterable[Event]:
        data = frame.data.strip()
        if not data.startswith(b"{"):
            return self.inner.read(frame)
        document = json.loads(data)
        if "response" not in document and "tool_calls" not in document:
            return self.inner.read(frame)
        chunk = {"choices": [{"index": 0, **said(document, "delta", self.chat)}], "usage": document.get("usage")}
        return self.inner.read(Frame(compact(chunk).encode("utf-8", "surrogatepass"), frame.event))

    def close(self) -> Iterable[Event]:
        return self.inner.close()


def reader(request: ChatRequest | CompletionRequest, target: Target) -> Reader:
    return NativeReader(request, target)


def read_reply(request: Request, target: Target, body: bytes) -> Iterable[Event]:
    """A whole reply of either surface; the native one wraps what newer models say as OpenAI does."""
    document = json.loads(body)
    result = document.get("result") if isinstance(document, dict) else None
    if isinstance(result, dict):
        body = compact(openai_shaped(request, result)).encode("utf-8", "surrogatepass")
    return openai.DIALECT.codecs[request.endpoint].read_reply(request, target, body)


def read_pictures(request: Drawing, target: Target, body: bytes) -> Iterable[Event]:
    return read_images(body)


def openai_shaped(request: Request, result: Json) -> Json:
    if isinstance(request, EmbeddingRequest):
        vectors = enumerate(result["data"])
        return {**result, "data": [{"index": at, "embedding": vector} for at, vector in vectors]}
    if "choices" in result:
        return result
    if "response" not in result and "tool_calls" not in result:
        raise ValueError("a result without a response")
    choice = {"index": 0, **said(result, "message", isinstance(request, ChatRequest))}
    return {"choices": [choice], "usage": result.get("usage")}


def said(native: Json, part: str, chat: bool) -> Json:
    """What a native reply or frame says, as the choice of a chat or of a completion."""
    text = native.get("response")
    if not chat:
        return {"text": text if isinstance(text, str) else compact(text)}
    calls = [call_document(call) for call in native.get("tool_calls") or ()]
    return {part: {"content": text, **({"tool_calls": calls} if calls else {})}}


def call_document(call: Json) -> Json:
    """Older models tell name and arguments only."""
    if "function" in call:
        return call
    return {"type": "function", "function": {"name": call["name"], "arguments": call.get("arguments") or {}}}


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    return plain_fault.read_error(status, headers, body)


HEARD = Codec(build=build_heard, reader=None, read_reply=read_transcript)
PICTURES = Codec(
    build=build_image,
    reader=None,
    read_reply=read_pictures,
    follow_up=next_image,
    gathers=True,
    keeps=True,
    inline_urls=True,
)

DIALECT = Dialect(
    name="cloudflare",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply),
        Endpoint.COMPLETIONS: Codec(build=build_completion, reader=reader, read_reply=read_reply),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_reply),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.SPEECH: Codec(build=build_speech, reader=None, read_reply=read_speech, raw=True),
        Endpoint.TRANSCRIPTIONS: HEARD,
        Endpoint.TRANSLATIONS: HEARD,
    },
    read_error=read_error,
)
