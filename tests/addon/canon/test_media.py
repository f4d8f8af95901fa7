from __future__ import annotations

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.request import ImageRequest
from tests.forms import media_request


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("1024x1536", (1024, 1536)),
        ("512X512", (512, 512)),
        ("auto", None),
        ("2K", None),
        ("", None),
        ("1024x", None),
        ("axb", None),
        ("٣x٣", None),
    ],
)
def test_pixels_of_a_size(size: str, pixels: tuple[int, int] | None) -> None:
    assert ImageRequest({}, b"", "m", "a cat", size=size).pixels == pixels


def test_every_request_knows_its_endpoint() -> None:
    bodies = {
        Endpoint.IMAGES: {"prompt": "x"},
        Endpoint.IMAGE_EDITS: {"prompt": "x"},
        Endpoint.SPEECH: {"input": "x"},
        Endpoint.MODERATIONS: {"input": "x"},
        Endpoint.RERANK: {"query": "x", "documents": ["y"]},
    }
    for endpoint, body in bodies.items():
        assert media_request(endpoint, model="m", **body).endpoint is endpoint
