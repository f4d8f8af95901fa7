from __future__ import annotations

import pytest

from addon.canon.endpoint import Endpoint
from addon.face.bad_request import BadRequest
from addon.face.decode import decode
from tests.forms import AUDIO, CONTENT_TYPE, PICTURE, form, form_request


def test_a_transcription_is_read_from_its_form() -> None:
    request = form_request(
        Endpoint.TRANSCRIPTIONS,
        ("stream", "true"),
        ("model", "gpt-4o-transcribe"),
        AUDIO,
        ("temperature", "0.2"),
        ("language", "de"),
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
        ("prompt", "ümläut"),
    )
    assert (request.model, request.stream, request.temperature, request.language) == (
        "gpt-4o-transcribe",
        True,
        0.2,
        "de",
    )
    assert (request.response_format, request.prompt) == ("verbose_json", "ümläut")
    assert request.body["timestamp_granularities[]"] == ["word", "segment"]
    assert "file" not in request.body
    assert request.content_type == CONTENT_TYPE
    assert request.uploads[0].data == AUDIO[3]


def test_pictures_are_read_from_their_form() -> None:
    request = form_request(
        Endpoint.IMAGE_EDITS,
        ("prompt", "a hat"),
        ("image[]", "a.png", "image/png", b"1"),
        ("image[]", "b.png", "image/png", b"2"),
        ("n", "2"),
        ("size", "512x512"),
        ("quality", "low"),
        ("user", "u"),
    )
    assert (request.model, request.n, request.size, request.quality, request.user) == (
        "dall-e-2",
        2,
        "512x512",
        "low",
        "u",
    )
    assert (request.stream, request.temperature, request.response_format) == (False, None, "")
    assert form_request(Endpoint.IMAGE_VARIATIONS).n == 1


def test_the_model_of_the_path_wins() -> None:
    assert form_request(Endpoint.TRANSLATIONS, ("model", "a"), model="deployment").model == "deployment"
    assert form_request(Endpoint.TRANSLATIONS).model == "whisper-1"


def test_a_field_that_stands_twice_holds_both_and_counts_last() -> None:
    request = form_request(Endpoint.TRANSCRIPTIONS, ("language", "de"), ("language", "en"), ("language", "fr"))
    assert request.body["language"] == ["de", "en", "fr"]
    assert request.language == "fr"


@pytest.mark.parametrize(
    ("endpoint", "parts", "param", "message", "code"),
    [
        (Endpoint.TRANSCRIPTIONS, [("model", "m")], "file", "field file is required", "invalid_text_request"),
        (Endpoint.TRANSCRIPTIONS, [("file", "no file")], "file", "as a file", "invalid_text_request"),
        (Endpoint.IMAGE_VARIATIONS, [AUDIO], "image", "field image is required", "invalid_text_request"),
        (Endpoint.IMAGE_EDITS, [PICTURE], "prompt", "prompt is required", "prompt_missing"),
        (Endpoint.IMAGE_VARIATIONS, [PICTURE, ("n", "0")], "n", "between 1 and", "n_not_within_range"),
        (Endpoint.IMAGE_VARIATIONS, [PICTURE, ("n", "two")], "n", "must be a whole number", "invalid_text_request"),
        (Endpoint.TRANSCRIPTIONS, [AUDIO, ("temperature", "x")], "temperature", "a number", "invalid_text_request"),
        (
            Endpoint.TRANSCRIPTIONS,
            [AUDIO, ("response_format", "xml")],
            "response_format",
            "must be one of json, text",
            "invalid_audio_request",
        ),
        (
            Endpoint.TRANSCRIPTIONS,
            [AUDIO, ("prompt", b"\xff")],
            None,
            "the field prompt is not UTF-8",
            "invalid_text_request",
        ),
    ],
)
def test_a_wrong_form_is_refused(
    endpoint: Endpoint, parts: list[tuple[str, str]], param: str | None, message: str, code: str
) -> None:
    with pytest.raises(BadRequest, match=message) as caught:
        decode(endpoint, CONTENT_TYPE, form(*parts))
    assert (caught.value.param, caught.value.code) == (param, code)


@pytest.mark.parametrize(
    ("content_type", "raw", "message"),
    [
        ("application/json", b"{}", "takes a form, not application/json"),
        ("", b"{}", "not no content-type"),
        ("multipart/form-data", form(AUDIO), "names no boundary"),
        (CONTENT_TYPE, b"{}", "does not hold the boundary"),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, raw: bytes, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        decode(Endpoint.TRANSCRIPTIONS, content_type, raw)
