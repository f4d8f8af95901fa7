"""Which names this server answers to, so that a rebound DNS name cannot make a browser talk to us for a stranger.

A page at evil.example that re-points its name to 127.0.0.1 is same-origin with us in the browser's eyes; only the Host
header still says evil.example. IP literals and `localhost` cannot be rebound; any other name must be configured.
Pure: must not know Flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit


def host_name(authority: str) -> str:
    """The host of a Host header or `host:port`, lower-case, without port, brackets or a trailing dot. "" if none."""
    try:
        name = urlsplit(f"//{authority.strip()}").hostname
    except ValueError:
        return ""
    return (name or "").rstrip(".")


def is_ip_literal(name: str) -> bool:
    """True for IPv4 and IPv6 in their usual notation. Numbers such as 2130706433 are names here, and refused."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_ours(authority: str, allowed: Iterable[str], server_address: str = "") -> bool:
    """May this Host header be answered? `allowed` are names or name:port; `server_address` is the option (a URL)."""
    name = host_name(authority)
    if not name:
        return False
    if name == "localhost" or is_ip_literal(name):
        return True
    known = {host_name(entry) for entry in allowed}
    if server_address:
        known.add(host_name(urlsplit(server_address).netloc))
    return name in known - {""}


def is_loopback(address: str) -> bool:
    """True if a peer address is this machine's own (127.0.0.0/8, ::1, and IPv4-mapped forms of them)."""
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    return (mapped or peer).is_loopback
