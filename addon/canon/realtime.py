"""A conversation over a WebSocket, as a client opens it, and the sub-protocols that a browser offers for it.

Must not know any provider, nor what is said. https://platform.openai.com/docs/guides/realtime-websocket
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from addon.canon.endpoint import Endpoint

CREDENTIAL = "openai-insecure-api-key."
"""A browser can set no headers, so the key stands in a sub-protocol."""
IDENTITIES = (CREDENTIAL, "openai-organization.", "openai-project.")
"""Sub-protocols that say who the client is; they never pass."""
MAIN = "realtime"
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""


@dataclass(frozen=True, slots=True)
class RealtimeRequest:
    """`GET /v1/realtime`, upgraded. `query` is what passes besides the model, `protocols` the sub-protocols that may.

    `key` is the client's Sec-WebSocket-Key. The remaining fields are those that every request has.
    """

    model: str
    key: str = ""
    query: tuple[tuple[str, str], ...] = ()
    protocols: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""
    body: Mapping[str, Any] = field(default_factory=dict)
    stream: bool = True
    include_usage: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.REALTIME


def without(request: RealtimeRequest, secrets: Iterable[str]) -> RealtimeRequest:
    """The request without what holds one of these, wherever a client has put it as well."""
    known = [secret for secret in secrets if secret]

    def harmless(text: str) -> bool:
        return not any(secret in text for secret in known)

    return replace(
        request,
        query=tuple(pair for pair in request.query if all(map(harmless, pair))),
        protocols=tuple(filter(harmless, request.protocols)),
        headers=tuple(pair for pair in request.headers if harmless(pair[1])),
    )


def offered(header: str) -> tuple[str, ...]:
    """The names in a Sec-WebSocket-Protocol header."""
    return tuple(name.strip() for name in header.split(",") if name.strip())


def credential_in(header: str) -> str:
    """The key among the sub-protocols, "" if there is none."""
    return next((name[len(CREDENTIAL) :] for name in offered(header) if _is(name, CREDENTIAL)), "")


def shown(header: str) -> str:
    """The header as people may see it."""
    return ", ".join(f"{CREDENTIAL}…" if _is(name, CREDENTIAL) else name for name in offered(header))


def passing(header: str) -> tuple[str, ...]:
    """The sub-protocols that say nothing of the client."""
    return tuple(name for name in offered(header) if not _is(name, *IDENTITIES))


def _is(name: str, *beginnings: str) -> bool:
    """In whatever case: what is nearly a credential is not to be seen either."""
    return name.lower().startswith(beginnings)


def accepted(protocols: Iterable[str], chosen: str) -> str:
    """The sub-protocol that the client is told: the one `chosen` upstream, else OpenAI's own where it was offered.

    A browser that has offered some takes no answer without one.
    """
    names = tuple(protocols)
    if chosen in names:
        return chosen
    return MAIN if MAIN in names else next(iter(names), "")


def accept_of(key: str) -> str:
    """The Sec-WebSocket-Accept that belongs to this Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()  # noqa: S324 - the RFC wants it
