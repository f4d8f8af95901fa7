"""Baidu ERNIE, Qianfan v2: OpenAI's dialect. The key is an API key, or AK|SK, which is exchanged for a short-lived one.

Composes `openai`; what else differs is in the row and the edit `qianfan`. https://cloud.baidu.com/doc/qianfan-api
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from addon.canon.codec import BadKey, Codec, Dialect, Mint
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint
from addon.dialects import openai
from addon.signing import bce

HOST = "qianfan.baidubce.com"
IAM = "https://iam.bj.baidubce.com"
"""Where keys are exchanged; a channel with a base URL of its own does it there, or at its `iam_url`."""
LIFE = 86_400
EARLY = 600
ENDPOINTS = (
    Endpoint.CHAT,
    Endpoint.COMPLETIONS,
    Endpoint.EMBEDDINGS,
    Endpoint.IMAGES,
    Endpoint.IMAGE_EDITS,
    Endpoint.RERANK,
)


def mint(target: Target) -> Mint | None:
    if "|" not in target.key:
        if urlsplit(target.base_url).hostname == HOST and not target.key.startswith("bce-v3/"):
            raise BadKey("A Qianfan v2 key is an API key, bce-v3/ALTAK-…/…, or AK|SK of Baidu Cloud.")
        return None
    credentials = bce.Credentials(*_pair(target.key))
    outbound = Outbound("GET", f"{_iam(target)}/v1/BCE-BEARER/token?expireInSeconds={LIFE}")
    return Mint(
        key="qianfan:" + hashlib.sha256(f"{_iam(target)}|{target.key}".encode()).hexdigest(),
        outbound=replace(outbound, secrets=(("authorization", bce.authorization(outbound, credentials, target.now)),)),
        read=read_token,
    )


def _iam(target: Target) -> str:
    """Credentials go to Baidu only if the channel does."""
    named = target.config.get("iam_url", "").strip().rstrip("/")
    if named:
        return named
    parts = urlsplit(target.base_url)
    return IAM if parts.hostname == HOST else f"{parts.scheme}://{parts.netloc}"


def _pair(key: str) -> tuple[str, str]:
    parts = [part.strip() for part in key.split("|")]
    if len(parts) != 2 or not all(parts):
        raise BadKey("A Qianfan v2 key is an API key, bce-v3/ALTAK-…/…, or AK|SK of Baidu Cloud.")
    return parts[0], parts[1]


def read_token(body: bytes) -> tuple[str, float]:
    return str(json.loads(body)["token"]), float(LIFE - EARLY)


def build(request: Any, target: Target) -> Outbound:
    """The request with the key, or with the token that was got for it; `appid` says which application pays."""
    key = target.minted if "|" in target.key else target.key
    outbound: Outbound = openai.DIALECT.codecs[request.endpoint].build(request, replace(target, key=key))
    app = target.config.get("appid", "").strip()
    return replace(outbound, headers=(*outbound.headers, ("appid", app))) if app else outbound


def _codec(endpoint: Endpoint) -> Codec:
    return replace(openai.DIALECT.codecs[endpoint], build=build)


DIALECT = Dialect(
    name="qianfan",
    codecs={
        **{endpoint: _codec(endpoint) for endpoint in ENDPOINTS},
    },
    read_error=openai.DIALECT.read_error,
    mint=mint,
)
