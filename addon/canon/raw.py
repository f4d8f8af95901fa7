"""What a client asks of an address that we pass on as it is, and which of its headers go along.

Must not know any provider, nor who may ask. The one list of what never passes is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from addon.canon.endpoint import Endpoint

NEVER = frozenset(
    {
        # credentials
        *("authorization", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "x-oneapi-ticket"),
        *("cookie", "cookie2"),
        # of this connection, not of the request
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect", "accept-encoding"),
        *("host", "content-length"),
        # who and where the client is
        *("forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip"),
        *("openai-organization", "openai-project"),
    }
)
NEVER_STARTS = ("proxy-", "x-forwarded-", "x-stainless-", "sec-websocket-", ":")

KEPT = (
    *("content-type", "content-encoding", "content-disposition", "content-language", "content-range"),
    *("accept-ranges", "allow", "cache-control", "etag", "expires", "last-modified", "location", "retry-after", "vary"),
    *("openai-processing-ms", "openai-version"),
)
"""The headers of a reply that passes as it is."""
BODILESS = (204, 304)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request that passes as it is. `path` is what follows the base URL (or the API's version), with its first slash.

    `query` is as it was written, without `?`; `headers` are harmless ones. `model` names in the log what was asked for.
    `held`: the reply is read whole before the client gets it, because we have to look into it.
    """

    endpoint: Endpoint
    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""
    model: str = ""
    held: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = False
    include_usage: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a reply that passes as it is. `bodiless`: no body follows, whatever the headers say."""

    status: int
    headers: tuple[tuple[str, str], ...]
    bodiless: bool = False


def harmless(headers: Mapping[str, str], secrets: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What of a client's headers (names in lower case) may pass; nothing that holds one of the `secrets`."""
    own = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    hidden = [secret for secret in secrets if secret]
    return tuple(
        (name, value)
        for name, value in headers.items()
        if name not in NEVER
        and name not in own
        and not name.startswith(NEVER_STARTS)
        and not any(secret in value for secret in hidden)
    )


def reply_head(request: RawRequest, status: int, headers: Mapping[str, str]) -> Head:
    """The head that the client gets for a provider's (names in lower case)."""
    kept = tuple((name, headers[name]) for name in KEPT if name in headers)
    if request.method != "HEAD":
        return Head(status, kept, status in BODILESS)
    length = headers.get("content-length")
    return Head(status, kept if length is None else (*kept, ("content-length", length)), True)
