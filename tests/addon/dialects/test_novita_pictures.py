"""Pictures of Novita, written from its pages: documents by model, tasks, files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Event, Failed, PictureMade, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.novita import DIALECT
from addon.dialects.novita_pictures import MOST_REPLIES
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import document
from tests.addon.dialects.pictures import PNG_64, edit, picture

CODEC = DIALECT.codecs[Endpoint.IMAGES]
WEB = "https://files.example/cat.png"
DATA = f"data:image/png;base64,{PNG_64}"
STORE = "https://faas-output-image.s3.ap-southeast-1.amazonaws.com"


def target() -> Target:
    return row_target(41, "qwen-image-txt2img", key="sk_fake")


def shown(*urls: str) -> Any:
    return picture(Endpoint.IMAGE_EDITS, images=[{"image_url": url} for url in urls])


@pytest.mark.parametrize(
    ("model", "request_", "path", "wanted"),
    [
        (
            "seedream-4.5",
            picture(size="2048x2048", n=3, seed=5),
            "seedream-4.5",
            {"size": "2048x2048", "seed": 5, "watermark": False}
            | {"sequential_image_generation": "auto", "max_images": 3},
        ),
        ("seedream-4.0", shown(WEB, WEB), "seedream-4.0", {"watermark": False, "images": [WEB, WEB]}),
        ("qwen-image-txt2img", picture(size="1792x1024"), "async/qwen-image-txt2img", {"size": "1536*1024"}),
        ("Qwen/Qwen-Image", picture(size="auto"), "async/qwen-image-txt2img", {}),
        ("z-image-turbo", picture(seed=3), "async/z-image-turbo", {"seed": 3}),
        ("qwen-image-edit", shown(DATA), "async/qwen-image-edit", {"image": DATA}),
    ],
)
def test_each_model_has_its_own_address_and_document(model: str, request_: Any, path: str, wanted: Any) -> None:
    outbound = through_row(41, request_, model, key="sk_fake")
    assert outbound.url == f"https://api.novita.ai/v3/{path}"
    assert document(outbound) == {"prompt": "a cat", **wanted}
    assert outbound.secrets == (("authorization", "Bearer sk_fake"),)


def test_any_other_name_is_a_checkpoint() -> None:
    request = picture(n=9, negative_prompt="dogs", steps=30)
    outbound = through_row(41, request, "sd_xl_base_1.0.safetensors", key="sk_fake")
    assert outbound.url == "https://api.novita.ai/v3/async/txt2img"
    assert document(outbound) == {
        "extra": {"response_image_type": "png"},
        "request": {
            "model_name": "sd_xl_base_1.0.safetensors",
            "prompt": "a cat",
            "negative_prompt": "dogs",
            "width": 1024,
            "height": 1024,
            "image_num": 8,
            "steps": 30,
            "guidance_scale": 7.5,
            "sampler_name": "Euler a",
            "seed": -1,
        },
    }


@pytest.mark.parametrize(
    ("model", "request_", "param"),
    [
        ("z-image-turbo", shown(WEB), "image"),
        ("qwen-image-edit", shown(WEB, WEB), "image"),
        ("qwen-image-edit", picture(), "image"),
        ("seedream-4.5", edit(("image", ""), ("mask", "")), "mask"),
    ],
)
def test_what_a_model_does_not_take_is_told(model: str, request_: Any, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        through_row(41, request_, model)
    assert refused.value.param == param


def task(status: str, *urls: str, reason: str = "") -> dict[str, Any]:
    told = {"task": {"task_id": "t/1", "status": status, "reason": reason}}
    return {**told, "images": [{"image_url": url, "image_type": "png"} for url in urls]}


def steps(document: Any, count: int = 1, **asked: Any) -> list[Any]:
    assert CODEC.follow_up is not None and CODEC.gathers
    again, found = CODEC.follow_up(picture(**asked), target(), json.dumps(document).encode(), count), []
    while again is not None:
        found.append((again.outbound.url, bool(again.outbound.secrets), again.delay))
        again = again.then
    return found


def test_a_task_is_asked_after_until_it_is_done() -> None:
    address = "https://api.novita.ai/v3/async/task-result?task_id=t%2F1"
    assert steps({"task_id": "t/1"}) == [(address, True, 2.0)]
    for status in ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING"):
        assert steps(task(status)) == [(address, True, 2.0)]
        assert steps(task(status), MOST_REPLIES) == []
    assert steps(task("TASK_STATUS_FAILED")) == steps(task("TASK_STATUS_SUCCEED", f"{STORE}/1.png")) == []
    assert steps({"code": 401, "message": "no"}) == []


def test_bytes_are_fetched_where_they_are_wanted() -> None:
    urls = [f"{STORE}/1.png", "https://elsewhere.example/2.png"]
    assert steps({"images": urls}, response_format="b64_json") == [(urls[0], False, 0)]
    assert steps(task("TASK_STATUS_SUCCEED", *urls), 3, response_format="b64_json") == [(urls[0], False, 0)]


def read(*replies: Any) -> list[Event]:
    return list(CODEC.read_reply(picture(), target(), json.dumps(replies).encode()))


def test_pictures_come_out() -> None:
    urls = [f"{STORE}/1.png", "https://elsewhere.example/2.png"]
    assert read({"task_id": "t"}, task("TASK_STATUS_SUCCEED", *urls), "AAAA")[1:] == [
        PictureMade(0, data="AAAA"),
        PictureMade(1, url=urls[1]),
        UsageReported(Usage(images=2)),
    ]


@pytest.mark.parametrize(
    ("last", "kind", "message"),
    [
        (task("TASK_STATUS_FAILED", reason="NSFW content"), FaultKind.CONTENT_FILTER, "NSFW content"),
        (task("TASK_STATUS_FAILED", reason="out of memory"), FaultKind.SERVER_ERROR, "out of memory"),
        (task("TASK_STATUS_FAILED"), FaultKind.SERVER_ERROR, "the task ended as TASK_STATUS_FAILED"),
        (task("TASK_STATUS_SUCCEED"), FaultKind.CONTENT_FILTER, "Novita drew nothing: its filter refused the prompt"),
        (task("TASK_STATUS_QUEUED"), FaultKind.SERVER_ERROR, "Novita did not finish the picture in time"),
        ({"code": 401, "reason": "INVALID", "message": "no such key"}, FaultKind.BAD_KEY, "no such key"),
    ],
)
def test_a_task_that_made_nothing_is_a_fault(last: Any, kind: FaultKind, message: str) -> None:
    [failed] = read({"task_id": "t"}, last)
    assert isinstance(failed, Failed)
    assert (failed.fault.kind, failed.fault.message) == (kind, message)


def test_garbage_is_told() -> None:
    with pytest.raises(KeyError):
        read({"something": 1})
