"""Puts the bytes of pictures and files in the place of their URLs, for candidates whose provider wants bytes.

The view of the request changes, the client's own document (`body`, `raw`) never does: who passes it on passes URLs on.
Must not know how bytes are fetched safely, nor any provider.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from addon.canon.request import ChatRequest, File, Image, ImageRequest, Part, Request
from addon.errors import Refusal
from addon.fetch import LIMIT, Fetched, Unfetchable
from addon.plan import Candidate

Fetch = Callable[[str, int], Awaitable[Fetched]]
MB = 1024 * 1024
TOTAL = 48 * MB
"""Bytes of one request; in base64 they are 64 MB, as much as a client may send itself."""
MOST = 32
"""URLs of one request."""
UNKNOWN = ("", "application/octet-stream", "binary/octet-stream")
"""Media types that say nothing."""
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"BM", "image/bmp"),
)
"""How bytes begin -> what they are; servers are often wrong about it, and providers compare."""


@dataclass(frozen=True, slots=True)
class Named:
    """A URL of the request and where it stands (`messages[0].content[1]`)."""

    url: str
    param: str
    picture: bool


async def inlined(
    request: Request, candidates: tuple[Candidate, ...], fetch: Fetch
) -> tuple[Request, tuple[Candidate, ...]] | Refusal:
    """The request with the bytes that its candidates want, and the candidates that can serve it then.

    A URL that cannot be fetched leaves the candidates that take URLs; if there are none, it is the client's mistake.
    """
    wanted = [one for one in named_urls(request) if any(wants(candidate, one.url) for candidate in candidates)]
    if not wanted:
        return request, candidates
    got = await all_of(list(dict.fromkeys(one.url for one in wanted)), fetch)
    failed = [(one, reason) for one in wanted if (reason := failure(one, got[one.url]))]
    able = tuple(candidate for candidate in candidates if not any(wants(candidate, one.url) for one, _ in failed))
    if not able:
        return refusal(*failed[0])
    return with_bytes(request, {url: found for url, found in got.items() if isinstance(found, Fetched)}), able


def wants(candidate: Candidate, url: str) -> bool:
    codec = candidate.codec
    return codec.inline_urls and not (codec.takes_url is not None and codec.takes_url(url))


def named_urls(request: Request) -> Iterator[Named]:
    """Every picture and file that the request names by an http(s) URL."""
    if isinstance(request, ChatRequest):
        for message in request.messages:
            for position, part in enumerate(message.parts):
                if isinstance(part, Image | File) and is_web(part.url):
                    yield Named(part.url, f"{message.param}.content[{position}]", isinstance(part, Image))
    elif isinstance(request, ImageRequest):
        for position, url in enumerate(request.images):
            if is_web(url):
                yield Named(url, f"images[{position}]", True)


def is_web(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))


async def all_of(urls: list[str], fetch: Fetch) -> dict[str, Fetched | Unfetchable]:
    """What each URL gave; those that are too many, or too large together, are not fetched."""
    left = TOTAL
    got: dict[str, Fetched | Unfetchable] = {}
    turns = asyncio.Semaphore(4)

    async def one(url: str) -> None:
        nonlocal left
        async with turns:
            try:
                if left <= 0:
                    raise Unfetchable(f"what a request names may be {TOTAL // MB} MB together")
                found = await fetch(url, LIMIT)
            except Unfetchable as reason:
                got[url] = reason
            else:
                left -= len(found.data)
                got[url] = found

    got |= {url: Unfetchable(f"a request may name at most {MOST} URLs here") for url in urls[MOST:]}
    await asyncio.gather(*map(one, urls[:MOST]))
    return got


def failure(named: Named, found: Fetched | Unfetchable) -> str:
    """Why this URL cannot be served, "" if it can."""
    if isinstance(found, Unfetchable):
        return str(found)
    kind = media_type(found)
    if named.picture and not kind.startswith("image/"):
        return f"it is no picture but {kind or 'of an unknown type'}"
    return ""


def refusal(named: Named, reason: str) -> Refusal:
    kind = "picture" if named.picture else "file"
    return Refusal(
        400,
        f"{named.param}：无法下载该链接（{reason}）；请改为以 base64 data URL 发送内容",
        f"{named.param}: the {kind} could not be fetched: {reason}; send the content itself as a data URL (base64).",
        type="invalid_request_error",
        code="invalid_image_url" if named.picture else "invalid_file_url",
        param=named.param,
    )


def with_bytes(request: Request, got: Mapping[str, Fetched]) -> Request:
    """The view with bytes where there were URLs."""
    if isinstance(request, ImageRequest):
        return replace(request, images=tuple(data_url(got[url]) if url in got else url for url in request.images))
    if not isinstance(request, ChatRequest):
        return request
    messages = (
        replace(message, parts=tuple(filled(part, got) for part in message.parts)) for message in request.messages
    )
    return replace(request, messages=tuple(messages))


def filled(part: Part, got: Mapping[str, Fetched]) -> Part:
    if isinstance(part, Image) and part.url in got:
        found = got[part.url]
        return replace(part, url=data_url(found), media_type=media_type(found), data=encoded(found))
    if isinstance(part, File) and part.url in got:
        found = got[part.url]
        name = part.filename or unquote(urlsplit(part.url).path).rpartition("/")[2]
        return replace(part, filename=name, url="", media_type=media_type(found), data=encoded(found))
    return part


def media_type(found: Fetched) -> str:
    """What the bytes are: as they begin, else as the server says."""
    for start, kind in SIGNATURES:
        if found.data.startswith(start):
            return kind
    if found.data[:4] == b"RIFF" and found.data[8:12] == b"WEBP":
        return "image/webp"
    return "" if found.media_type in UNKNOWN else found.media_type


def encoded(found: Fetched) -> str:
    return base64.b64encode(found.data).decode()


def data_url(found: Fetched) -> str:
    return f"data:{media_type(found)};base64,{encoded(found)}"
