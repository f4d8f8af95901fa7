"""Baidu Cloud's signature, bce-auth-v1 (cloud.baidu.com/doc/Reference/s/njwvz1yfu).

Must not know what is asked, nor the time.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from addon.canon.outbound import Outbound

LIFE = 1800
"""Seconds for which a signature is good."""


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key: str
    secret_key: str


def authorization(outbound: Outbound, credentials: Credentials, now: int) -> str:
    """The value of `Authorization` for a request: method, URL, host and its `x-bce-*` headers are signed.

    `now` is in Unix seconds.
    """
    time = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
    prefix = f"bce-auth-v1/{credentials.access_key}/{time}/{LIFE}"
    parts = urlsplit(outbound.url)
    headers = {"host": parts.netloc.rpartition("@")[2]}
    headers |= {name.lower(): value for name, value in outbound.headers if name.lower().startswith("x-bce-")}
    lines = sorted(f"{name}:{_quoted(value.strip())}" for name, value in headers.items())
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(sorted(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs))
    request = "\n".join((outbound.method, quote(parts.path or "/", safe="/%~"), query, *lines))
    signature = _hmac(_hmac(credentials.secret_key, prefix), request)
    return f"{prefix}/{';'.join(sorted(headers))}/{signature}"


def _quoted(text: str) -> str:
    return quote(text, safe="~")


def _hmac(key: str, text: str) -> str:
    """Hexadecimal; that text, not its bytes, is the key of the next one."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
