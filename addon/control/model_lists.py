"""LISTS: how a provider says which models it has, by the name in its row. Must not know channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry
from addon.control.bedrock_list import BEDROCK
from addon.control.coze_list import COZE
from addon.control.google_list import GEMINI, VERTEX
from addon.control.listed import Listed, listed, rows
from addon.control.openai_list import AZURE, DASHSCOPE, MINIMAX, OPENAI, TENCENT
from addon.control.way import Documents, Way, above, bearer, get
from addon.dialects import cloudflare, deepl, replicate_prediction
from addon.dialects.anthropic_request import api_version
from addon.dialects.openai_request import AI_GATEWAY

CLOUDFLARE_PAGE = 100
CLOUDFLARE_TASKS = ("Text Generation", "Text Embeddings", "Text-to-Image")
"""What the dialect offers."""
COLLECTIONS = ("language-models", "text-to-image")
"""Replicate has everybody's experiments; these it has chosen itself."""


def anthropic_page(target: Target, after: str = "") -> Outbound:
    """https://docs.claude.com/en/api/models-list"""
    more = f"&after_id={quote(after, safe='')}" if after else ""
    url = f"{above(target.base_url, '/v1')}/v1/models?limit=1000{more}"
    version = (("anthropic-version", api_version(target)),)
    return get(url, ("x-api-key", target.key), headers=(*version, *target.quirks.headers))


def next_anthropic(target: Target, document: Any, count: int) -> FollowUp | None:
    return FollowUp(anthropic_page(target, str(document["last_id"]))) if document.get("has_more") else None


def read_anthropic(target: Target, documents: Documents) -> tuple[Listed, ...]:
    return listed(row.get("id") for document in documents for row in rows(document, "data"))


def cohere_page(target: Target, token: str = "") -> Outbound:
    """https://docs.cohere.com/reference/list-models"""
    more = f"&page_token={quote(token, safe='')}" if token else ""
    return get(f"{above(target.base_url, '/v1', '/v2')}/v1/models?page_size=1000{more}", bearer(target))


def next_cohere(target: Target, document: Any, count: int) -> FollowUp | None:
    token = document.get("next_page_token")
    return FollowUp(cohere_page(target, str(token))) if token else None


def read_cohere(target: Target, documents: Documents) -> tuple[Listed, ...]:
    found = [row for document in documents for row in rows(document, "models")]
    return listed(row.get("name") for row in found if not row.get("is_deprecated"))


def ask_ollama(target: Target) -> Outbound:
    """https://docs.ollama.com/api/tags: what has been pulled."""
    secrets = (bearer(target),) if target.key else ()
    return get(above(target.base_url, "/v1", "/api") + "/api/tags", *secrets)


def read_ollama(target: Target, documents: Documents) -> tuple[Listed, ...]:
    return listed(row.get("name") or row.get("model") for row in rows(documents[0], "models"))


def cloudflare_page(target: Target, page: int = 1) -> Outbound:
    """https://developers.cloudflare.com/api/resources/ai/subresources/models/methods/list"""
    if target.base_url.startswith(AI_GATEWAY):
        raise CannotCarry("base_url", "Cloudflare's AI Gateway lists no models.")
    return get(f"{cloudflare.root(target)}/models/search?per_page={CLOUDFLARE_PAGE}&page={page}", bearer(target))


def next_cloudflare(target: Target, document: Any, count: int) -> FollowUp | None:
    whole = len(rows(document, "result")) == CLOUDFLARE_PAGE
    return FollowUp(cloudflare_page(target, count + 1)) if whole else None


def read_cloudflare(target: Target, documents: Documents) -> tuple[Listed, ...]:
    found = [row for document in documents for row in rows(document, "result")]
    return listed(row.get("name") for row in found if task_of(row) in ("", *CLOUDFLARE_TASKS))


def task_of(row: dict[str, Any]) -> str:
    return str((row.get("task") or {}).get("name") or "")


def replicate_page(target: Target, collection: str) -> Outbound:
    """https://replicate.com/docs/reference/http#collections.get"""
    return get(f"{replicate_prediction.api(target)}/collections/{collection}", bearer(target))


def next_replicate(target: Target, document: Any, count: int) -> FollowUp | None:
    return FollowUp(replicate_page(target, COLLECTIONS[count])) if count < len(COLLECTIONS) else None


def read_replicate(target: Target, documents: Documents) -> tuple[Listed, ...]:
    found = [row for document in documents for row in rows(document, "models")]
    return listed(f"{row['owner']}/{row['name']}" for row in found)


def ask_deepl(target: Target) -> Outbound:
    """developers.deepl.com/docs/api-reference/languages: a model is a language to translate into."""
    key = target.key.strip()
    url = f"{deepl.base_url(target, key)}/v2/languages?type=target"
    return get(url, ("authorization", f"DeepL-Auth-Key {key}"))


def read_deepl(target: Target, documents: Documents) -> tuple[Listed, ...]:
    languages = sorted((str(row["language"]).lower(), str(row.get("name") or "")) for row in rows(documents[0]))
    return tuple(Listed(f"deepl-{code}", name) for code, name in languages)


LISTS: Mapping[str, tuple[Way[tuple[Listed, ...]], ...]] = {
    "openai": OPENAI,
    "azure": AZURE,
    "dashscope": DASHSCOPE,
    "minimax": MINIMAX,
    "tencent": TENCENT,
    "gemini": GEMINI,
    "vertex": VERTEX,
    "bedrock": BEDROCK,
    "coze": COZE,
    "anthropic": (Way(lambda target: anthropic_page(target), read_anthropic, next_anthropic),),
    "cohere": (Way(lambda target: cohere_page(target), read_cohere, next_cohere),),
    "ollama": (Way(ask_ollama, read_ollama),),
    "cloudflare": (Way(lambda target: cloudflare_page(target), read_cloudflare, next_cloudflare),),
    "replicate": (Way(lambda target: replicate_page(target, COLLECTIONS[0]), read_replicate, next_replicate),),
    "deepl": (Way(ask_deepl, read_deepl, home=lambda target: deepl.base_url(target, target.key.strip())),),
}
"""The ways of one name are tried in order until one of them is not refused."""
