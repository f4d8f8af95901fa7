"""Pictures of Replicate's models: predictions that are polled, then their files, where the client wants their bytes.

What a picture that is to be changed is called, and how many a prediction draws, is each model's own. Must not know
conversations. https://replicate.com/collections/text-to-image, /image-editing
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.downloads import downloads, wants_bytes, with_files
from addon.canon.drawing import Drawing, fields, mask_url, no_mask, picture_urls, pixels
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry
from addon.dialects.openai_pictures import nearest_aspect
from addon.dialects.replicate_prediction import RUNNING, created, failure, poll

Json = dict[str, Any]
SIZED = ("recraft-ai/", "ideogram-ai/ideogram-v2a")
"""Models that take a size as OpenAI writes it."""
MEASURED = ("stability-ai/sdxl", "stability-ai/stable-diffusion:", "bytedance/sdxl-lightning")
"""Models that take width and height; the others take an aspect."""
UNUSUAL = {"2:1": "16:9", "1:2": "9:16"}
"""Aspects that few models draw -> the next one."""
CARRIED = (
    *("guidance", "steps", "num_inference_steps", "style", "style_type", "safety_tolerance", "output_quality"),
    *("prompt_strength", "resolution", "quality"),
)
SEVERAL: tuple[tuple[str, str, int], ...] = (
    ("black-forest-labs/flux-schnell", "num_outputs", 4),
    ("black-forest-labs/flux-dev", "num_outputs", 4),
    ("stability-ai/sdxl", "num_outputs", 4),
    ("stability-ai/stable-diffusion:", "num_outputs", 4),
    ("bytedance/sdxl-lightning", "num_outputs", 4),
    ("openai/gpt-image", "number_of_images", 10),
)
"""Models that draw several pictures per prediction: their field for it, and how many; of the others each takes one."""
SHOWN: tuple[tuple[str, str, int], ...] = (
    ("black-forest-labs/flux-kontext", "input_image", 1),
    ("black-forest-labs/flux-2", "input_images", 8),
    ("black-forest-labs/flux-1.1", "image_prompt", 1),
    ("google/", "image_input", 14),
    ("bytedance/seedream", "image_input", 14),
    ("openai/gpt-image", "input_images", 10),
    ("qwen/qwen-image-edit-plus", "image", 3),
)
"""Models -> their field for pictures to start from, and how many it takes; the others have `image`, for one."""
LISTS = ("input_images", "image_input")
MASKED = ("black-forest-labs/flux-fill", "ideogram-ai/", "stability-ai/", "stability-ai/sdxl")
STORES = (".replicate.delivery",)
"""Where pictures lie."""


def at_once(model: str) -> tuple[str, int]:
    """The field for the number of pictures, "" if there is none, and how many a prediction draws."""
    return next(((field, most) for start, field, most in SEVERAL if model.startswith(start)), ("", 1))


def build(request: Drawing, target: Target, asked: int = 0) -> Outbound:
    """Inputs are each model's own; what it does not know, it leaves alone. `asked`: pictures that earlier predictions
    have drawn."""
    told = fields(request)
    field, most = at_once(target.model)
    number = min(request.n - asked, most)
    wanted: Json = {
        "prompt": request.prompt,
        "negative_prompt": told.get("negative_prompt") or None,
        **({field: number} if field and number > 1 else {}),
        "output_format": told.get("output_format") or "png",
        "seed": varied(told.get("seed"), asked),
        **size(request, target.model),
        **shown(request, target.model),
        **{name: told[name] for name in CARRIED if name in told},
    }
    return created(target, {name: value for name, value in wanted.items() if value is not None}, streamed=False)


def varied(seed: Any, asked: int) -> int | None:
    """A further prediction with the same seed would draw the same picture."""
    return seed + asked if isinstance(seed, int) and not isinstance(seed, bool) else None


def size(request: Drawing, model: str) -> Json:
    measured = pixels(request)
    if measured is None:
        return {}
    width, height = measured
    if model.startswith(SIZED):
        return {"size": f"{width}x{height}"}
    if model.startswith(MEASURED):
        return {"width": width, "height": height}
    aspect = nearest_aspect(width, height)
    return {"aspect_ratio": UNUSUAL.get(aspect, aspect)}


def shown(request: Drawing, model: str) -> Json:
    """The pictures to start from. Raises CannotCarry for more of them than the model takes, or a mask it does not."""
    images, mask = picture_urls(request), mask_url(request)
    if mask and not model.startswith(MASKED):
        raise no_mask(model)
    if not images:
        return {}
    field, most = next(((field, most) for start, field, most in SHOWN if model.startswith(start)), ("image", 1))
    if len(images) > most:
        raise CannotCarry("image", f"{model} changes {most} pictures at most; send fewer.")
    several = field in LISTS or most > 1
    return {field: list(images) if several else images[0], **({"mask": mask} if mask else {})}


def follow_up(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    """What has become of the prediction; the next one, where a prediction draws fewer than are wanted; then the files
    of all. `body` has all replies so far."""
    predictions = json.loads(body)
    last = predictions[-1]
    if last["status"] in RUNNING:
        return poll(target, last, count)
    asked = at_once(target.model)[1] * sum(one["status"] not in RUNNING for one in predictions)
    if failure(last) is None and asked < request.n:
        return FollowUp(build(request, target, asked))
    urls = [url for one in predictions for url in pictures(one)]
    return downloads(urls, target.base_url, STORES) if wants_bytes(request) else None


def pictures(prediction: Json) -> list[str]:
    """The addresses of what was drawn; none while it is not done."""
    if failure(prediction) is not None:
        return []
    output = prediction.get("output")
    return [str(one) for one in (output if isinstance(output, list) else [output]) if one]


def read_reply(request: Drawing, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of all predictions; behind these are their files."""
    replies: list[str | Json | None] = json.loads(body)
    predictions = [reply for reply in replies if isinstance(reply, dict)]
    urls = [url for one in predictions for url in pictures(one)]
    fault = failure(predictions[-1])
    if fault is not None and not urls:
        yield Failed(fault)
        return
    yield Started()
    made = (PictureMade(index, url) for index, url in enumerate(urls))
    yield from with_files(made, replies[len(predictions) :], target.base_url, STORES)
    yield UsageReported(Usage(images=len(urls)))
