"""Pictures of Workers AI. One reply was written from Cloudflare's page; the others are a file and nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.request import Endpoint, ImageRequest
from addon.dialects.cloudflare_images import image_document, read_images, wants_more
from addon.face.decode import decode
from tests.addon.dialects.native import PIXEL
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


def test_a_failure_among_them_is_one() -> None:
    [_, failed] = read_images(b'[{"success":false,"errors":[{"code":3040,"message":"full"}],"result":null}]')
    assert isinstance(failed, Failed) and failed.fault.message == "full"
