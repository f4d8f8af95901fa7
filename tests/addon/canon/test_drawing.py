"""What requests for pictures start from, and their sizes."""

from __future__ import annotations

import json

import pytest

from addon.canon.drawing import Original, as_document, fields, mask_of, mask_url, originals, picture_urls, pixels
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


def test_a_mask_is_the_first_pictures() -> None:
    form, told = edit(("image", ""), ("mask", "image/png")), f"data:image/png;base64,{PNG_64}"
    assert mask_url(form) == told and mask_of(form, "Somebody") == Original("image/png", PNG_64)
    assert picture_urls(form) == (told,)
    for mask in (URL, {"image_url": URL}):
        request = picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}], mask=mask)
        assert mask_of(request, "Somebody") == Original("image/webp", PNG_64)
    assert mask_of(picture(), "Somebody") is None
    with pytest.raises(CannotCarry, match="Somebody") as refused:
        mask_of(picture(mask="https://example.com/a.png"), "Somebody")
    assert refused.value.param == "mask"


def test_a_file_by_its_id_is_known_to_openai_only() -> None:
    with pytest.raises(CannotCarry) as refused:
        picture_urls(picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}, {"file_id": "file-1"}]))
    assert refused.value.param == "images[1]"
    with pytest.raises(CannotCarry) as refused:
        mask_url(picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}], mask={"file_id": "file-1"}))
    assert refused.value.param == "mask"


def test_the_fields_of_a_form_have_types_in_a_document() -> None:
    form = edit(("image", ""), n="2", seed="-7", strength="0.5", watermark="false", prompt="1984", user="7", style="x")
    typed = {"n": 2, "seed": -7, "strength": 0.5, "watermark": False, "prompt": "1984", "user": "7", "style": "x"}
    assert fields(form) == typed
    assert fields(picture(n=2))["n"] == 2
    request = as_document(form)
    assert request.body == typed and json.loads(request.raw) == typed
    assert (request.n, request.seed, request.style, request.user, request.background) == (2, -7, "x", "7", "")
    assert request.endpoint is Endpoint.IMAGE_EDITS and len(request.images) == 1


def test_a_document_is_without_its_pictures_too() -> None:
    given = picture(Endpoint.IMAGE_EDITS, images=[{"image_url": URL}], mask=URL, negative_prompt="a dog", seed=3)
    request = as_document(given)
    assert request.images == (URL,)
    assert (request.negative_prompt, request.seed) == ("a dog", 3)
    assert set(request.body) == {"model", "prompt", "negative_prompt", "seed"}
