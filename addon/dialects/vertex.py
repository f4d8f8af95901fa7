"""Google's Vertex AI: Gemini, Claude, and the open models behind its OpenAI surface.

    access   vertex_access: project, region, address, the token that is minted first
    Gemini   composes `gemini`; Claude composes `anthropic` (anthropic_hosted); names with a slash compose `openai`
    further  vertex_embeddings, google_media

Must not know channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote, urlsplit

from addon.canon.codec import BadKey, Codec, Dialect, Reader
from addon.canon.events import Event
from addon.canon.fault import Fault, FaultKind, document_in
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, EmbeddingRequest, Endpoint, File
from addon.dialects import anthropic, anthropic_fault, gemini, gemini_fault, google_media, openai
from addon.dialects.anthropic_hosted import hosted_document
from addon.dialects.gemini_request import chat_document
from addon.dialects.vertex_access import access_of, mint, outbound
from addon.dialects.vertex_embeddings import method_and_document, reply_events

ANTHROPIC_VERSION = "vertex-2023-10-16"
REACHABLE = re.compile(r"gs://|https?://")
"""Vertex fetches from Google's storage, and from the open web where robots are welcome."""
OWN = re.compile(r"gs://|https?://(?:www\.|m\.)?(?:youtube\.com|youtu\.be)/")
"""What nobody but Google can fetch; the rest is better sent as bytes."""
UNKNOWN_TYPE = "image/jpeg"
WITH_DATE = re.compile(r"-(\d{8})$")
SECOND_EDITION = {"claude-3-5-sonnet-20241022": "claude-3-5-sonnet-v2@20241022"}


def family(target: Target) -> Dialect:
    """The dialect that the model speaks."""
    name = target.model.lower()
    if "claude" in name:
        return anthropic.DIALECT
    return openai.DIALECT if "/" in name else gemini.DIALECT


def build(request: ChatRequest, target: Target) -> Outbound:
    spoken = family(target)
    if spoken is anthropic.DIALECT:
        return build_claude(request, target)
    access = access_of(target)
    if spoken is openai.DIALECT:
        if not access.project:
            raise BadKey("Models of other vendors on Vertex AI need the id of the project in the channel's settings.")
        made = spoken.codecs[Endpoint.CHAT].build(request, target)
        return replace(outbound(target, access, "endpoints/openapi/chat/completions", {}), body=made.body)
    refuse_file_ids(request)
    method = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
    return call_google(target, method, typed(chat_document(request, target, REACHABLE)))


def refuse_file_ids(request: ChatRequest) -> None:
    """Raises CannotCarry for a file that is named by an id: Vertex keeps none, its files are at gs:// addresses."""
    for message in request.messages:
        for position, part in enumerate(message.parts):
            if isinstance(part, File) and part.file_id and not REACHABLE.match(part.file_id):
                param = f"{message.param}.content[{position}]"
                raise CannotCarry(param, "Vertex AI knows no file ids; send file_data, or a gs:// address as file_id.")


def build_claude(request: ChatRequest, target: Target) -> Outbound:
    """Claude's body, with `stream` in it and the model in the address."""
    access = access_of(target)
    if not access.project:
        raise BadKey("Claude on Vertex AI needs the id of the project in the channel's settings.")
    document = {**hosted_document(request, target, ANTHROPIC_VERSION), "stream": request.stream}
    method = "streamRawPredict" if request.stream else "rawPredict"
    return outbound(target, access, f"{model_path('anthropic', claude_id(target.model))}:{method}", document)


def claude_id(name: str) -> str:
    """Vertex writes the date behind an @."""
    name = name.removesuffix("-latest")
    return SECOND_EDITION.get(name) or WITH_DATE.sub(r"@\1", name)


def model_path(publisher: str, model: str) -> str:
    return f"publishers/{publisher}/models/{quote(model, safe='@')}"


def call_google(target: Target, method: str, document: Mapping[str, Any]) -> Outbound:
    """A method of one of Google's own models."""
    return outbound(target, access_of(target), f"{model_path('google', target.model)}:{method}", document)


def takes_url(url: str) -> bool:
    return bool(OWN.match(url))


def typed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a media type at each address: Vertex does not look itself."""
    for turn in document["contents"]:
        for part in turn["parts"]:
            response = part.get("functionResponse", {})
            for holder in (part, *response.get("parts", ())):
                if "fileData" in holder:
                    holder["fileData"]["mimeType"] = media_type(holder["fileData"]["fileUri"])
    return document


def media_type(url: str) -> str:
    parts = urlsplit(url)
    if (parts.hostname or "").endswith(("youtube.com", "youtu.be")):
        return "video/mp4"
    return guess_type(parts.path)[0] or UNKNOWN_TYPE


def reader(request: ChatRequest, target: Target) -> Reader:
    made = family(target).codecs[Endpoint.CHAT].reader
    assert made is not None
    return made(request, target)


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterable[Event]:
    return family(target).codecs[Endpoint.CHAT].read_reply(request, target, body)


def build_embeddings(request: EmbeddingRequest, target: Target) -> Outbound:
    return call_google(target, *method_and_document(request, target.model))


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterable[Event]:
    return reply_events(body)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """Google's error, Anthropic's own, or that of the place where tokens come from."""
    document = document_in(body)
    if isinstance(document, Mapping):
        if document.get("type") == "error":
            return anthropic_fault.fault_of(document, status, headers)
        if isinstance(document.get("error"), str):
            said = document.get("error_description") or document["error"]
            message = f"Google gave no access token for the channel's credentials: {said}"
            return Fault(FaultKind.BAD_KEY, 401, message, "invalid_request_error", "invalid_api_key")
    return gemini_fault.fault_of(document, status, headers)


DIALECT = Dialect(
    name="vertex",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply, inline_urls=True, takes_url=takes_url),
        Endpoint.EMBEDDINGS: Codec(build=build_embeddings, reader=None, read_reply=read_embeddings),
        **google_media.codecs(call_google),
    },
    read_error=read_error,
    mint=mint,
)
