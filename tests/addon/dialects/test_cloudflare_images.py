"""Pictures of Workers AI. One reply was written from Cloudflare's page; the others are a file and nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.request import CannotCarry, Endpoint, ImageRequest
from addon.dialects.cloudflare_images import asked, image_document, read_images, wants_more
from addon.face.decode import decode
from addon.wire.multipart import boundary_of, parse
from tests.addon.canon.test_masks import greys, png
from tests.addon.dialects.native import PIXEL
from tests.addon.dialects.pictures import PNG, PNG_64, edit, picture
from tests.recordings import recordings

FLUX, SDXL = "@cf/black-forest-labs/flux-1-schnell", "@cf/stabilityai/stable-diffusion-xl-base-1.0"


def drawing(**fields: Any) -> ImageRequest:
    raw = json.dumps({"model": "m", "prompt": "a cat", **fields}).encode()
    request = decode(Endpoint.IMAGES, "application/json", raw)
    assert isinstance(request, ImageRequest)
    return request


def test_flux_takes_a_prompt_steps_and_a_seed() -> None:
    assert image_document(drawing(size="512x512"), FLUX, 0) == {"prompt": "a cat"}
    assert image_document(drawing(steps=50, seed=7), FLUX, 2) == {"prompt": "a cat", "seed": 9, "steps": 8}


def test_stable_diffusion_takes_more() -> None:
    fields = {"size": "4096x100", "negative_prompt": "dogs", "num_inference_steps": 50, "guidance": 7.5}
    assert image_document(drawing(**fields), SDXL, 0) == {
        "prompt": "a cat",
        "width": 2048,
        "height": 256,
        "negative_prompt": "dogs",
        "num_steps": 20,
        "guidance": 7.5,
    }
    assert image_document(drawing(prompt="x" * 3000), SDXL, 0) == {"prompt": "x" * 2048}


FLUX_2, INPAINT = "@cf/black-forest-labs/flux-2-klein-4b", "@cf/runwayml/stable-diffusion-v1-5-inpainting"


def form(content_type: str, body: bytes) -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
    """The fields and the files of a form."""
    parts = parse(boundary_of(content_type), body)
    plain = {one.name: body[one.data_start : one.data_end].decode() for one in parts if one.filename is None}
    return plain, [
        (one.name, one.content_type, body[one.data_start : one.data_end]) for one in parts if one.filename is not None
    ]


def mask_url(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def test_the_second_flux_takes_a_form() -> None:
    request = edit(("image[]", "image/jpeg"), ("image[]", ""), size="4096x768", seed="3", steps="8")
    assert form(*asked(request, FLUX_2, 1)) == (
        {"prompt": "a dog", "seed": "4", "width": "2048", "height": "768", "steps": "8"},
        [("input_image_0", "image/jpeg", PNG), ("input_image_1", "image/png", PNG)],
    )
    assert form(*asked(drawing(), FLUX_2, 0)) == ({"prompt": "a cat"}, [])


def test_stable_diffusion_begins_with_a_picture() -> None:
    one = [{"image_url": f"data:image/png;base64,{PNG_64}"}]
    request = picture(Endpoint.IMAGE_EDITS, images=one, mask=mask_url(png([[0, 255]], [0])), strength=0.5)
    content_type, body = asked(request, INPAINT, 0)
    document = json.loads(body)
    assert content_type == "application/json"
    assert greys(bytes(document.pop("mask"))) == [[255, 0]]
    assert document == {"prompt": "a cat", "image_b64": PNG_64, "strength": 0.5}
    assert "mask" not in json.loads(asked(picture(Endpoint.IMAGE_EDITS, images=one), SDXL, 0)[1])


@pytest.mark.parametrize(
    ("model", "request_", "param"),
    [
        (FLUX, edit(("image", "")), "image"),
        (SDXL, edit(("image[]", ""), ("image[]", "")), "image"),
        (SDXL, picture(mask=mask_url(png([[0, 255]], [0]))), "image"),
        (INPAINT, edit(("image", ""), ("mask", "")), "mask"),
        (FLUX_2, edit(("image", ""), ("mask", "")), "mask"),
        (FLUX_2, edit(*[("image[]", "")] * 5), "image"),
        (FLUX_2, picture(Endpoint.IMAGE_EDITS, image="https://example.com/a.png"), "images[0]"),
    ],
)
def test_what_a_model_does_not_change_is_told(model: str, request_: Any, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        asked(request_, model, 0)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("body", "count", "more"),
    [(b"\x89PNG", 1, True), (b"\x89PNG", 2, False), (b'{"success":true}', 1, True), (b'{"success":false}', 1, False)],
)
def test_pictures_are_asked_for_one_by_one(body: bytes, count: int, more: bool) -> None:
    assert wants_more(drawing(n=2), body, count) is more


def test_documents_and_bytes_are_pictures() -> None:
    [recording] = recordings(["cloudflare"], ["images"])
    replies = b"[" + recording.body + b',"' + PIXEL.encode() + b'"]'
    assert base64.b64decode(PIXEL).startswith(b"\x89PNG")
    assert list(read_images(replies)) == [
        Started(),
        PictureMade(0, data="/9j/4AAQ"),
        PictureMade(1, data=PIXEL),
        UsageReported(Usage(images=2)),
    ]


FULL = b'{"success":false,"errors":[{"code":3040,"message":"full"}],"result":null}'


def test_a_failure_is_one_unless_something_was_drawn() -> None:
    [failed] = read_images(b"[" + FULL + b"]")
    assert isinstance(failed, Failed) and failed.fault.message == "full"
    assert list(read_images(b'["' + PIXEL.encode() + b'",' + FULL + b"]"))[1:] == [
        PictureMade(0, data=PIXEL),
        UsageReported(Usage(images=1)),
    ]
