"""What requests for pictures start from, and their sizes."""

from __future__ import annotations

import pytest

from addon.canon.drawing import Original, originals, pixels
from addon.canon.request import CannotCarry, Endpoint
from tests.addon.dialects.pictures import PNG_64, edit, picture

URL = f"data:image/webp;base64,{PNG_64}"


def test_a_new_picture_starts_from_nothing() -> None:
    assert originals(picture(), "Somebody") == []


def test_the_files_of_a_form_are_the_originals() -> None:
    request = edit(("image[]", "image/jpeg"), ("image[]", ""))
    assert originals(request, "Somebody") == [Original("image/jpeg", PNG_64), Original("image/png", PNG_64)]


def test_data_urls_of_a_document_are_the_originals() -> None:
    request = picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}])
    assert originals(request, "Somebody") == [Original("image/webp", PNG_64)]


@pytest.mark.parametrize("url", ["https://example.com/a.png", "data:text/plain;base64,eA==", "data:image/png,x"])
def test_a_picture_that_is_not_there_is_refused(url: str) -> None:
    with pytest.raises(CannotCarry, match="Somebody") as told:
        originals(picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}, {"image_url": url}]), "Somebody")
    assert told.value.param == "images[1]"


def test_a_mask_is_refused() -> None:
    for request in (
        edit(("image", "image/png"), ("mask", "image/png")),
        picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}], mask={"image_url": URL}),
    ):
        with pytest.raises(CannotCarry, match="Somebody") as told:
            originals(request, "Somebody")
        assert told.value.param == "mask"


@pytest.mark.parametrize(
    ("size", "wanted"),
    [("1024x768", (1024, 768)), ("512X512", (512, 512)), ("auto", None), ("", None), ("1x1", None), ("x", None)],
)
def test_a_size_is_two_numbers(size: str, wanted: tuple[int, int] | None) -> None:
    assert pixels(picture(size=size)) == wanted
    assert pixels(edit(("image", "image/png"), size=size)) == wanted
