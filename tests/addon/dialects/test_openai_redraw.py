"""Pictures that are to be changed, as providers take them that have no form for it: each by its row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.request import CannotCarry
from addon.face.decode import decode
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import document
from tests.addon.dialects.pictures import PNG, PNG_64, edit, picture

WEB = "https://files.example/cat.png"
DATA = f"data:image/png;base64,{PNG_64}"
TOGETHER, DOUBAO, SILICONFLOW, XAI, OPENROUTER, STEPFUN, QIANFAN = 39, 40, 44, 45, 20, 32, 47


def shown(*urls: str, **fields: Any) -> Any:
    return picture(Endpoint.IMAGE_EDITS, images=[{"image_url": url} for url in urls], **fields)


@pytest.mark.parametrize(
    ("row", "model", "path", "wanted"),
    [
        (TOGETHER, "black-forest-labs/FLUX.1-kontext-pro", "/v1/images/generations", {"image_url": WEB}),
        (TOGETHER, "black-forest-labs/FLUX.2-dev", "/v1/images/generations", {"reference_images": [WEB]}),
        (SILICONFLOW, "Qwen/Qwen-Image-Edit-2509", "/v1/images/generations", {"image": WEB}),
        (QIANFAN, "qwen-image-edit", "/v2/images/edits", {"image": WEB}),
        (XAI, "grok-imagine-image", "/v1/images/edits", {"image": {"url": WEB, "type": "image_url"}}),
        (DOUBAO, "doubao-seedream-4-0-250828", "/api/v3/images/generations", {"image": WEB, "watermark": False}),
        (
            OPENROUTER,
            "google/gemini-2.5-flash-image",
            "/v1/images",
            {"input_references": [{"type": "image_url", "image_url": {"url": WEB}}]},
        ),
    ],
)
def test_one_picture(row: int, model: str, path: str, wanted: dict[str, Any]) -> None:
    outbound = through_row(row, shown(WEB), model)
    assert outbound.url == PROVIDERS[row].base_url + path
    assert document(outbound) == {"model": model, "prompt": "a cat", **wanted}


@pytest.mark.parametrize(
    ("row", "model", "wanted"),
    [
        (TOGETHER, "black-forest-labs/FLUX.2-dev", {"reference_images": [DATA, DATA]}),
        (SILICONFLOW, "Qwen/Qwen-Image-Edit-2509", {"image": DATA, "image2": DATA}),
        (XAI, "grok-imagine-image", {"images": [{"url": DATA, "type": "image_url"}] * 2}),
        (DOUBAO, "doubao-seedream-4-0-250828", {"image": [DATA, DATA]}),
        (
            OPENROUTER,
            "google/gemini-2.5-flash-image",
            {"input_references": [{"type": "image_url", "image_url": {"url": DATA}}] * 2},
        ),
    ],
)
def test_the_files_of_a_form(row: int, model: str, wanted: dict[str, Any]) -> None:
    form = edit(("image[]", "image/png"), ("image[]", ""), prompt="a hat", n="1", quality="high")
    outbound = through_row(row, form, model)
    assert ("content-type", "application/json") in outbound.headers
    found = document(outbound)
    assert {name: found[name] for name in wanted} == wanted
    assert found["prompt"] == "a hat" and "image[]" not in found


def test_numbers_of_a_form_are_numbers() -> None:
    found = document(through_row(TOGETHER, edit(("image", ""), n="2", size="1024x768", steps="8"), "FLUX.2-dev"))
    assert (found["n"], found["width"], found["height"], found["steps"]) == (2, 1024, 768, 8)


def test_a_model_that_keeps_the_size_is_told_none() -> None:
    sized = shown(WEB, size="1024x1024")
    assert "image_size" not in document(through_row(SILICONFLOW, sized, "Qwen/Qwen-Image-Edit"))
    assert document(through_row(SILICONFLOW, sized, "Kwai-Kolors/Kolors"))["image_size"] == "1024x1024"


@pytest.mark.parametrize(
    ("row", "model", "most"),
    [
        (TOGETHER, "FLUX.1-kontext-max", 1),
        (SILICONFLOW, "Qwen/Qwen-Image-Edit-2509", 3),
        (XAI, "grok-imagine-image", 3),
    ],
)
def test_too_many_pictures_are_told(row: int, model: str, most: int) -> None:
    through_row(row, shown(*[WEB] * most), model)
    with pytest.raises(CannotCarry, match=f"{most} pictures at most"):
        through_row(row, shown(*[WEB] * (most + 1)), model)


@pytest.mark.parametrize("request_", [edit(("image", ""), ("mask", "")), shown(WEB, mask=WEB)])
def test_a_mask_is_refused(request_: Any) -> None:
    with pytest.raises(CannotCarry) as refused:
        through_row(XAI, request_, "grok-imagine-image")
    assert refused.value.param == "mask"


def test_a_document_becomes_a_form_where_only_forms_are_taken() -> None:
    request = shown(DATA, mask=DATA, seed=3, response_format="b64_json")
    outbound = through_row(STEPFUN, request, "step-image-edit-2")
    assert outbound.url == "https://api.stepfun.com/v1/images/edits"
    assert outbound.secrets == (("authorization", "Bearer fake-id.fake-secret"),)
    form: Any = decode(Endpoint.IMAGE_EDITS, dict(outbound.headers)["content-type"], outbound.body)
    assert form.body == {
        "model": "step-image-edit-2",
        "prompt": "a cat",
        "seed": "3",
        "response_format": "b64_json",
    }
    assert [(one.name, one.filename, one.content_type, one.data) for one in form.uploads] == [
        ("image", "image.png", "image/png", PNG),
        ("mask", "mask.png", "image/png", PNG),
    ]
    with pytest.raises(CannotCarry, match="data URL"):
        through_row(STEPFUN, shown(WEB), "step-image-edit-2")


def test_a_form_stays_one_where_forms_are_taken() -> None:
    form = edit(("image", "image/png"), quality="high", size="512x512")
    outbound = through_row(STEPFUN, form, "step-image-edit-2")
    sent: Any = decode(Endpoint.IMAGE_EDITS, dict(outbound.headers)["content-type"], outbound.body)
    assert sent.body == {"model": "step-image-edit-2", "prompt": "a dog", "size": "512x512"}
    assert sent.uploads == form.uploads


def test_openais_own_documents_pass() -> None:
    request = shown(WEB, mask={"image_url": WEB})
    sent = json.loads(through_row(1, request, "gpt-image-2").body)
    assert sent == {**request.body, "model": "gpt-image-2"}
