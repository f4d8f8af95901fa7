"""Pictures of Replicate's models. What became of two predictions was recorded (../shared/recordings/replicate)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from addon.canon.events import Event, Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.outbound import Target
from addon.canon.request import Endpoint, ImageRequest
from addon.dialects.replicate_images import build, follow_up, read_reply
from addon.face.decode import decode
from tests.addon.dialects.native import PIXEL, document
from tests.recordings import Recording, cases

FLUX = "black-forest-labs/flux-schnell"


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
    again = follow_up(drawing(), target(), recording.body, 1)
    if document["status"] == "succeeded":
        assert again is None
        pictures = [PictureMade(at, url=url) for at, url in enumerate(document["output"])]
        assert read(document) == [Started(), *pictures, UsageReported(Usage(images=len(pictures)))]
    else:
        assert again is not None and again.outbound.url == document["urls"]["get"]


def test_the_bytes_of_a_picture_are_fetched_without_the_key() -> None:
    request = drawing(response_format="b64_json")
    again = follow_up(request, target(), json.dumps(prediction()).encode(), 3)
    assert again is not None and again.binary
    assert (again.outbound.url, again.outbound.secrets) == ("https://replicate.delivery/1.png", ())
    with pytest.raises(ValueError):
        follow_up(request, target(), base64.b64decode(PIXEL), 4)
    assert read({"status": "starting"}, prediction(), PIXEL)[1] == PictureMade(0, data=PIXEL)


def test_several_pictures_stay_urls_and_data_urls_are_bytes_already() -> None:
    several = prediction(output=["https://x/1.png", "https://x/2.png"])
    inline = prediction(output=f"data:image/png;base64,{PIXEL}")
    for one in (several, inline, prediction(output=None)):
        assert follow_up(drawing(response_format="b64_json"), target(), json.dumps(one).encode(), 1) is None
    assert read(several)[1:3] == [PictureMade(0, url="https://x/1.png"), PictureMade(1, url="https://x/2.png")]
    assert read(inline)[1] == PictureMade(0, data=PIXEL)


def test_a_failed_prediction_is_a_failure() -> None:
    [failed] = read(prediction(status="failed", error="NSFW", output=None))
    assert isinstance(failed, Failed) and failed.fault.code == "content_filter"
