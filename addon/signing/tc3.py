"""Tencent Cloud's signature, TC3-HMAC-SHA256 (cloud.tencent.com/document/api/1729/101843).

Must not know what is asked, nor the time.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from addon.canon.outbound import Outbound

ALGORITHM = "TC3-HMAC-SHA256"
SIGNED = ("content-type", "host", "x-tc-action")
"""The headers that a signature covers; the first two have to be among them."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`token` belongs to temporary credentials, "" for others."""

    secret_id: str
    secret_key: str
    token: str = ""


def signature_headers(
    outbound: Outbound, credentials: Credentials, service: str, now: int, signed: tuple[str, ...] = SIGNED
) -> tuple[tuple[str, str], ...]:
    """The headers that sign a POST as it is: URL, body and the `signed` headers must not change any more.

    `now` is in Unix seconds; Tencent allows five minutes of difference.
    """
    scope = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}/{service}/tc3_request"
    request = _digest(_canonical_request(outbound, signed).encode())
    signature = _hmac(_signing_key(credentials, scope), "\n".join((ALGORITHM, str(now), scope, request))).hex()
    names = ";".join(signed)
    authorization = (
        f"{ALGORITHM} Credential={credentials.secret_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    token = (("x-tc-token", credentials.token),) if credentials.token else ()
    return (("x-tc-timestamp", str(now)), *token, ("authorization", authorization))


def _canonical_request(outbound: Outbound, signed: tuple[str, ...]) -> str:
    parts = urlsplit(outbound.url)
    values = {name.lower(): value.strip().lower() for name, value in outbound.headers}
    values["host"] = parts.netloc.rpartition("@")[2].lower()
    lines = [f"{name}:{values[name]}" for name in signed]
    names = ";".join(signed)
    return "\n".join((outbound.method, parts.path or "/", parts.query, *lines, "", names, _digest(outbound.body)))


def _signing_key(credentials: Credentials, scope: str) -> bytes:
    key = f"TC3{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
