"""Pictures of Novita: each model at an address of its own, at once (Seedream) or as a task that is asked after.

https://novita.ai/docs/api-reference: model-apis-seedream-4-0, -qwen-image-txt2img, -qwen-image-edit, -z-image-turbo,
-txt2img (any other name is a checkpoint of Stable Diffusion), -task-result. Must not know texts nor sound.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from addon.canon.codec import Codec, FollowUp
from addon.canon.dialogue import body_of
from addon.canon.downloads import downloads, wants_bytes, with_files
from addon.canon.drawing import Drawing, fields, mask_url, no_mask, picture_urls, pixels
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry
from addon.dialects.openai_fault import fault_in

Json = dict[str, Any]
SEEDREAM = "seedream-"
QWEN, QWEN_EDIT = "qwen-image-txt2img", "qwen-image-edit"
NAMES = {"qwen-image": QWEN, "qwen/qwen-image": QWEN, "qwen/qwen-image-edit": QWEN_EDIT}
ALONE = (QWEN, QWEN_EDIT, "z-image-turbo")
"""Tasks that draw one picture."""
SIDES = (256, 1536)
"""Of those. Checkpoints draw from 128 to 2048."""
CHECKPOINT_SIDES = (128, 2048)
MOST_SEEDREAM, MOST_CHECKPOINT = 15, 8
POLL_SECONDS = 2.0
MOST_REPLIES = 200
DONE = "TASK_STATUS_SUCCEED"
WAITING = ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING", "TASK_STATUS_UNKNOWN", "")
FILTERED = ("nsfw", "sensitive", "moderation", "prohibited")
STORES = (".novita.ai", ".amazonaws.com", ".tos-ap-southeast-1.bytepluses.com", ".volces.com", ".bytepluses.com")
"""Where pictures lie: Novita's own, and those of the clouds that draw for it."""


def build(request: Drawing, target: Target, root: str) -> Outbound:
    """`root` is the address without the surface of texts."""
    model = NAMES.get(target.model.lower(), target.model)
    if mask_url(request):
        raise no_mask("Novita")
    path, document = place(request, model)
    return Outbound(
        method="POST",
        url=f"{root}/v3/{path}",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def place(request: Drawing, model: str) -> tuple[str, Json]:
    """The path of a model, and its document. Raises CannotCarry for pictures that the model does not take."""
    told, images = fields(request), picture_urls(request)
    if model.startswith(SEEDREAM):
        return model, seedream(request, told, images)
    if images and model != QWEN_EDIT:
        raise CannotCarry("image", f"{model} draws new pictures only; use seedream-4.5 or {QWEN_EDIT} to change one.")
    if model not in ALONE:
        return "async/txt2img", checkpoint(request, told, model)
    document: Json = {"prompt": request.prompt, **seeded(told)}
    if model == QWEN_EDIT:
        if len(images) != 1:
            raise CannotCarry("image", f"{model} changes one picture; send one.")
        return f"async/{model}", document | {"image": images[0]}
    size = pixels(request)
    return f"async/{model}", document | ({"size": "{}*{}".format(*within(size, SIDES))} if size is not None else {})


def seedream(request: Drawing, told: Mapping[str, Any], images: tuple[str, ...]) -> Json:
    document: Json = {"prompt": request.prompt, "watermark": bool(told.get("watermark")), **seeded(told)}
    if request.size and request.size != "auto":
        document["size"] = request.size
    if images:
        document["images"] = list(images)
    if request.n > 1:
        document |= {"sequential_image_generation": "auto", "max_images": min(request.n, MOST_SEEDREAM)}
    return document


def checkpoint(request: Drawing, told: Mapping[str, Any], model: str) -> Json:
    width, height = within(pixels(request) or (1024, 1024), CHECKPOINT_SIDES)
    wanted: Json = {
        "model_name": model,
        "prompt": request.prompt[:1024],
        "width": width,
        "height": height,
        "image_num": min(request.n, MOST_CHECKPOINT),
        "steps": told.get("steps", 25),
        "guidance_scale": told.get("guidance_scale", 7.5),
        "sampler_name": told.get("sampler_name", "Euler a"),
        "seed": -1,
        **seeded(told),
    }
    if told.get("negative_prompt"):
        wanted["negative_prompt"] = str(told["negative_prompt"])[:1024]
    return {"extra": {"response_image_type": "png"}, "request": wanted}


def seeded(told: Mapping[str, Any]) -> Json:
    return {"seed": told["seed"]} if isinstance(told.get("seed"), int) else {}


def within(size: tuple[int, int], sides: tuple[int, int]) -> tuple[int, int]:
    least, most = sides
    return min(max(size[0], least), most), min(max(size[1], least), most)


def follow_up(request: Drawing, target: Target, body: bytes, count: int, root: str) -> FollowUp | None:
    """What has become of the task; then the files, where the client wants bytes."""
    document = json.loads(body)
    made = addresses(document)
    if made:
        return downloads(made, target.base_url, STORES) if wants_bytes(request) else None
    task = document.get("task") or {}
    name = document.get("task_id") or task.get("task_id")
    if not name or task.get("status", "") not in WAITING or count >= MOST_REPLIES:
        return None
    url = f"{root}/v3/async/task-result?task_id={quote(str(name), safe='')}"
    asked = Outbound("GET", url, secrets=(("authorization", f"Bearer {target.key}"),))
    return FollowUp(asked, delay=POLL_SECONDS)


def addresses(document: Json) -> list[str]:
    """The pictures of a reply, in either of their forms."""
    told = (one.get("image_url") if isinstance(one, dict) else one for one in document.get("images") or ())
    return [str(one) for one in told if one]


def read_reply(request: Drawing, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of the last document; behind it are their files."""
    replies: list[Any] = json.loads(body)
    documents = [reply for reply in replies if isinstance(reply, dict)]
    made = addresses(documents[-1])
    if not made:
        yield Failed(failure(documents[-1]))
        return
    yield Started()
    told = (PictureMade(index, url) for index, url in enumerate(made))
    yield from with_files(told, replies[len(documents) :], target.base_url, STORES)
    yield UsageReported(Usage(images=len(made)))


def failure(document: Json) -> Fault:
    """Why there is no picture."""
    fault = fault_in(document)
    if fault is not None:
        return fault
    task = document["task"]
    status, reason = str(task.get("status") or ""), str(task.get("reason") or "")
    if status in WAITING:
        return Fault(FaultKind.SERVER_ERROR, 504, "Novita did not finish the picture in time", code="task_timeout")
    if status == DONE or any(word in reason.lower() for word in FILTERED):
        message = reason or "Novita drew nothing: its filter refused the prompt"
        return Fault(FaultKind.CONTENT_FILTER, 400, message, "invalid_request_error", "content_policy_violation")
    return Fault(FaultKind.SERVER_ERROR, 502, reason or f"the task ended as {status}", code="upstream_error")


def codec(root_of: Callable[[Target], str]) -> Codec:
    """`root_of` tells the address below which all of Novita's paths are, of a target."""
    return Codec(
        build=lambda request, target: build(request, target, root_of(target)),
        reader=None,
        read_reply=read_reply,
        follow_up=lambda request, target, body, count: follow_up(request, target, body, count, root_of(target)),
        gathers=True,
    )
