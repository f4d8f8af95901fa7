from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.canon.endpoint import Endpoint
from addon.canon.form import Upload, closed, field_part, file_part, spliced
from tests.forms import AUDIO, PICTURE, form, form_request

DATA = st.binary(max_size=40).map(lambda data: data.replace(b"fake0boundary", b""))


def test_uploads_are_the_files_in_order() -> None:
    request = form_request(Endpoint.IMAGE_EDITS, ("prompt", "x"), PICTURE, ("mask", "m.png", "", b"\x89"))
    assert request.uploads == (
        Upload("image", "cat.png", "image/png", PICTURE[3]),
        Upload("mask", "m.png", "", b"\x89"),
    )


def test_nothing_changes_where_nothing_is_to_change() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("model", "a"))
    assert spliced(request, {}) == request.raw


@pytest.mark.parametrize("position", range(4))
def test_a_field_is_changed_wherever_it_stands(position: int) -> None:
    def parts(model: str) -> list[tuple[str, str] | tuple[str, str, str, bytes]]:
        others: list[tuple[str, str] | tuple[str, str, str, bytes]] = [("language", "de"), AUDIO, ("prompt", "x")]
        return [*others[:position], ("model", model), *others[position:]]

    request = form_request(Endpoint.TRANSCRIPTIONS, *parts("before"))
    assert spliced(request, {"model": "behind ü"}) == form(*parts("behind ü"))


def test_a_field_that_is_missing_is_put_in_front() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, AUDIO)
    assert spliced(request, {"model": "m", "language": None}) == form(("model", "m"), AUDIO)


def test_several_values_are_a_part_each_where_there_was_none() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, AUDIO)
    assert spliced(request, {"x": ("a", "b")}) == form(("x", "a"), ("x", "b"), AUDIO)
    known = form_request(Endpoint.TRANSCRIPTIONS, ("x", "c"), AUDIO)
    assert spliced(known, {"x": ("a", "b")}) == form(("x", "a"), AUDIO)


def test_a_field_disappears_and_a_double_one_is_changed_twice() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("user", "u"), ("model", "a"), AUDIO, ("model", "b"))
    assert spliced(request, {"user": None, "model": "c"}) == form(("model", "c"), AUDIO, ("model", "c"))


@given(st.lists(DATA, min_size=1, max_size=4), st.integers(0, 4), st.text(max_size=8))
def test_other_parts_keep_every_byte(contents: list[bytes], place: int, model: str) -> None:
    files = [("file", f"{number}", "audio/wav", data) for number, data in enumerate(contents)]
    place = min(place, len(files))
    before = form_request(Endpoint.TRANSCRIPTIONS, *files[:place], ("model", "before"), *files[place:])
    assert spliced(before, {"model": model}) == form(*files[:place], ("model", model), *files[place:])


def test_a_form_is_put_together_of_parts() -> None:
    parts = (field_part(b"b", "model", "m"), file_part(b"b", "file", "a.png", "image/png", b"\x89\r\n"))
    content_type, body = closed(b"b", *parts)
    assert content_type == "multipart/form-data; boundary=b"
    assert body == (
        b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        b"\x89\r\n\r\n--b--\r\n"
    )
