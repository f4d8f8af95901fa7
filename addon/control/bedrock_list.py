"""Bedrock's models: what answers on demand, and the inference profiles.

They are listed by Bedrock's control plane, which has a host of its own; a channel with a base URL asks that one only.
Facts: botocore's service model of `bedrock`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound, Target
from addon.control.listed import Listed, listed, rows
from addon.control.way import Documents, Way, get
from addon.dialects.bedrock_access import SERVICE, access_of, host
from addon.signing.sigv4 import Scope, signature_headers

MODELS = "/foundation-models?byInferenceType=ON_DEMAND"
PROFILES = "/inference-profiles?maxResults=1000"


def home(target: Target) -> str:
    return target.base_url or host(access_of(target).region).replace("bedrock-runtime", "bedrock", 1)


def ask(target: Target, path: str = MODELS) -> Outbound:
    access = access_of(target)
    asked = get(home(target) + path)
    if access.credentials is None:
        return replace(asked, secrets=(("authorization", f"Bearer {access.api_key}"),))
    scope = Scope(access.region, SERVICE)
    return replace(asked, secrets=signature_headers(asked, access.credentials, scope, target.now))


def more(target: Target, document: Any, count: int) -> FollowUp | None:
    """The profiles follow the models, page by page."""
    if "modelSummaries" in document:
        return FollowUp(ask(target, PROFILES))
    token = document.get("nextToken")
    return FollowUp(ask(target, f"{PROFILES}&nextToken={quote(str(token), safe='')}")) if token else None


def read(target: Target, documents: Documents) -> tuple[Listed, ...]:
    models, *pages = documents
    names = [row.get("modelId") for row in rows(models, "modelSummaries") if is_alive(row)]
    profiles = [row for page in pages for row in rows(page, "inferenceProfileSummaries")]
    return listed([*names, *(row.get("inferenceProfileId") for row in profiles if row.get("status") == "ACTIVE")])


def is_alive(row: dict[str, Any]) -> bool:
    return str((row.get("modelLifecycle") or {}).get("status", "ACTIVE")) == "ACTIVE"


BEDROCK = (Way(lambda target: ask(target), read, more, home),)
