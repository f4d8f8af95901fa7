"""OpenAI's files, batches and fine-tuning jobs: requests pass as they are, at the provider's own address.

Must not know whose an object is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote

from addon.canon.codec import Codec, FollowUp
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.dialects.openai_request import path

PAGES = 10
"""So many pages of a list are looked through: it is everybody's, and the caller's part of it may be anywhere."""
PAGE = 100
"""The most that batches and jobs are given at once."""


def build(request: RawRequest, target: Target) -> Outbound:
    """The request with the channel's key."""
    root = path(request.endpoint, target).removesuffix(f"/{request.endpoint.value}")
    return outbound(
        request, target, f"{target.base_url}{root}{request.path}", ("authorization", f"Bearer {target.key}")
    )


def outbound(request: RawRequest, target: Target, url: str, secret: tuple[str, str]) -> Outbound:
    """The request at this URL, which may have a query already."""
    own = tuple((name.lower(), value) for name, value in target.quirks.headers)
    joined = "&" if "?" in url else "?"
    return Outbound(
        method=request.method,
        url=f"{url}{joined}{request.query}" if request.query else url,
        headers=(*request.headers, *own),
        body=request.raw,
        secrets=(secret,),
    )


def read_reply(request: RawRequest, target: Target, body: bytes) -> Iterable[Event]:
    """Nothing that a meter could use."""
    return ()


def files_codec(build: Callable[[RawRequest, Target], Outbound]) -> Codec:
    """The replies come as an array: of the one document, or of the pages of a list."""

    def next_page(request: RawRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
        if request.method != "GET" or request.path != f"/{request.model}" or count >= PAGES:
            return None
        page = json.loads(body)
        if not page.get("has_more"):
            return None
        after = quote(str(page["data"][-1]["id"]), safe="")
        kept = [pair for pair in request.query.split("&") if pair and not pair.startswith(("after=", "limit="))]
        return FollowUp(build(replace(request, query="&".join([*kept, f"after={after}", f"limit={PAGE}"])), target))

    return Codec(build=build, reader=None, read_reply=read_reply, raw=True, follow_up=next_page, gathers=True)


FILES = files_codec(build)
