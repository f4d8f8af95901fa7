"""Pictures of Workers AI: one per call, as bytes, or as base64 in a document.

Several are asked for one by one. https://developers.cloudflare.com/workers-ai/models/ Composed by `cloudflare`.
Must not know conversations, nor addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.request import ImageRequest
from addon.dialects.openai_fault import fault_in

Json = dict[str, Any]
FLUX = "@cf/black-forest-labs/flux"
"""Models that take nothing but steps and a seed beside the prompt."""
FLUX_STEPS, OTHER_STEPS = 8, 20
LEAST, MOST = 256, 2048
PROMPT = 2048


def image_document(request: ImageRequest, model: str, number: int) -> Json:
    """The input for the picture `number`, from 0: with a seed of its own, where the client gave one."""
    body = request.body
    document: Json = {"prompt": request.prompt[:PROMPT]}
    if request.seed is not None:
        document["seed"] = request.seed + number
    steps = body.get("steps", body.get("num_inference_steps"))
    if model.startswith(FLUX):
        return document | ({"steps": min(steps, FLUX_STEPS)} if isinstance(steps, int) else {})
    if isinstance(steps, int):
        document["num_steps"] = min(steps, OTHER_STEPS)
    if request.negative_prompt:
        document["negative_prompt"] = request.negative_prompt
    if request.pixels is not None:
        document["width"], document["height"] = (min(max(side, LEAST), MOST) for side in request.pixels)
    if isinstance(body.get("guidance"), int | float):
        document["guidance"] = body["guidance"]
    return document


def wants_more(request: ImageRequest, body: bytes, count: int) -> bool:
    """Whether another picture is to be asked for; not after one that failed."""
    return count < request.n and not (body.lstrip().startswith(b"{") and json.loads(body).get("success") is False)


def read_images(body: bytes) -> Iterator[Event]:
    """The pictures of all calls. Raises KeyError or ValueError for what is none."""
    replies: list[str | Json] = json.loads(body)
    yield Started()
    for index, reply in enumerate(replies):
        fault = fault_in(reply) if isinstance(reply, dict) else None
        if fault is not None:
            yield Failed(fault)
            return
        data = reply["result"]["image"] if isinstance(reply, dict) else reply
        yield PictureMade(index, data=data)
    yield UsageReported(Usage(images=len(replies)))
