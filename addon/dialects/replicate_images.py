"""Pictures of Replicate's models: a prediction that is polled, then its files, where the client wants their bytes.

Must not know conversations. https://replicate.com/collections/text-to-image
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ImageRequest
from addon.dialects.openai_pictures import nearest_aspect
from addon.dialects.replicate_prediction import RUNNING, created, failure, poll, read_at

Json = dict[str, Any]
SIZED = ("recraft-ai/", "ideogram-ai/ideogram-v2a")
"""Models that take a size as OpenAI writes it."""
MEASURED = ("stability-ai/sdxl", "stability-ai/stable-diffusion:", "bytedance/sdxl-lightning")
"""Models that take width and height; the others take an aspect."""
UNUSUAL = {"2:1": "16:9", "1:2": "9:16"}
"""Aspects that few models draw -> the next one."""
CARRIED = ("guidance", "steps", "num_inference_steps", "style", "style_type", "safety_tolerance", "output_quality")


def build(request: ImageRequest, target: Target) -> Outbound:
    """Inputs are each model's own; what it does not know, it leaves alone."""
    wanted: Json = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt or None,
        "num_outputs": request.n if request.n > 1 else None,
        "output_format": request.output_format or "png",
        "seed": request.seed,
        **size(request, target.model),
        **{name: request.body[name] for name in CARRIED if name in request.body},
    }
    return created(target, {name: value for name, value in wanted.items() if value is not None}, streamed=False)


def size(request: ImageRequest, model: str) -> Json:
    if request.pixels is None:
        return {}
    width, height = request.pixels
    if model.startswith(SIZED):
        return {"size": f"{width}x{height}"}
    if model.startswith(MEASURED):
        return {"width": width, "height": height}
    aspect = nearest_aspect(width, height)
    return {"aspect_ratio": UNUSUAL.get(aspect, aspect)}


def follow_up(request: ImageRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """What has become of the prediction; then its files one by one.

    A file says nothing of where the others are: only the first one is fetched behind the prediction that names it.
    """
    prediction = json.loads(body)
    if prediction["status"] in RUNNING:
        return poll(target, prediction, count)
    addresses = pictures(prediction)
    if request.response_format != "b64_json" or len(addresses) != 1 or addresses[0].startswith("data:"):
        return None
    return FollowUp(read_at(addresses[0], target), binary=True)


def pictures(prediction: Json) -> list[str]:
    """The addresses of what was drawn."""
    output = prediction.get("output")
    return [str(one) for one in (output if isinstance(output, list) else [output]) if one]


def read_reply(request: ImageRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures: the last document is the prediction, a text behind it is a file."""
    replies: list[str | Json] = json.loads(body)
    prediction = next(reply for reply in reversed(replies) if isinstance(reply, dict))
    fault = failure(prediction)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started()
    addresses = pictures(prediction)
    last = replies[-1]
    for index, address in enumerate(addresses):
        yield picture(index, address, last if isinstance(last, str) else "")
    yield UsageReported(Usage(images=len(addresses)))


def picture(index: int, address: str, data: str) -> PictureMade:
    if address.startswith("data:"):
        return PictureMade(index, data=address.partition(",")[2])
    return PictureMade(index, data=data) if data else PictureMade(index, url=address)
