"""Parts of messages as text."""

from __future__ import annotations

import base64

import pytest

from addon.canon.request import Audio, CannotCarry, EmbeddingRequest, File, Image, Message, Part, RefusalText, Text
from addon.canon.texts import input_texts, plain_text


def file(text: bytes, media_type: str) -> File:
    return File(media_type=media_type, data=base64.b64encode(text).decode())


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "application/json"])
def test_texts_refusals_and_files_of_text_are_joined(media_type: str) -> None:
    parts = (Text("a"), RefusalText("b"), file("ü".encode(), media_type))
    assert plain_text(Message("user", parts, "messages[0]"), "X") == "abü"


@pytest.mark.parametrize(
    "part",
    [
        Image("https://x.example/a.png"),
        Audio("UklG", "wav"),
        File(file_id="f"),
        File(url="https://x.example/a.txt", media_type="text/plain"),
        file(b"%PDF", "application/pdf"),
    ],
)
def test_what_is_no_text_is_refused_by_name(part: Part) -> None:
    with pytest.raises(CannotCarry, match="X takes only text") as refused:
        plain_text(Message("user", (Text("a"), part), "messages[3]"), "X")
    assert refused.value.param == "messages[3].content[1]"


@pytest.mark.parametrize("data", ["no base64!", base64.b64encode(b"\xff").decode()])
def test_a_file_that_is_not_what_it_says_is_refused(data: str) -> None:
    with pytest.raises(CannotCarry, match="not base64 of UTF-8"):
        plain_text(Message("user", (File(media_type="text/plain", data=data),), "m"), "X")


def test_input_texts_are_all_texts_or_the_first_that_is_none_is_named() -> None:
    request = EmbeddingRequest({}, b"", "m", ("a", "b"))
    assert input_texts(request, "X") == ["a", "b"]
    with pytest.raises(CannotCarry, match="X takes texts, not token ids") as caught:
        input_texts(EmbeddingRequest({}, b"", "m", ("a", (1, 2), (3,))), "X")
    assert caught.value.param == "input[1]"
