"""OpenAI's Realtime API over a WebSocket: the upgrade at the provider's own address. The messages pass as they are.

Must not know what is said: openai_realtime_usage reads what it costs.
https://platform.openai.com/docs/guides/realtime-websocket; Alibaba's Qwen-Omni-Realtime speaks it at a path of its own
(https://help.aliyun.com/zh/model-studio/omni-realtime-websocket-access).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from addon.canon.codec import Codec
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.realtime import RealtimeRequest
from addon.dialects.openai_realtime_usage import UsageReader
from addon.dialects.openai_request import path


def build(request: RealtimeRequest, target: Target) -> Outbound:
    """The upgrade with the channel's key, which no browser's sub-protocol has to carry here."""
    query = urlencode([("model", target.model), *request.query])
    url = f"{target.base_url}{path(request.endpoint, target)}?{query}"
    return outbound(request, target, url, ("authorization", f"Bearer {target.key}"))


def outbound(request: RealtimeRequest, target: Target, url: str, secret: tuple[str, str]) -> Outbound:
    own = tuple((name.lower(), value) for name, value in target.quirks.headers)
    names = ", ".join(request.protocols)
    protocols = (("sec-websocket-protocol", names),) if names else ()
    return Outbound("GET", url, (*request.headers, *own, *protocols), secrets=(secret,), upgrade=True)


def read_reply(request: RealtimeRequest, target: Target, body: bytes) -> Iterable[Event]:
    """A server that answers with a document does not know WebSockets."""
    raise ValueError("no WebSocket was opened")


def realtime_codec(build: Callable[[RealtimeRequest, Target], Outbound]) -> Codec:
    return Codec(build=build, reader=UsageReader, read_reply=read_reply)


REALTIME = realtime_codec(build)
