"""How a request gets to Bedrock: region, address, and the signature or the key.

Facts: docs.aws.amazon.com/bedrock, API keys, and botocore's service model. Must not know what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from addon.canon.codec import BadKey
from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target
from addon.signing.sigv4 import Credentials, Scope, signature_headers

SERVICE = "bedrock"
HOST_REGION = re.compile(r"//bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.")
API_KEYS = ("ABSK", "bedrock-api-key-")
"""How Bedrock's own keys begin: the long-term and the short-term ones."""
FORM = (
    "An AWS Bedrock channel needs AK|SK|Region as its key (with a fourth part for the session token of temporary "
    "credentials), or a Bedrock API key and the region in the channel's settings."
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks, and where: with credentials that sign, or with `api_key`. `region` is "" if nobody tells."""

    region: str
    credentials: Credentials | None = None
    api_key: str = ""


def access_of(target: Target) -> Access:
    """What the channel's key and settings say. Raises BadKey."""
    config = {name: value.strip() for name, value in target.config.items()}
    parts = [part.strip() for part in target.key.split("|")]
    region = config.get("region", "")
    if config.get("ak") and config.get("sk"):
        return Access(region_of(target, region or third(parts)), Credentials(config["ak"], config["sk"]))
    if target.key and (len(parts) == 1 or parts[0].startswith(API_KEYS)):
        told = region or parts[-1] if len(parts) == 2 else region
        return Access(region_of(target, told, needed=not target.base_url), api_key=parts[0])
    if not 2 <= len(parts) <= 4 or not all(parts):
        raise BadKey(FORM)
    token = parts[3] if len(parts) == 4 else ""
    return Access(region_of(target, region or third(parts)), Credentials(parts[0], parts[1], token))


def third(parts: list[str]) -> str:
    return parts[2] if len(parts) > 2 else ""


def region_of(target: Target, told: str, needed: bool = True) -> str:
    """The region, which may also stand in the base URL."""
    found = HOST_REGION.search(target.base_url)
    region = told or (found[1] if found else "")
    if not region and needed:
        raise BadKey(FORM)
    return region


def outbound(
    target: Target,
    access: Access,
    operation: str,
    document: Mapping[str, Any],
    headers: tuple[tuple[str, str], ...] = (),
) -> Outbound:
    """`POST /model/{id}/{operation}`, signed. The id is one segment of the path, whatever is in it."""
    unsigned = Outbound(
        method="POST",
        url=f"{target.base_url or host(access.region)}/model/{quote(target.model, safe='')}/{operation}",
        headers=(("content-type", "application/json"), ("accept", "application/json"), *headers),
        body=body_of(document),
    )
    if access.credentials is None:
        return replace(unsigned, secrets=(("authorization", f"Bearer {access.api_key}"),))
    secrets = signature_headers(unsigned, access.credentials, Scope(access.region, SERVICE), target.now)
    return replace(unsigned, secrets=secrets)


def host(region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://bedrock-runtime.{region}.{suffix}"
