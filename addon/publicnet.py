"""Which addresses belong to the public internet. Must not know names, URLs nor who asks.

Python's `is_global` differs between releases, so the ranges are written out:
https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, and what clouds put beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers; Alibaba's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host
            "169.254.0.0/16",  # link-local; the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocols; Oracle's metadata
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
        ),
    )
)
PUBLIC_6 = IPv6Network("2000::/3")
"""All that was ever given out."""
NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols; Teredo, which carries IPv4
            "2001:db8::/32",
            "2002::/16",  # 6to4, which carries IPv4
            "3fff::/20",  # documentation
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
"""The last 32 bits are an IPv4 address, which a gateway of the network reaches."""
ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""Bits 64 to 96 of an address whose last 32 bits are an IPv4 address that a tunnel leads to."""


def is_public(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether this leads out into the internet, and nowhere else. `allowed` are networks that are let through."""
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    inner = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped is not None or address in NAT64:
        return is_public(inner)
    tunnelled = int(address) >> 32 & 0xFFFF_FFFF in ISATAP
    outside = address in PUBLIC_6 and not any(address in network for network in NOT_PUBLIC_6)
    return outside and not (tunnelled and not is_public(inner))


def networks(text: str) -> tuple[Network, ...]:
    """Networks, separated by blanks. Raises ValueError."""
    return tuple(map(ip_network, text.split()))
