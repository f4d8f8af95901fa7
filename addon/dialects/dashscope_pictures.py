"""Pictures of Alibaba's models: wanx, wan and others as tasks that are polled, qwen-image and the like at once.

Facts: help.aliyun.com/en/model-studio/text-to-image-v2-api-reference and /qwen-image-api. Three forms of request:

    PROMPT    text2image and image2image: a prompt, a task; its `results`
    WORDS     image-generation: messages, a task; its `choices`
    AT_ONCE   multimodal-generation: messages, the `choices` right away

A model that makes fewer pictures per request than are wanted is asked again. The address of a picture is good for a
day; its bytes are fetched where the client wants them (`b64_json`). Must not know chats.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon import drawing
from addon.canon.codec import FollowUp
from addon.canon.downloads import downloads, wants_bytes, with_files
from addon.canon.drawing import Drawing, mask_url, picture_urls
from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry
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


def form_of(model: str) -> Form:
    return next((form for names, form in FORMS if names.match(model)), Form.PROMPT)


def most_at_once(target: Target) -> int:
    model = target.model.removeprefix(OURS)
    return next((number for names, number in MOST if names.match(model)), MANY)


def build(request: Drawing, target: Target, asked: int = 0) -> Outbound:
    """The request for as many pictures as have not been `asked` for yet, or as the model makes at once."""
    model, form = target.model.removeprefix(OURS), form_of(target.model.removeprefix(OURS))
    images, mask, fields = picture_urls(request), mask_url(request), drawing.fields(request)
    if mask and not is_old_editor(model):
        raise CannotCarry("mask", f"{model} takes no mask; say in the prompt what shall change.")
    negative = fields.get("negative_prompt")
    parameters = {name: fields[name] for name in SWITCHES if fields.get(name) is not None}
    parameters |= {"n": min(request.n - asked, most_at_once(target)), **dict(knobs(request.size, fields, model))}
    if form is Form.PROMPT:
        wanted = {"prompt": request.prompt, **({"negative_prompt": negative} if negative else {})}
        wanted |= dict(pictures_input(model, images, mask, fields))
        document = {"model": model, "input": wanted, "parameters": parameters}
        return outbound(target, CHANGED_PICTURES if is_editor(model) else PICTURES, document, TASK)
    content = [*({"image": url} for url in images), {"text": request.prompt}]
    if negative:
        parameters["negative_prompt"] = negative
    document = {"model": model, "input": {"messages": [{"role": "user", "content": content}]}, "parameters": parameters}
    if form is Form.WORDS:
        return outbound(target, PICTURES_IN_WORDS, document, TASK)
    return outbound(target, MULTIMODAL, document)


def knobs(asked: str, fields: Mapping[str, Any], model: str) -> Iterator[tuple[str, Any]]:
    if size := size_for(asked, model):
        yield "size", size
    seed, style = fields.get("seed"), fields.get("style")
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


def pictures_input(
    model: str, images: tuple[str, ...], mask: str, fields: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The old editor takes one picture, the newer ones a list; models that only paint take one to look at."""
    if images and is_old_editor(model):
        function = fields.get("function")
        chosen = function if isinstance(function, str) else f"description_edit{'_with_mask' if mask else ''}"
        yield "function", chosen
        yield "base_image_url", images[0]
        if mask:
            yield "mask_image_url", mask
    elif images and is_editor(model):
        yield "images", list(images)
    elif images:
        yield "ref_img", images[0]


def follow_up(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    """Asks for the task until it is done, for the pictures that are still missing, and at last for the bytes, if the
    client wants bytes. `body` has all replies so far."""
    replies = json.loads(body)
    output = replies[-1]["output"]
    if output.get("task_status") in WAITING:
        if count >= MOST_REPLIES:
            return None
        return FollowUp(task(target, output["task_id"]), POLL_SECONDS if count <= QUICK_POLLS else SLOW_POLL_SECONDS)
    asked = most_at_once(target) * sum(reply["output"].get("task_status") not in WAITING for reply in replies)
    if pictures(output) and asked < request.n:
        return FollowUp(build(request, target, asked))
    made = [picture for reply in replies for picture in pictures(reply["output"])]
    return downloads((url for url, _ in made), target.base_url, STORES) if wants_bytes(request) else None


def read_reply(request: Drawing, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of all documents; behind these are their files. Raises ValueError or KeyError for what is none."""
    replies: list[Json | str | None] = json.loads(body)
    documents = [reply for reply in replies if isinstance(reply, dict)]
    made = [picture for document in documents for picture in pictures(document.get("output") or {})]
    fault = failure(documents[-1])
    if fault is not None and not made:
        yield Failed(fault)
        return
    yield Started(id=documents[0].get("request_id") or "")
    told = (PictureMade(index, url, "", revised) for index, (url, revised) in enumerate(made))
    yield from with_files(told, replies[len(documents) :], target.base_url, STORES)
    yield UsageReported(Usage(images=len(made)))


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
