"""OpenAI's files, batches and fine-tuning jobs: requests pass as they are, at the provider's own address.

Must not know whose an object is.
"""

from __future__ import annotations

from collections.abc import Iterable

from addon.canon.codec import Codec
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.dialects.openai_request import path


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


FILES = Codec(build=build, reader=None, read_reply=read_reply, raw=True)
