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
from addon.canon.downloads import downloads
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
    """The bytes of the picture that was just made, if the client wants them, and the next picture."""
    [made] = json.loads(body)["data"]
    wants_bytes = request.response_format == "b64_json"
    number = (count + 1) // 2 if wants_bytes else count
    following = FollowUp(build(request, target)) if number < request.n else None
    return downloads([made["url"]], target.base_url, STORES, following) if wants_bytes else following


def read_reply(request: ImageRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of all replies; texts among them are the bytes of the picture before. Raises ValueError for none."""
    found: list[PictureMade] = []
    for reply in json.loads(body):
        if isinstance(reply, str):
            found[-1] = PictureMade(found[-1].index, data=reply)
        if not isinstance(reply, dict):
            continue
        fault = fault_in(reply)
        if fault is not None:
            yield Failed(fault)
            return
        if not found:
            yield Started(created=reply.get("created"))
        found += (PictureMade(len(found) + at, url=item["url"]) for at, item in enumerate(reply["data"]))
    if not found:
        yield Failed(Fault(FaultKind.CONTENT_FILTER, 400, "Zhipu drew nothing: its filter refused the prompt"))
        return
    yield from found
    yield UsageReported(Usage(images=len(found)))
