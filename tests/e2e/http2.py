"""A program that only knows api.openai.com, trusts our certificate and speaks nothing but HTTP/2: one connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from tests.e2e.line import PATH, Reply
from tests.e2e.server import Gateway


class OnlyHttp2(ssl.SSLContext):
    """httpx would offer http/1.1 first, and mitmproxy take it."""

    def set_alpn_protocols(self, alpn_protocols: Sequence[str]) -> None:
        super().set_alpn_protocols(["h2"])


def trusting(gateway: Gateway) -> OnlyHttp2:
    ca = httpx.get(f"{gateway.url}/ca.pem", trust_env=False).raise_for_status().text
    context = OnlyHttp2(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca)
    return context


def client(gateway: Gateway, token: str, seconds: float = 20) -> httpx.AsyncClient:
    """One connection to the intercepted door."""
    return httpx.AsyncClient(
        base_url="https://api.openai.com",
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        proxy=gateway.url,
        verify=trusting(gateway),
        http1=False,
        http2=True,
        trust_env=False,
        timeout=seconds,
        limits=httpx.Limits(max_connections=1),
    )


async def ask_at_once(gateway: Gateway, token: str, bodies: Sequence[bytes]) -> list[Reply]:
    """The replies to these requests, all on the way at the same time on one connection."""
    async with client(gateway, token) as one:
        await one.get("/v1/models")  # without a connection there is nothing to share yet
        replies = await asyncio.gather(*(one.post(PATH, content=body) for body in bodies))
    assert {reply.http_version for reply in replies} == {"HTTP/2"}
    return [Reply(reply.status_code, dict(reply.headers), reply.content) for reply in replies]
