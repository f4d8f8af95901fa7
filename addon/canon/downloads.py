"""The files behind a reply: pictures that a provider tells as URLs only, for clients that want their bytes.

They are fetched as the last requests of the attempt that had them drawn. A picture that cannot be fetched has been
drawn, and paid for, all the same: the client gets its URL then. Must not know any provider: where its pictures lie is
an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from addon.canon.codec import FollowUp
from addon.canon.events import PictureMade
from addon.canon.form import FormRequest
from addon.canon.media import ImageRequest
from addon.canon.outbound import Outbound

BYTES = "b64_json"


def wants_bytes(request: ImageRequest | FormRequest) -> bool:
    """Whether the client cannot do with a URL."""
    return request.response_format == BYTES


def downloads(
    urls: Iterable[str], base_url: str, stores: tuple[str, ...], then: FollowUp | None = None
) -> FollowUp | None:
    """These files, one after the other, and `then`; those that lie where nothing is fetched from are left out.

    `stores` are ends of host names (`.example.com`).
    """
    for url in reversed([url for url in urls if may_fetch(url, base_url, stores)]):
        then = FollowUp(Outbound("GET", url), binary=True, then=then)
    return then


def with_files(
    pictures: Iterable[PictureMade], files: Iterable[Any], base_url: str, stores: tuple[str, ...]
) -> Iterator[PictureMade]:
    """The pictures with the files that `downloads` asked for: base64 texts, null for one that was not given.

    A `data:` URL has its bytes in it.
    """
    got = iter(files)
    for picture in pictures:
        inside = picture.url.partition(";base64,")[2] if picture.url.startswith("data:") else ""
        data = next(got, None) if may_fetch(picture.url, base_url, stores) else inside
        yield replace(picture, url="", data=data) if isinstance(data, str) and data else picture


def may_fetch(url: str, base_url: str, stores: tuple[str, ...]) -> bool:
    """The provider's own stores, and the channel's own host (a mirror, a test)."""
    if not url.startswith(("http://", "https://")):
        return False
    parts = urlsplit(url)
    return parts[:2] == urlsplit(base_url)[:2] or f".{parts.hostname}".endswith(stores)
