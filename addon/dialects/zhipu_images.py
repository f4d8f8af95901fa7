"""Zhipu's pictures (CogView, GLM-Image): one per request, and told as a URL.

Several are asked for one by one, and fetched where the client wants their bytes. https://docs.bigmodel.cn/api-reference
Must not know conversations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.dialogue import body_of
from addon.canon.downloads import downloads, wants_bytes, with_files
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ImageRequest
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_request import path

Json = dict[str, Any]
STEP = 16
LEAST, MOST = 512, 2048
QUALITIES = {"hd": "hd", "high": "hd", "standard": "standard", "low": "standard", "medium": "standard"}
USER_LENGTHS = range(6, 129)
STORES = (".bigmodel.cn", ".z.ai", ".chatglm.cn", ".ufileos.com")
"""Where pictures lie."""


def build(request: ImageRequest, target: Target) -> Outbound:
    document: Json = {"model": target.model, "prompt": request.prompt}
    if request.pixels is not None:
        document["size"] = "x".join(str(fitting(side)) for side in request.pixels)
    if request.quality in QUALITIES:
        document["quality"] = QUALITIES[request.quality]
    if len(request.user) in USER_LENGTHS:
        document["user_id"] = request.user
    if isinstance(request.body.get("watermark_enabled"), bool):
        document["watermark_enabled"] = request.body["watermark_enabled"]
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", "application/json"), ("accept", "application/json")),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def fitting(side: int) -> int:
    """The nearest side that is drawn: within the limits, in steps of 16 pixels."""
    return min(max(round(side / STEP) * STEP, LEAST), MOST)


def follow_up(request: ImageRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The next picture; behind the last one their files, if the client wants bytes. `body` has all replies so far."""
    documents = json.loads(body)
    urls = [item["url"] for document in documents for item in document["data"]]
    if urls and count < request.n:
        return FollowUp(build(request, target))
    return downloads(urls, target.base_url, STORES) if wants_bytes(request) else None


def read_reply(request: ImageRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of all replies, with the files behind them. Raises ValueError or KeyError for none."""
    replies = json.loads(body)
    documents = [reply for reply in replies if isinstance(reply, dict)]
    made: list[PictureMade] = []
    for document in documents:
        fault = fault_in(document)
        if fault is not None and not made:
            yield Failed(fault)
            return
        if fault is not None:
            break
        made += (PictureMade(len(made) + at, url=item["url"]) for at, item in enumerate(document["data"]))
    if not made:
        yield Failed(Fault(FaultKind.CONTENT_FILTER, 400, "Zhipu drew nothing: its filter refused the prompt"))
        return
    yield Started(created=documents[0].get("created"))
    yield from with_files(made, replies[len(documents) :], target.base_url, STORES)
    yield UsageReported(Usage(images=len(made)))
