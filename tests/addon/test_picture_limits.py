from __future__ import annotations

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.request import CannotCarry, Request
from addon.picture_limits import check_picture
from tests.builders import chat
from tests.forms import form_request, media_request


def drawing(**body: object) -> Request:
    return media_request(Endpoint.IMAGES, **{"prompt": "a cat", **body})  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("request_", "model"),
    [
        (drawing(size="1024x1792"), "dall-e-3"),
        (drawing(size="any", n=15, prompt="x" * 9999), "gpt-image-1"),
        (drawing(size="any"), "cogview-3"),
        (drawing(size="auto"), "wanx-v1"),
        (form_request(Endpoint.IMAGE_VARIATIONS, ("size", "256x256"), ("n", "10")), "dall-e-2"),
        (form_request(Endpoint.TRANSCRIPTIONS, ("prompt", "x" * 9999)), "dall-e-2"),
        (chat(), "dall-e-2"),
    ],
)
def test_what_a_model_takes_passes(request_: Request, model: str) -> None:
    check_picture(request_, model)


@pytest.mark.parametrize(
    ("request_", "model", "param", "code"),
    [
        (drawing(size="512x512"), "dall-e-3", "size", "size_not_supported"),
        (drawing(n=2), "dall-e-3", "n", "n_not_within_range"),
        (drawing(prompt="x" * 1001), "dall-e-2", "prompt", "prompt_too_long"),
        (drawing(prompt="x" * 834), "cogview-3", "prompt", "prompt_too_long"),
        (drawing(n=5), "wanx-v1", "n", "n_not_within_range"),
        (form_request(Endpoint.IMAGE_VARIATIONS, ("n", "11")), "dall-e-2", "n", "n_not_within_range"),
    ],
)
def test_what_a_model_refuses_is_refused_before_it_is_sent(
    request_: Request, model: str, param: str, code: str
) -> None:
    with pytest.raises(CannotCarry) as caught:
        check_picture(request_, model)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert model in caught.value.message
