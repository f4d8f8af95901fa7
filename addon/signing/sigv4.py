"""AWS Signature Version 4, for every service but S3 (docs.aws.amazon.com, "Create a signed AWS API request").

Must not know what is asked, nor the time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from addon.canon.outbound import Outbound

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`token` belongs to temporary credentials, "" for others."""

    access_key: str
    secret_key: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for: one region, one service (`bedrock`)."""

    region: str
    service: str


def signature_headers(
    outbound: Outbound, credentials: Credentials, scope: Scope, now: int
) -> tuple[tuple[str, str], ...]:
    """The headers that sign a request as it is: URL, headers and body must not change any more; others may be added.

    `now` is in Unix seconds; AWS allows five minutes of difference. The URL is encoded as it will be sent.
    """
    time = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    added = [("x-amz-date", time)]
    if credentials.token:
        added.append(("x-amz-security-token", credentials.token))
    host = ("host", urlsplit(outbound.url).netloc.rpartition("@")[2])
    headers = _canonical_headers([host, *outbound.headers, *added])
    names = ";".join(name for name, _ in headers)
    place = "/".join((time[:8], scope.region, scope.service, "aws4_request"))
    request = _digest(_canonical_request(outbound, headers, names).encode())
    signature = _hmac(_signing_key(credentials, place), "\n".join((ALGORITHM, time, place, request))).hex()
    credential = f"Credential={credentials.access_key}/{place}"
    return (*added, ("authorization", f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"))


def _canonical_request(outbound: Outbound, headers: list[tuple[str, str]], names: str) -> str:
    parts = urlsplit(outbound.url)
    return "\n".join(
        (
            outbound.method,
            # Encoded once more than what is sent: only S3 does without.
            quote(parts.path or "/", safe="/~"),
            "&".join("=".join(pair) for pair in _query(parts.query)),
            *(f"{name}:{value}" for name, value in headers),
            "",
            names,
            _digest(outbound.body),
        )
    )


def _query(text: str) -> list[tuple[str, str]]:
    """The parameters, sorted, encoded as they are."""
    pairs = (one.partition("=") for one in text.split("&") if one)
    return sorted((name, value) for name, _, value in pairs)


def _canonical_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Lower-case names, sorted; the values of one name joined, without superfluous blanks."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower().strip(), []).append(" ".join(value.split()))
    return sorted((name, ",".join(values)) for name, values in found.items())


def _signing_key(credentials: Credentials, place: str) -> bytes:
    key = f"AWS4{credentials.secret_key}".encode()
    for part in place.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
