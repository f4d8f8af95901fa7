"""The files behind a reply: pictures that a provider tells as URLs only, for clients that want their bytes.

Must not know any provider: where its pictures lie is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound


def downloads(
    urls: Iterable[str], base_url: str, stores: tuple[str, ...], then: FollowUp | None = None
) -> FollowUp | None:
    """These files, one after the other, and `then`; None if one of them lies where nothing is fetched from.

    `stores` are ends of host names (`.example.com`).
    """
    found = list(urls)
    if not all(may_fetch(url, base_url, stores) for url in found):
        return None
    for url in reversed(found):
        then = FollowUp(Outbound("GET", url), binary=True, then=then)
    return then


def may_fetch(url: str, base_url: str, stores: tuple[str, ...]) -> bool:
    """The provider's own stores, and the channel's own host (a mirror, a test)."""
    parts = urlsplit(url)
    ours = parts[:2] == urlsplit(base_url)[:2]
    return ours or (parts.scheme in ("http", "https") and (parts.hostname or "").endswith(stores))
