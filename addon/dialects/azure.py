"""Azure OpenAI: OpenAI's dialect behind Azure's addresses and key header.

Two surfaces: the dated one, where the deployment stands in the path, and `/openai/v1`, where it is the model.
Composes `openai`. Must not know other providers.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from addon.canon.codec import Codec, Dialect
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.canon.realtime import RealtimeRequest
from addon.canon.request import Endpoint, Request
from addon.dialects import openai
from addon.dialects.openai_files import files_codec, outbound
from addon.dialects.openai_realtime import outbound as upgrade
from addon.dialects.openai_realtime import realtime_codec
from addon.dialects.openai_request import AI_GATEWAY, document, headers

V1 = "/openai/v1"
OFFERED = (
    Endpoint.CHAT,
    Endpoint.COMPLETIONS,
    Endpoint.EMBEDDINGS,
    Endpoint.IMAGES,
    Endpoint.IMAGE_EDITS,
    Endpoint.SPEECH,
    Endpoint.TRANSCRIPTIONS,
    Endpoint.TRANSLATIONS,
)
"""What a deployment answers."""
PICTURES = (Endpoint.IMAGES, Endpoint.IMAGE_EDITS)
FIRST_WITH_STREAM_USAGE = "2024-09-01"
"""Dated versions before this one answer 400 to `stream_options`."""


def build(request: Request, target: Target) -> Outbound:
    """The request at the surface that the channel's base URL and API version name."""
    version, dated = _surface(target)
    if dated and version < FIRST_WITH_STREAM_USAGE:
        target = replace(target, quirks=replace(target.quirks, stream_usage=False))
    return Outbound(
        method="POST",
        url=_dated_url(request, target, version) if dated else _v1_url(request, target, version),
        headers=headers(request, target.quirks),
        body=document(request, target),
        secrets=(("api-key", target.key),),
    )


def build_files(request: RawRequest, target: Target) -> Outbound:
    """The same for files, batches and fine-tuning, which belong to no deployment."""
    version, dated = _surface(target)
    if dated:
        url = f"{target.base_url.removesuffix('/openai')}/openai{request.path}?{urlencode({'api-version': version})}"
    else:
        url = _v1_address(request.path, target, version)
    return outbound(request, target, url, ("api-key", target.key))


def build_realtime(request: RealtimeRequest, target: Target) -> Outbound:
    """The upgrade; both surfaces name the deployment in the query.
    https://learn.microsoft.com/azure/ai-foundry/openai/how-to/realtime-audio-websockets"""
    version, dated = _surface(target)
    base, deployment = target.base_url, _deployment(request.endpoint, target)
    if dated:
        known = [("api-version", version), ("deployment", deployment)]
        root = f"{base.removesuffix('/openai')}/openai"
    else:
        known, root = [("model", deployment)], f"{base.removesuffix(V1)}{V1}"
    url = f"{root}/realtime?{urlencode([*known, *request.query])}"
    return upgrade(request, target, url, ("api-key", target.key))


def _surface(target: Target) -> tuple[str, bool]:
    """The API version, and whether it is the dated surface."""
    version = target.config.get("api_version", "").strip()
    return version, version[:1].isdigit() and not target.base_url.endswith(V1)


def _v1_url(request: Request, target: Target, version: str) -> str:
    return _v1_address(f"/{request.endpoint.value}", target, version)


def _v1_address(path: str, target: Target, version: str) -> str:
    """`preview` is asked for by name there; a date has no place."""
    query = f"?api-version={version}" if version in ("preview", "latest") else ""
    return f"{target.base_url.removesuffix(V1)}{V1}{path}{query}"


def _dated_url(request: Request, target: Target, version: str) -> str:
    base = target.base_url.removesuffix("/openai")
    root = "" if base.startswith(AI_GATEWAY) else "/openai/deployments"
    deployment = quote(_deployment(request.endpoint, target), safe="")
    return f"{base}{root}/{deployment}/{request.endpoint.value}?{urlencode({'api-version': version})}"


def _deployment(endpoint: Endpoint, target: Target) -> str:
    """The deployment that the channel's mapping names, or the model without dots; pictures keep them (One API's
    convention)."""
    literal = target.mapped or endpoint in PICTURES
    return target.model if literal else target.model.replace(".", "")


def _codec(endpoint: Endpoint) -> Codec:
    return replace(openai.DIALECT.codecs[endpoint], build=build)


DIALECT = Dialect(
    name="azure",
    codecs={
        **{endpoint: _codec(endpoint) for endpoint in OFFERED},
        Endpoint.FILES: files_codec(build_files),
        Endpoint.REALTIME: realtime_codec(build_realtime),
    },
    read_error=openai.DIALECT.read_error,
)
