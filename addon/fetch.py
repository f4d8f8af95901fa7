"""Fetches what a client's URL names: from the public internet only, in bounded size and time.

A name is resolved here, every address it has is checked, and the connection goes to a checked address, so that a name
cannot mean something else a moment later; TLS and `Host` keep the name. Each redirect is checked like the first URL.
Through a proxy (`USER_CONTENT_REQUEST_PROXY`) the proxy resolves: names are checked here where they can be resolved,
what the proxy reaches else is its operator's choice.

Must not know requests of clients, nor what the bytes are good for.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from addon.admission import peer_address
from addon.doors import is_local
from addon.publicnet import Address, Network, is_public
from addon.wire.encoding import unpacker_for

REDIRECTS = 5
LIMIT = 20 * 1024 * 1024
AT_ONCE = 16
"""Fetches of this process that run at the same time."""
HEADERS = {"user-agent": "Mozilla/5.0 (compatible; one-api)", "accept": "*/*", "accept-encoding": "identity"}
MOVED = (301, 302, 303, 307, 308)
NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z][a-z0-9-]*\.?", re.IGNORECASE)
INSIDE = (".local", ".internal", ".localhost", ".localdomain", ".lan", ".intranet", ".corp", ".home.arpa")

Resolve = Callable[[str, int], Awaitable[list[Address]]]


class Unfetchable(ValueError):
    """Nothing was fetched. The message goes to the client; it tells nothing about what is inside of our network."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`media_type` is what the server says, in lower case and without parameters; "" if it says nothing."""

    media_type: str
    data: bytes


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of this name or notation, as the system sees it; none if it leads nowhere."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(peer_address(str(entry[4][0])) for entry in found))


class Fetcher:
    """One per process, used on one event loop. `timeout` is in seconds, for all of one URL with its redirects.

    `allowed` are networks that may be reached although they are not public (tests). `transport` is what sends.
    """

    def __init__(
        self,
        timeout: float = 30.0,
        proxy: str = "",
        allowed: tuple[Network, ...] = (),
        resolve: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._proxy = httpx.Proxy(proxy) if proxy else None
        self._allowed = allowed
        self._resolve = resolve
        self._transport = transport
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str, limit: int = LIMIT) -> Fetched:
        """The bytes at this URL, at most `limit` of them. Raises Unfetchable."""
        try:
            async with self._turns, asyncio.timeout(self._timeout):
                return await self._follow(httpx.URL(url), limit)
        except TimeoutError:
            raise Unfetchable(f"it took longer than {self._timeout:g} seconds") from None
        except httpx.InvalidURL:
            raise Unfetchable("the URL is malformed") from None
        except httpx.TransportError as error:
            raise Unfetchable(f"the connection failed ({type(error).__name__})") from None

    async def close(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()

    async def _follow(self, url: httpx.URL, limit: int) -> Fetched:
        for _ in range(REDIRECTS + 1):
            response = await self._get(url)
            try:
                location = response.headers.get("location", "") if response.status_code in MOVED else ""
                if not location:
                    return await read(response, limit)
                url = url.join(location)
            finally:
                await response.aclose()
        raise Unfetchable(f"there are more than {REDIRECTS} redirects")

    async def _get(self, url: httpx.URL) -> httpx.Response:
        """The head of the reply, from a checked address."""
        host, port = whereabouts(url)
        address = await self._checked(host, port)
        sent = url.copy_with(userinfo=b"", fragment=None)
        if address is not None and self._proxy is None:
            sent = sent.copy_with(host=str(address))
        request = httpx.Request(
            "GET",
            sent,
            headers={"host": url.netloc.decode("ascii"), **HEADERS},
            extensions={"sni_hostname": host.rstrip("."), "timeout": httpx.Timeout(self._timeout).as_dict()},
        )
        return await self._sender().handle_async_request(request)

    async def _checked(self, host: str, port: int) -> Address | None:
        """An address that the connection may go to; None: it is the proxy that knows one. Raises Unfetchable."""
        found = await self._resolve(host, port)
        if not all(self._may_reach(address) for address in found):
            raise Unfetchable("the address is not on the public internet")
        if found:
            return found[0]
        if self._proxy is None or not NAME.fullmatch(host) or f".{host.rstrip('.').lower()}".endswith(INSIDE):
            raise Unfetchable(f"there is no host {host!r}")
        return None

    def _may_reach(self, address: Address) -> bool:
        ours = is_local(address) and not any(address in network for network in self._allowed)
        return is_public(address, self._allowed) and not ours

    def _sender(self) -> httpx.AsyncBaseTransport:
        """Made when it is first needed. Nothing is kept alive: two names at one address are two servers."""
        if self._transport is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            self._transport = httpx.AsyncHTTPTransport(limits=limits, proxy=self._proxy, trust_env=False)
        return self._transport


def whereabouts(url: httpx.URL) -> tuple[str, int]:
    """Host and port of a URL that may be fetched at all. Raises Unfetchable."""
    if url.scheme not in ("http", "https"):
        raise Unfetchable("only http and https URLs can be fetched")
    port = url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]
    host = url.raw_host.decode("ascii")
    if not host or "%" in host or not 0 < port < 65536:
        raise Unfetchable("the URL is malformed")
    return host, port


async def read(response: httpx.Response, limit: int) -> Fetched:
    """The body of a good reply. Raises Unfetchable."""
    if response.status_code != 200:
        raise Unfetchable(f"the server answered with status {response.status_code}")
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    data = bytearray()
    try:
        unpacker = unpacker_for(response.headers.get("content-encoding", ""), limit)
        async for chunk in response.aiter_raw():
            data += unpacker.feed(chunk) if unpacker else chunk
            if len(data) > limit:
                raise too_large(limit)
        data += unpacker.close() if unpacker else b""
    except Unfetchable:
        raise
    except ValueError:
        raise Unfetchable("its content-encoding cannot be undone, or it unpacks to too much") from None
    if not data:
        raise Unfetchable("there is nothing in it")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(media_type, bytes(data))


def too_large(limit: int) -> Unfetchable:
    return Unfetchable(f"it is larger than {limit / 1024 / 1024:.3g} MB")
