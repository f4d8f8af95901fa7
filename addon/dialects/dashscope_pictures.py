"""Pictures of Alibaba's models: wanx, wan and others as tasks that are polled, qwen-image and the like at once.

Facts: help.aliyun.com/en/model-studio/text-to-image-v2-api-reference and /qwen-image-api. Three forms of request:

    PROMPT    text2image and image2image: a prompt, a task; its `results`
    WORDS     image-generation: messages, a task; its `choices`
    AT_ONCE   multimodal-generation: messages, the `choices` right away

The address of a picture is good for a day; its bytes are fetched where the client wants them (`b64_json`), as the last
requests of the attempt. Must not know chats.
"""

from __future__ import annotations

import base64
import enum
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.downloads import downloads
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.form import Upload
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, FormRequest, ImageRequest
from addon.dialects.dashscope_access import (
    CHANGED_PICTURES,
    MULTIMODAL,
    PICTURES,
    PICTURES_IN_WORDS,
    TASK,
    outbound,
    task,
)
from addon.dialects.dashscope_fault import fault_of
from addon.dialects.dashscope_sizes import size_for

Json = dict[str, Any]
Picture = tuple[str, str]
POLL_SECONDS = 2.0
SLOW_POLL_SECONDS = 5.0
QUICK_POLLS = 30
MOST_REPLIES = 120
"""Until then some eight minutes have gone by: DashScope says `several` at its busiest."""
WAITING = ("PENDING", "RUNNING", "SUSPENDED")
STORES = (".aliyuncs.com",)
"""Where pictures lie; from elsewhere nothing is fetched."""
OURS = "ali-"
"""One API's own beginning of the names of Stable Diffusion's models."""
SEED_MASK = 0x7FFFFFFF
SWITCHES = ("prompt_extend", "watermark", "ref_strength", "ref_mode", "thinking_mode", "enable_sequential")


class Form(enum.Enum):
    PROMPT = "prompt"
    WORDS = "words"
    AT_ONCE = "at once"


