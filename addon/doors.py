"""Which door a request came through, who may use it, and what it may reach. Decisions are values; look-ups are async.

Must not know formats or money. See HOUSE.md, "Doors": loopback is the default; beyond it the proxy door serves only
peers that show our token; nobody is connected to an address of ours on a port we listen on, whatever the notation.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import fnmatch
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from addon.admission import peer_address

LISTED_HOSTS: tuple[str, ...] = ("api.openai.com", "*.openai.azure.com")
"""The hosts that are decrypted; everything else is tunnelled unopened."""


def is_listed(host: str | None) -> bool:
    """Is this one of the hosts that we decrypt and answer for?"""
    name = (host or "").rstrip(".").lower()
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in LISTED_HOSTS)


def is_loopback(peer: str) -> bool:
    return peer_address(peer).is_loopback


def proxy_token(header: str | None) -> str:
    """The token in `Proxy-Authorization`: the password of Basic (`http://name:sk-…@host`), its name if there is no
    password, or a Bearer. "" when there is none that can be read."""
    scheme, _, value = (header or "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or name


async def resolve(host: str, port: int) -> frozenset[IPv4Address | IPv6Address]:
    """Every address this name or notation leads to; empty when it leads nowhere."""
    name = host.strip("[]").rstrip(".")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(peer_address(str(entry[4][0])) for entry in found)


def is_local(address: IPv4Address | IPv6Address) -> bool:
    """Does this address lead to this machine? Binding is the kernel's own answer, for every interface there is."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


async def reaches_us(host: str, port: int, listening: Iterable[int]) -> bool:
    """Would a connection to host:port come back to one of the ports we listen on?"""
    if port not in set(listening):
        return False
    return any(is_local(address) for address in await resolve(host, port))


async def only_here(host: str, port: int) -> bool:
    """Does this lead to what only programs on this machine can reach: its loopback, its link-local neighbours?"""
    found = await resolve(host, port)
    return any(address.is_loopback or address.is_unspecified or address.is_link_local for address in found)
