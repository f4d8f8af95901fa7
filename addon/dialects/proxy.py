"""The raw proxy: any request to the channel's own address, any reply back, nothing translated.

The channel's key is sent as it is, so it may be `Bearer ..`, `Basic ..` or what else the server wants.
Must not know channels, nor who may use one.
"""

from __future__ import annotations

from collections.abc import Iterable

from addon.canon.codec import BadKey, Codec, Dialect
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.openai_fault import read_error


def build(request: RawRequest, target: Target) -> Outbound:
    """The client's request at the channel's address. Raises BadKey for a key that no header can hold."""
    if not target.base_url:
        raise CannotCarry("", "the channel has no base URL")
    if "\r" in target.key or "\n" in target.key:
        raise BadKey("The key is sent as the Authorization header as it is: it must be one line.")
    return Outbound(
        method=request.method,
        url=target.base_url + request.path + (f"?{request.query}" if request.query else ""),
        headers=request.headers,
        body=request.raw,
        secrets=(("authorization", target.key),) if target.key else (),
    )


def read_reply(request: RawRequest, target: Target, body: bytes) -> Iterable[Event]:
    """Nothing: a reply that passes as it is is not looked into."""
    return ()


DIALECT = Dialect(
    name="proxy",
    codecs={Endpoint.PROXY: Codec(build=build, reader=None, read_reply=read_reply, raw=True, verbatim=True)},
    read_error=read_error,
)