FORMS: tuple[tuple[re.Pattern[str], Form], ...] = (
    (re.compile(r"qwen-image|z-image|wan2\.[7-9]-image|wan[3-9]"), Form.AT_ONCE),
    (re.compile(r"wan2\.[6-9]"), Form.WORDS),
)
MOST: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"qwen-image-(?:2|edit-(?:plus|max))"), 6),
    (re.compile(r"qwen-image|z-image"), 1),
)
"""Models -> pictures per request; others make 4."""
MANY = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be drawn, as a document or a form asked for it. `images` and `mask` are URLs."""

    model: str
    prompt: str
    n: int
    size: str
    negative: str
    images: tuple[str, ...]
    mask: str
    body: Mapping[str, Any]


def drawing(request: ImageRequest | FormRequest, target: Target) -> Drawing:
    model = target.model.removeprefix(OURS)
    if isinstance(request, ImageRequest):
        mask = request.body.get("mask")
        return Drawing(
            model=model,
            prompt=request.prompt,
            n=request.n,
            size=request.size,
            negative=request.negative_prompt,
            images=request.images,
            mask=mask if isinstance(mask, str) else "",
            body=request.body,
        )
    files = [(upload.name == "mask", data_url(upload)) for upload in request.uploads]
    negative = request.body.get("negative_prompt")
    return Drawing(
        model=model,
        prompt=request.prompt,
        n=request.n,
        size=request.size,
        negative=negative if isinstance(negative, str) else "",
        images=tuple(url for is_mask, url in files if not is_mask),
        mask=next((url for is_mask, url in files if is_mask), ""),
        body={},
    )


def data_url(upload: Upload) -> str:
    return f"data:{upload.content_type or 'image/png'};base64,{base64.b64encode(upload.data).decode()}"


def form_of(model: str) -> Form:
    return next((form for names, form in FORMS if names.match(model)), Form.PROMPT)


def build(request: ImageRequest | FormRequest, target: Target) -> Outbound:
    wanted = drawing(request, target)
    model, form = wanted.model, form_of(wanted.model)
    most = next((number for names, number in MOST if names.match(model)), MANY)
    if wanted.n > most:
        raise CannotCarry("n", f"{model} makes at most {most} per request; lower n.")
    if wanted.mask and not is_old_editor(model):
        raise CannotCarry("mask", f"{model} takes no mask; say in the prompt what shall change.")
    parameters = {name: wanted.body[name] for name in SWITCHES if wanted.body.get(name) is not None}
    parameters |= dict(knobs(wanted))
    if form is Form.PROMPT:
        document = {"model": model, "input": dict(prompt_input(wanted)), "parameters": parameters}
        return outbound(target, CHANGED_PICTURES if is_editor(model) else PICTURES, document, TASK)
    content = [*({"image": url} for url in wanted.images), {"text": wanted.prompt}]
    if wanted.negative:
        parameters["negative_prompt"] = wanted.negative
    document = {"model": model, "input": {"messages": [{"role": "user", "content": content}]}, "parameters": parameters}
    if form is Form.WORDS:
        return outbound(target, PICTURES_IN_WORDS, document, TASK)
    return outbound(target, MULTIMODAL, document)


def knobs(wanted: Drawing) -> Iterator[tuple[str, Any]]:
    yield "n", wanted.n
    if size := size_for(wanted.size, wanted.model):
        yield "size", size
    seed, style = wanted.body.get("seed"), wanted.body.get("style")
    if isinstance(seed, int):
        yield "seed", seed & SEED_MASK
    if isinstance(style, str) and style.startswith("<"):
        # Its own styles; OpenAI's vivid and natural are none of them.
        yield "style", style


def is_old_editor(model: str) -> bool:
    return model.startswith("wanx") and "edit" in model


def is_editor(model: str) -> bool:
    """Whether the model changes pictures, and so is elsewhere."""
    return "edit" in model or "i2i" in model


def prompt_input(wanted: Drawing) -> Iterator[tuple[str, Any]]:
    """The old editor takes one picture, the newer ones a list; models that only paint take one to look at."""
    yield "prompt", wanted.prompt
    if wanted.negative:
        yield "negative_prompt", wanted.negative
    if wanted.images and is_old_editor(wanted.model):
        function = wanted.body.get("function")
        chosen = function if isinstance(function, str) else f"description_edit{'_with_mask' if wanted.mask else ''}"
        yield "function", chosen
        yield "base_image_url", wanted.images[0]
        if wanted.mask:
            yield "mask_image_url", wanted.mask
    elif wanted.images and is_editor(wanted.model):
        yield "images", list(wanted.images)
    elif wanted.images:
        yield "ref_img", wanted.images[0]


def follow_up(request: ImageRequest | FormRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """Asks for the task until it is done, then for the bytes of the pictures if the client wants bytes."""
    output = json.loads(body)["output"]
    if output.get("task_status") in WAITING:
        if count >= MOST_REPLIES:
            return None
        return FollowUp(task(target, output["task_id"]), POLL_SECONDS if count <= QUICK_POLLS else SLOW_POLL_SECONDS)
    if request.response_format != "b64_json":
        return None
    return downloads((url for url, _ in pictures(output)), target.base_url, STORES)


def read_reply(request: ImageRequest | FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of the last document; behind it are their files. Raises ValueError or KeyError for what is none."""
    replies: list[Json | str | None] = json.loads(body)
    documents = [reply for reply in replies if isinstance(reply, dict)]
    files = replies[len(documents) :]
    last = documents[-1]
    fault = failure(last)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(id=last.get("request_id") or "")
    made = pictures(last["output"])
    for index, (url, revised) in enumerate(made):
        data = files[index] if index < len(files) else None
        yield PictureMade(index, "" if data else url, data if isinstance(data, str) else "", revised)
    counted = (last.get("usage") or {}).get("image_count")
    yield UsageReported(Usage(images=counted if isinstance(counted, int) else len(made)))


def pictures(output: Mapping[str, Any]) -> list[Picture]:
    """(address, the prompt as it was used) of each picture; those that failed are left out."""
    results = output.get("results") or ()
    told = [(one["url"], one.get("actual_prompt") or "") for one in results if one.get("url")]
    parts = [part for choice in output.get("choices") or () for part in choice["message"]["content"]]
    return [*told, *((part["image"], "") for part in parts if part.get("image"))]


def failure(reply: Mapping[str, Any]) -> Fault | None:
    """Why there is no picture."""
    if "output" not in reply:
        return fault_of(reply)
    output = reply["output"]
    status = output.get("task_status", "SUCCEEDED")
    if status in WAITING:
        return Fault(FaultKind.SERVER_ERROR, 504, "DashScope did not finish the picture in time", code="task_timeout")
    if status != "SUCCEEDED":
        return fault_of({"message": f"the task ended as {status}", **output})
    if pictures(output):
        return None
    failed = next((one for one in output.get("results") or () if one.get("code")), None)
    return fault_of(failed or {"message": "the reply has no picture in it"})
