"""Pictures on Bedrock. No reply was recorded: they are written from AWS's pages on the image models."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Ended, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.bedrock import DIALECT
from addon.dialects.bedrock_pictures import document_for, reply_events
from tests.addon.canon.test_masks import greys, png
from tests.addon.dialects.native import document
from tests.addon.dialects.pictures import PNG_64, edit, picture
from tests.forms import form_request

NOVA = Target("", "AKIDFAKE|fake|us-east-1", "amazon.nova-canvas-v1:0")
STABILITY = Target("", "AKIDFAKE|fake|us-west-2", "stability.sd3-5-large-v1:0")


@pytest.mark.parametrize(
    ("fields", "text", "config"),
    [
        ({}, {}, {"numberOfImages": 1}),
        ({"n": 3, "size": "1024x768"}, {}, {"numberOfImages": 3, "width": 1024, "height": 768}),
        ({"quality": "hd", "seed": 5}, {}, {"numberOfImages": 1, "quality": "premium", "seed": 5}),
        ({"quality": "low", "size": "auto"}, {}, {"numberOfImages": 1}),
        ({"negative_prompt": "dogs"}, {"negativeText": "dogs"}, {"numberOfImages": 1}),
    ],
)
def test_amazons_models_draw_from_text(fields: dict[str, Any], text: dict[str, Any], config: dict[str, Any]) -> None:
    assert document_for(picture(**fields), NOVA) == {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "a cat", **text},
        "imageGenerationConfig": config,
    }


def test_amazons_models_vary_pictures() -> None:
    found = document_for(edit(("image[]", "image/png"), ("image[]", "image/png"), negative_prompt="cats"), NOVA)
    assert found == {
        "taskType": "IMAGE_VARIATION",
        "imageVariationParams": {
            "text": "a dog",
            "negativeText": "cats",
            "images": [PNG_64, PNG_64],
            "similarityStrength": 0.3,
        },
        "imageGenerationConfig": {"numberOfImages": 1},
    }


def test_a_variation_needs_no_words_at_amazons_models() -> None:
    request = form_request(Endpoint.IMAGE_VARIATIONS, ("n", "2"), ("seed", "7"), ("strength", "1"))
    found = document_for(request, NOVA)
    assert found["imageVariationParams"].keys() == {"images", "similarityStrength"}
    assert found["imageVariationParams"]["similarityStrength"] == 0.2
    assert found["imageGenerationConfig"] == {"numberOfImages": 2, "seed": 7}
    assert DIALECT.codecs[Endpoint.IMAGE_VARIATIONS] is DIALECT.codecs[Endpoint.IMAGES]
    with pytest.raises(CannotCarry, match="images/edits"):
        document_for(request, STABILITY)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {}),
        ({"size": "1792x1024", "seed": 5}, {"aspect_ratio": "16:9", "seed": 5}),
        (
            {"output_format": "png", "negative_prompt": "dogs", "quality": "hd"},
            {"output_format": "png", "negative_prompt": "dogs"},
        ),
        ({"output_format": "webp"}, {}),
    ],
)
def test_stabilitys_models_draw_from_text(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert document_for(picture(**fields), STABILITY) == {"prompt": "a cat", **wanted}


@pytest.mark.parametrize(("told", "strength"), [("", 0.7), ("0.25", 0.25), ("7", 1.0), ("much", 0.7)])
def test_stabilitys_models_change_one_picture(told: str, strength: float) -> None:
    request = edit(("image", "image/png"), **({"strength": told} if told else {}))
    assert document_for(request, STABILITY) == {
        "prompt": "a dog",
        "mode": "image-to-image",
        "image": PNG_64,
        "strength": strength,
    }
    with pytest.raises(CannotCarry) as refused:
        document_for(edit(("image[]", "image/png"), ("image[]", "image/png")), STABILITY)
    assert refused.value.param == "image"


MASK = png([[0, 255]], [0])
INPAINT = Target("", "AKIDFAKE|fake|us-west-2", "us.stability.stable-image-inpaint-v1:0")


def masked(mask: bytes = MASK) -> Any:
    told = f"data:image/png;base64,{base64.b64encode(mask).decode()}"
    one = [{"image_url": f"data:image/png;base64,{PNG_64}"}]
    return picture(Endpoint.IMAGE_EDITS, images=one, mask=told, size="1024x1024", negative_prompt="dogs")


def test_amazons_models_change_what_is_black() -> None:
    found = document_for(masked(), NOVA)
    assert greys(base64.b64decode(found["inPaintingParams"].pop("maskImage"))) == [[0, 255]]
    assert found == {
        "taskType": "INPAINTING",
        "inPaintingParams": {"text": "a cat", "negativeText": "dogs", "image": PNG_64},
        "imageGenerationConfig": {"numberOfImages": 1},
    }


def test_stabilitys_inpainting_changes_what_is_white() -> None:
    found = document_for(masked(), INPAINT)
    assert greys(base64.b64decode(found.pop("mask"))) == [[255, 0]]
    assert found == {"prompt": "a cat", "negative_prompt": "dogs", "image": PNG_64}
    assert "mask" not in document_for(edit(("image", "image/png")), INPAINT)


def test_a_mask_that_is_none_and_a_model_that_takes_none_are_told() -> None:
    for request, target in ((masked(b"GIF89a"), NOVA), (masked(), STABILITY)):
        with pytest.raises(CannotCarry) as refused:
            document_for(request, target)
        assert refused.value.param == "mask"


def test_a_further_picture_has_a_seed_of_its_own() -> None:
    assert [document_for(picture(seed=5, n=2), STABILITY, number)["seed"] for number in (0, 1)] == [5, 6]


@pytest.mark.parametrize(("target", "rounds"), [(NOVA, [5, 2]), (STABILITY, [None] * 7)])
def test_models_are_asked_until_there_are_enough(target: Target, rounds: list[int | None]) -> None:
    codec, request = DIALECT.codecs[Endpoint.IMAGES], picture(n=7)
    assert codec.follow_up is not None and codec.gathers
    sent = [codec.build(request, target)]
    while again := codec.follow_up(request, target, b"{}", len(sent)):
        sent.append(again.outbound)
    assert [document(one).get("imageGenerationConfig", {}).get("numberOfImages") for one in sent] == rounds
    assert all(one.url.endswith("/invoke") and one.secrets for one in sent)


def test_pictures_of_several_replies_are_numbered_through() -> None:
    bodies = [{"images": ["YQ==", "Yg=="], "error": None}, {"images": ["Yw=="], "seeds": [1], "finish_reasons": [None]}]
    request = picture()
    assert list(DIALECT.codecs[Endpoint.IMAGES].read_reply(request, NOVA, json.dumps(bodies).encode())) == [
        Started(),
        PictureMade(0, data="YQ=="),
        PictureMade(1, data="Yg=="),
        PictureMade(2, data="Yw=="),
        UsageReported(Usage(images=3)),
        Ended(),
    ]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"images": [], "error": "All of the generated images have been blocked."}, "All of the generated images"),
        ({"finish_reasons": ["Filter reason: prompt"], "seeds": [], "images": []}, "Filter reason: prompt"),
        ({"finish_reasons": ["Filter reason: prompt"]}, "Filter reason: prompt"),
        ({}, "Bedrock drew nothing and does not say why."),
    ],
)
def test_no_picture_at_all_is_a_filters_doing(reply: Any, said: str) -> None:
    [failed] = reply_events(json.dumps(reply).encode())
    assert isinstance(failed, Failed)
    assert (failed.fault.kind, failed.fault.status) == (FaultKind.CONTENT_FILTER, 400)
    assert failed.fault.message.startswith(said)
