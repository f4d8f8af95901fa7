"""Pictures of Workers AI: one per call, as bytes, or as base64 in a document.

Several are asked for one by one. https://developers.cloudflare.com/workers-ai/models/ Composed by `cloudflare`.
Must not know conversations, nor addresses.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.drawing import Drawing, Original, fields, mask_of, no_mask, picture_urls, pixels, the_bytes
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.form import closed, field_part, file_part
from addon.canon.masks import Unmasked, painted
from addon.canon.request import CannotCarry
from addon.dialects.openai_fault import fault_in

Json = dict[str, Any]
PROVIDER = "Workers AI"
FLUX_2 = "@cf/black-forest-labs/flux-2"
MOST_SHOWN = 4
FLUX = "@cf/black-forest-labs/flux"
"""Models that take nothing but steps and a seed beside the prompt."""
FLUX_STEPS, OTHER_STEPS = 8, 20
LEAST, MOST = 256, 2048
PROMPT = 2048


def asked(request: Drawing, model: str, number: int) -> tuple[str, bytes]:
    """(content type, body) of the request for the picture `number`, from 0. Raises CannotCarry for pictures to change
    that the model does not take."""
    images, mask = originals_of(request), mask_of(request, PROVIDER)
    if model.startswith(FLUX_2):
        if mask is not None:
            raise no_mask(model)
        return flux_form(request, images, number)
    document = image_document(request, model, number)
    if images or mask is not None:
        document |= changed(request, model, images, mask)
    return "application/json", body_of(document)


def originals_of(request: Drawing) -> list[Original]:
    return [the_bytes(url, f"images[{at}]", PROVIDER) for at, url in enumerate(picture_urls(request))]


def changed(request: Drawing, model: str, images: list[Original], mask: Original | None) -> Json:
    """Stable Diffusion begins with one picture; white is what its mask lets change."""
    if "diffusion" not in model or len(images) != 1:
        raise CannotCarry("image", f"{model} does not change {'this many pictures' if images else 'pictures'}.")
    document: Json = {"image_b64": images[0].data}
    if mask is not None:
        try:
            document["mask"] = list(painted(base64.b64decode(mask.data), clear=255, solid=0))
        except Unmasked as reason:
            raise CannotCarry("mask", f"{reason}.") from None
    strength = fields(request).get("strength")
    return document | ({"strength": strength} if isinstance(strength, int | float) else {})


def flux_form(request: Drawing, images: list[Original], number: int) -> tuple[str, bytes]:
    """The second generation of Flux takes a form, with up to four pictures to look at."""
    if len(images) > MOST_SHOWN:
        raise CannotCarry("image", f"Flux 2 looks at {MOST_SHOWN} pictures at most; send fewer.")
    told, size = fields(request), pixels(request)
    wanted: Json = {"prompt": request.prompt, **seeded(told, number)}
    if size is not None:
        wanted["width"], wanted["height"] = within(size)
    wanted |= {name: told[name] for name in ("steps", "guidance") if isinstance(told.get(name), int | float)}
    boundary = hashlib.sha256(request.raw).hexdigest()[:40].encode()
    parts = [field_part(boundary, name, str(value)) for name, value in wanted.items()]
    for at, one in enumerate(images):
        name = f"input_image_{at}"
        parts.append(file_part(boundary, name, name, one.media_type, base64.b64decode(one.data)))
    return closed(boundary, *parts)


def image_document(request: Drawing, model: str, number: int) -> Json:
    """The input for the picture `number`, from 0: with a seed of its own, where the client gave one."""
    told, size = fields(request), pixels(request)
    document: Json = {"prompt": request.prompt[:PROMPT], **seeded(told, number)}
    steps = told.get("steps", told.get("num_inference_steps"))
    if model.startswith(FLUX):
        return document | ({"steps": min(steps, FLUX_STEPS)} if isinstance(steps, int) else {})
    if isinstance(steps, int):
        document["num_steps"] = min(steps, OTHER_STEPS)
    if told.get("negative_prompt"):
        document["negative_prompt"] = told["negative_prompt"]
    if size is not None:
        document["width"], document["height"] = within(size)
    if isinstance(told.get("guidance"), int | float):
        document["guidance"] = told["guidance"]
    return document


def seeded(told: Mapping[str, Any], number: int) -> Json:
    seed = told.get("seed")
    return {"seed": seed + number} if isinstance(seed, int) else {}


def within(size: tuple[int, int]) -> tuple[int, int]:
    width, height = (min(max(side, LEAST), MOST) for side in size)
    return width, height


def wants_more(request: Drawing, body: bytes, count: int) -> bool:
    """Whether another picture is to be asked for; not after one that failed."""
    return count < request.n and not (body.lstrip().startswith(b"{") and json.loads(body).get("success") is False)


def read_images(body: bytes) -> Iterator[Event]:
    """The pictures of all calls, as far as there are some. Raises KeyError or ValueError for what is none."""
    made: list[PictureMade] = []
    replies: list[str | Json] = json.loads(body)
    for reply in replies:
        fault = fault_in(reply) if isinstance(reply, dict) else None
        if fault is not None and not made:
            yield Failed(fault)
            return
        if fault is None:
            made.append(PictureMade(len(made), data=reply["result"]["image"] if isinstance(reply, dict) else reply))
    yield Started()
    yield from made
    yield UsageReported(Usage(images=len(made)))
