"""Pictures of Replicate's models. What became of two predictions was recorded (../shared/recordings/replicate)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint, ImageRequest
from addon.dialects.replicate_images import build, follow_up, read_reply
from addon.face.decode import decode
from tests.addon.dialects.native import PIXEL, document
from tests.addon.dialects.pictures import edit, picture
from tests.recordings import Recording, cases

FLUX = "black-forest-labs/flux-schnell"
PRO = "black-forest-labs/flux-1.1-pro"
CAT = "https://files.example/cat.png"


def drawing(**fields: Any) -> ImageRequest:
    raw = json.dumps({"model": "m", "prompt": "a cat", **fields}).encode()
    request = decode(Endpoint.IMAGES, "application/json", raw)
    assert isinstance(request, ImageRequest)
    return request


def target(model: str = FLUX) -> Target:
    return Target("https://api.replicate.com", "r8_fake", model)


def sent(model: str = FLUX, **fields: Any) -> Any:
    return document(build(drawing(**fields), target(model)))["input"]


def read(*replies: Any) -> list[Event]:
    return list(read_reply(drawing(), target(), json.dumps(replies).encode()))


def prediction(**fields: Any) -> dict[str, Any]:
    return {"id": "p", "status": "succeeded", "output": ["https://replicate.delivery/1.png"], **fields}


def test_the_least_request() -> None:
    outbound = build(drawing(), target())
    assert outbound.url == f"https://api.replicate.com/v1/models/{FLUX}/predictions"
    assert document(outbound) == {"input": {"prompt": "a cat", "output_format": "png"}}


def test_what_else_may_be_asked_for() -> None:
    fields: dict[str, Any] = {"n": 2, "seed": 3, "negative_prompt": "dogs", "output_format": "webp", "guidance": 3}
    assert sent(**fields) == {
        "prompt": "a cat",
        "num_outputs": 2,
        "seed": 3,
        "negative_prompt": "dogs",
        "output_format": "webp",
        "guidance": 3,
    }


@pytest.mark.parametrize(
    ("model", "size", "wanted"),
    [
        (FLUX, "1024x1792", {"aspect_ratio": "9:16"}),
        (FLUX, "2048x1024", {"aspect_ratio": "16:9"}),
        (FLUX, "auto", {}),
        ("recraft-ai/recraft-v3", "1024x1024", {"size": "1024x1024"}),
        ("stability-ai/sdxl", "768x512", {"width": 768, "height": 512}),
    ],
)
def test_a_size_is_what_the_model_understands(model: str, size: str, wanted: dict[str, Any]) -> None:
    made = sent(model, size=size)
    assert {name: made[name] for name in made.keys() - {"prompt", "output_format"}} == wanted


@pytest.mark.parametrize("recording", cases(["replicate"], ["predictions"]))
def test_recorded_predictions_are_polled_until_they_end(recording: Recording) -> None:
    if recording.own or "image" not in recording.name:
        return
    document = json.loads(recording.body)
    again = follow_up(drawing(), target(), b"[" + recording.body + b"]", 1)
    if document["status"] == "succeeded":
        assert again is None
        pictures = [PictureMade(at, url=url) for at, url in enumerate(document["output"])]
        assert read(document) == [Started(), *pictures, UsageReported(Usage(images=len(pictures)))]
    else:
        assert again is not None and again.outbound.url == document["urls"]["get"]


def steps(request: Any, model: str, *replies: Any) -> list[Any]:
    """What follows these replies: the input of a further prediction, or the files."""
    again, found = follow_up(request, target(model), json.dumps(replies).encode(), len(replies)), []
    while again is not None:
        assert not again.binary or again.outbound.secrets == (), "files are fetched without the key"
        found.append(again.outbound.url if again.outbound.method == "GET" else json.loads(again.outbound.body)["input"])
        again = again.then
    return found


def test_the_bytes_of_all_pictures_are_fetched_behind_the_last_prediction() -> None:
    request = drawing(response_format="b64_json", n=2)
    two = prediction(output=["https://replicate.delivery/1.png", "https://pbxt.replicate.delivery/2.png"])
    assert steps(request, FLUX, {"id": "p", "status": "starting"}, two) == two["output"]
    assert steps(drawing(n=2), FLUX, two) == []
    assert read({"status": "starting"}, two, PIXEL, None)[1:] == [
        PictureMade(0, data=PIXEL),
        PictureMade(1, url="https://pbxt.replicate.delivery/2.png"),
        UsageReported(Usage(images=2)),
    ]


def test_a_model_that_draws_one_is_asked_again() -> None:
    one, two = (prediction(output=f"https://replicate.delivery/{number}.png") for number in (1, 2))
    request = drawing(n=2, seed=7, response_format="b64_json")
    assert steps(request, PRO, one) == [{"prompt": "a cat", "output_format": "png", "seed": 8}]
    running = {"id": "q", "status": "processing"}
    assert steps(request, PRO, one, running) == ["https://api.replicate.com/v1/predictions/q"]
    assert steps(request, PRO, one, running, two) == [one["output"], two["output"]]
    assert [made.url for made in read(one, running, two) if isinstance(made, PictureMade)] == [
        one["output"],
        two["output"],
    ]
    assert [one["num_outputs"] for one in steps(drawing(n=6), FLUX, prediction())] == [2]


def test_what_was_drawn_before_a_failure_is_kept() -> None:
    failed = prediction(status="failed", error="NSFW", output=None)
    assert steps(drawing(n=3), PRO, prediction(), failed) == []
    assert read(prediction(), failed)[1:] == [
        PictureMade(0, url="https://replicate.delivery/1.png"),
        UsageReported(Usage(images=1)),
    ]


def test_pictures_elsewhere_stay_urls_and_data_urls_are_bytes_already() -> None:
    elsewhere = prediction(output=["https://x/1.png", "https://x/2.png"])
    inline = prediction(output=f"data:image/png;base64,{PIXEL}")
    for one in (elsewhere, inline, prediction(output=None)):
        assert steps(drawing(response_format="b64_json"), FLUX, one) == []
    assert read(elsewhere)[1:3] == [PictureMade(0, url="https://x/1.png"), PictureMade(1, url="https://x/2.png")]
    assert read(inline)[1] == PictureMade(0, data=PIXEL)


@pytest.mark.parametrize(
    ("model", "number", "wanted"),
    [
        ("black-forest-labs/flux-kontext-pro", 1, {"input_image": CAT}),
        ("black-forest-labs/flux-2-pro", 2, {"input_images": [CAT, CAT]}),
        ("black-forest-labs/flux-1.1-pro", 1, {"image_prompt": CAT}),
        ("google/nano-banana", 1, {"image_input": [CAT]}),
        ("bytedance/seedream-4", 2, {"image_input": [CAT, CAT]}),
        ("qwen/qwen-image-edit", 1, {"image": CAT}),
        ("qwen/qwen-image-edit-plus", 2, {"image": [CAT, CAT]}),
    ],
)
def test_a_picture_to_change_has_the_models_name_for_it(model: str, number: int, wanted: dict[str, Any]) -> None:
    request = picture(Endpoint.IMAGE_EDITS, images=[{"image_url": CAT}] * number)
    made = document(build(request, target(model)))["input"]
    assert made == {"prompt": "a cat", "output_format": "png", **wanted}


def test_a_form_and_a_mask() -> None:
    form = edit(("image", "image/png"), ("mask", "image/png"), size="1024x1024", seed="3", guidance="2.5")
    made = document(build(form, target("black-forest-labs/flux-fill-pro")))["input"]
    assert made["image"].startswith("data:image/png;base64,") and made["mask"].startswith("data:image/png;base64,")
    assert (made["seed"], made["guidance"], made["aspect_ratio"]) == (3, 2.5, "1:1")
    with pytest.raises(CannotCarry) as refused:
        build(form, target("black-forest-labs/flux-kontext-pro"))
    assert refused.value.param == "mask"
    two = picture(Endpoint.IMAGE_EDITS, images=[{"image_url": CAT}] * 2)
    with pytest.raises(CannotCarry, match="1 pictures at most"):
        build(two, target("black-forest-labs/flux-kontext-pro"))


def test_a_failed_prediction_is_a_failure() -> None:
    [failed] = read(prediction(status="failed", error="NSFW", output=None))
    assert isinstance(failed, Failed) and failed.fault.code == "content_filter"
