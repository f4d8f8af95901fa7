from __future__ import annotations

from typing import Any

import pytest

from addon.canon.request import Audio, File, Image, Part, RefusalText, Text
from addon.face.bad_request import BadRequest
from addon.face.decode_parts import decode_content

PNG = "data:image/png;base64,iVBORw=="


def decoded(content: Any, role: str = "user") -> tuple[Part, ...]:
    return decode_content({"content": content}, role, "messages[2]", [])


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("hi", (Text("hi"),)),
        ("", ()),
        ([], ()),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": ""}, {"type": "text", "text": "b"}], "ab"),
        ([{"type": "image_url", "image_url": {"url": "https://e.com/a.png"}}], (Image("https://e.com/a.png"),)),
        ([{"type": "image_url", "image_url": "https://e.com/a.png"}], (Image("https://e.com/a.png"),)),
        (
            [{"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}],
            (Image(PNG, "low", "image/png", "iVBORw=="),),
        ),
        ([{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}], (Audio("AAAA", "wav"),)),
        (
            [{"type": "input_audio", "input_audio": {"data": "data:;base64,AAAA", "format": "mp3"}}],
            (Audio("AAAA", "mp3"),),
        ),
        ([{"type": "file", "file": {"file_id": "file-1"}}], (File(file_id="file-1"),)),
        (
            [{"type": "file", "file": {"filename": "a.txt", "file_data": "data:text/plain;base64,YQ=="}}],
            (File("a.txt", "text/plain", "YQ=="),),
        ),
        ([{"type": "file", "file": {"filename": "a.CSV", "file_data": "YQ=="}}], (File("a.CSV", "text/csv", "YQ=="),)),
        ([{"type": "file", "file": {"file_data": "YQ=="}}], (File("", "application/pdf", "YQ=="),)),
        ([{"type": "file", "file": {"file_data": "https://e.com/a"}}], (File(url="https://e.com/a"),)),
        ([{"type": "file", "file": {"file_url": "https://e.com/a"}}], (File(url="https://e.com/a"),)),
        ([{"type": "refusal", "refusal": "no"}], (RefusalText("no"),)),
    ],
)
def test_content_becomes_parts(content: Any, parts: Any) -> None:
    assert decoded(content) == ((Text("a"), Text("b")) if parts == "ab" else parts)


@pytest.mark.parametrize("role", ["assistant", "tool", "function"])
def test_content_may_be_null_where_it_is_not_the_message(role: str) -> None:
    assert decoded(None, role) == ()


def test_a_part_of_an_unknown_type_is_named_as_foreign() -> None:
    foreign: list[str] = []
    content = [{"type": "text", "text": "a"}, {"type": "video_url", "video_url": {"url": "https://e.com"}}]
    assert decode_content({"content": content}, "user", "messages[0]", foreign) == (Text("a"),)
    assert foreign == ["messages[0].content[1]"]


@pytest.mark.parametrize("given", ["UklGRg==", {"data": "https://p.example/a.wav", "format": "wav"}])
def test_sound_in_a_providers_own_form_is_foreign(given: Any) -> None:
    foreign: list[str] = []
    content = [{"type": "input_audio", "input_audio": given}]
    assert decode_content({"content": content}, "user", "messages[0]", foreign) == ()
    assert foreign == ["messages[0].content[0]"]


@pytest.mark.parametrize(
    ("content", "param", "message"),
    [
        (None, "content", "must be a string or an array of parts, not null"),
        (5, "content", "must be a string or an array of parts, not a number"),
        ({"type": "text"}, "content", "must be a string or an array of parts, not an object"),
        (["hi"], "content[0]", "must be an object, not a string"),
        ([{"text": "hi"}], "content[0].type", "is required"),
        ([{"type": "text"}], "content[0].text", "is required"),
        ([{"type": "text", "text": 5}], "content[0].text", "must be a string, not a number"),
        ([{"type": "image_url"}], "content[0].image_url", "is required"),
        ([{"type": "image_url", "image_url": {}}], "content[0].image_url.url", "is required"),
        ([{"type": "image_url", "image_url": {"url": 1}}], "content[0].image_url.url", "must be a string"),
        ([{"type": "image_url", "image_url": {"url": "data:x"}}], "content[0].image_url.url", "no comma"),
        ([{"type": "image_url", "image_url": "data:x"}], "content[0].image_url", "no comma"),
        ([{"type": "input_audio", "input_audio": {"format": "wav"}}], "content[0].input_audio.data", "is required"),
        ([{"type": "input_audio", "input_audio": {"data": "AA"}}], "content[0].input_audio.format", "is required"),
        ([{"type": "input_audio", "input_audio": {"data": "*"}}], "content[0].input_audio.data", "not base64"),
        ([{"type": "file", "file": {"filename": "a"}}], "content[0].file", "needs file_data or file_id"),
        ([{"type": "file", "file": {"file_data": "?"}}], "content[0].file.file_data", "not base64"),
        ([{"type": "refusal"}], "content[0].refusal", "is required"),
    ],
)
def test_a_wrong_part_is_named_with_its_path(content: Any, param: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decoded(content)
    assert caught.value.param == f"messages[2].{param}"
    assert message in caught.value.message
