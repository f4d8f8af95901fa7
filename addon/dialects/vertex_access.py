"""How a request gets to Vertex AI: project and region, address, and the token that is minted first.

Facts: cloud.google.com/vertex-ai/docs, developers.google.com/identity/protocols/oauth2/service-account.
Must not know what is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from addon.canon.codec import BadKey, Mint
from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target
from addon.signing.jwt import rs256

VERSION = "v1beta1"
VERSIONED = re.compile(r"/v\d\w*$")
GLOBAL = "global"
MULTI_REGIONS = ("us", "eu")
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = 3600
"""Seconds: the longest that Google takes."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "service_account": ("client_email", "private_key"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}
"""Type of the credentials -> what they must hold."""
FORM = (
    "A Vertex AI channel needs the JSON of a service account (or of `gcloud auth application-default login`), as its "
    "key or in its settings, Region|Project|JSON as its key, or an API key."
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and where: with the text of a `credentials` file, or with `api_key` (`project` may be "" then)."""

    region: str
    project: str
    credentials: str = ""
    api_key: str = ""


def access_of(target: Target) -> Access:
    """What the channel's key and settings say. Raises BadKey."""
    config = {name: value.strip() for name, value in target.config.items()}
    region, project, key = config.get("region", ""), config.get("vertex_ai_project_id", ""), target.key.strip()
    if key.count("|") >= 2 and not key.startswith("{"):
        told = [part.strip() for part in key.split("|", 2)]
        region, project, key = region or told[0], project or told[1], told[2]
    text = config.get("vertex_ai_adc") or (key if key.startswith("{") else "")
    if text:
        credentials = read_credentials(text)
        project = project or str(credentials.get("project_id") or credentials.get("quota_project_id") or "")
        if not project:
            raise BadKey("A Vertex AI channel needs the id of the Google Cloud project in its settings.")
        return Access(region or GLOBAL, project, credentials=text)
    if not key:
        raise BadKey(FORM)
    return Access(region or GLOBAL, project, api_key=key)


@lru_cache(maxsize=64)
def read_credentials(text: str) -> Mapping[str, Any]:
    """Google's credentials file. Raises BadKey for one that is none, or of a kind that needs more than a request."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadKey(f"The credentials are not JSON. {FORM}") from None
    kind = document.get("type") if isinstance(document, dict) else None
    needed = NEEDED.get(str(kind))
    if needed is None or not all(isinstance(document.get(name), str) for name in needed):
        raise BadKey(f"The credentials are no service account's and no user's. {FORM}")
    return {str(name): value for name, value in document.items()}


def mint(target: Target) -> Mint | None:
    """The access token for the channel's credentials; an API key needs none."""
    access = access_of(target)
    if access.api_key:
        return None
    credentials = read_credentials(access.credentials)
    if credentials["type"] == "service_account":
        # Signed once per half hour: signing at each request would cost more than the rest of it.
        grant = {"grant_type": ASSERTION, "assertion": assertion(access.credentials, target.now - target.now % 1800)}
    else:
        fields = NEEDED["authorized_user"]
        grant = {"grant_type": "refresh_token", **{name: credentials[name] for name in fields}}
    return Mint(
        key="vertex:" + hashlib.sha256(access.credentials.encode()).hexdigest(),
        outbound=Outbound(
            method="POST",
            url=str(credentials.get("token_uri") or TOKEN_URI),
            headers=(("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")),
            body=urlencode(grant).encode(),
        ),
        read=read_token,
    )


@lru_cache(maxsize=64)
def assertion(text: str, issued: int) -> str:
    """The service account's statement about itself, good for an hour. Raises BadKey."""
    credentials = read_credentials(text)
    claims = {
        "iss": credentials["client_email"],
        "scope": SCOPE,
        "aud": str(credentials.get("token_uri") or TOKEN_URI),
        "iat": issued,
        "exp": issued + LIFE,
    }
    kid = {"kid": credentials["private_key_id"]} if credentials.get("private_key_id") else {}
    try:
        return rs256(claims, credentials["private_key"], {"typ": "JWT", **kid})
    except ValueError as error:
        raise BadKey(f"The service account's private_key cannot be used: {error}.") from error


def read_token(body: bytes) -> tuple[str, float]:
    document = json.loads(body)
    return str(document["access_token"]), float(document.get("expires_in") or LIFE)


def outbound(target: Target, access: Access, path: str, document: Mapping[str, Any]) -> Outbound:
    """`POST` to what stands below project and region (an API key may do without). `path` is encoded."""
    secret = ("x-goog-api-key", access.api_key) if access.api_key else ("authorization", f"Bearer {target.minted}")
    place = f"projects/{quote(access.project)}/locations/{quote(access.region)}/" if access.project else ""
    return Outbound(
        method="POST",
        url=f"{api_base(target, access.region)}/{place}{path}",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(secret,),
    )


def api_base(target: Target, region: str) -> str:
    """The base URL with the API's version: the channel's, or the region's own."""
    if VERSIONED.search(target.base_url):
        return target.base_url
    return f"{target.base_url or host(region)}/{target.config.get('api_version') or VERSION}"


def host(region: str) -> str:
    if region == GLOBAL:
        return "https://aiplatform.googleapis.com"
    if region in MULTI_REGIONS:
        return f"https://aiplatform.{region}.rep.googleapis.com"
    return f"https://{region}-aiplatform.googleapis.com"
