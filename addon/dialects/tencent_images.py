"""Pictures of Tencent Cloud's Hunyuan (TextToImageLite): one per request, as a URL or as bytes.

Several are asked for one by one. https://cloud.tencent.com/document/product/1729/108738. Must not know conversations
nor signatures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.request import ImageRequest
from addon.dialects.tencent_fault import fault_in

Json = dict[str, Any]
ACTION = "TextToImageLite"
SIZES = (
    (768, 768),
    (768, 1024),
    (1024, 768),
    (1024, 1024),
    (720, 1280),
    (1280, 720),
    (768, 1280),
    (1280, 768),
    (1080, 1920),
    (1920, 1080),
)
PROMPT = 256
"""Characters that a prompt may have."""


def image_document(request: ImageRequest) -> Json:
    """The body of one request; without a mark of its maker, as OpenAI's pictures have none."""
    document: Json = {
        "Prompt": request.prompt[:PROMPT],
        "RspImgType": "base64" if request.response_format == "b64_json" else "url",
        "LogoAdd": 0,
    }
    if request.negative_prompt:
        document["NegativePrompt"] = request.negative_prompt[:PROMPT]
    if request.pixels is not None:
        document["Resolution"] = "{}:{}".format(*nearest(*request.pixels))
    if isinstance(request.body.get("style"), str) and request.style.isdigit():
        document["Style"] = request.style
    return document


def nearest(width: int, height: int) -> tuple[int, int]:
    """The size that is nearest in its aspect, then in its area."""

    def off(size: tuple[int, int]) -> tuple[float, int]:
        aspect = width * size[1] / max(height * size[0], 1)
        return round(max(aspect, 1 / max(aspect, 1e-9)), 2), abs(size[0] * size[1] - width * height)

    return min(SIZES, key=off)


def wants_more(request: ImageRequest, body: bytes, count: int) -> bool:
    """Whether another picture is to be asked for; not after one that failed."""
    return count < request.n and fault_in(json.loads(body)) is None


def read_images(body: bytes) -> Iterator[Event]:
    """The pictures of all replies, as far as there are some. Raises KeyError or ValueError for what is none."""
    made: list[PictureMade] = []
    for reply in json.loads(body):
        fault = fault_in(reply)
        if fault is not None and not made:
            yield Failed(fault)
            return
        if fault is None:
            told = str(reply["Response"]["ResultImage"])
            web = told.startswith(("http://", "https://"))
            made.append(PictureMade(len(made), url=told if web else "", data="" if web else told))
    yield Started()
    yield from made
    yield UsageReported(Usage(images=len(made)))
