"""Replies with pictures that OpenAI's dialect only resembles, and files behind URLs. What passes is in
`test_openai_media`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.events import Event, Failed, Passed, PictureMade, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.outbound import Quirks, Target
from addon.dialects.openai import DIALECT
from addon.face.encode import flatten
from tests.addon.dialects.pictures import picture

CODEC = DIALECT.codecs[Endpoint.IMAGES]
TARGET = Target("https://api.example", "sk-fake", "m", Quirks(picture_stores=(".files.example",)))
STORE = "https://a.files.example"


def reply(*items: Any, **fields: Any) -> bytes:
    return json.dumps({"created": 1, "data": list(items), **fields}).encode()


def read(body: bytes) -> list[Event]:
    return list(CODEC.read_reply(picture(), TARGET, body))


def made(body: bytes) -> list[PictureMade]:
    return [one for one in flatten(read(body)) if isinstance(one, PictureMade)]


def fetched(body: bytes, **asked: Any) -> list[str]:
    assert CODEC.follow_up is not None
    again, urls = CODEC.follow_up(picture(**asked), TARGET, body, 1), []
    while again is not None:
        assert again.binary and again.outbound.secrets == ()
        urls.append(again.outbound.url)
        again = again.then
    return urls


def test_files_are_fetched_where_bytes_are_wanted_and_addresses_given() -> None:
    urls = [f"{STORE}/1.png", "https://elsewhere.example/2.png", "https://api.example/3.png"]
    body = reply(*({"url": url} for url in urls))
    assert fetched(body, response_format="b64_json") == [urls[0], urls[2]]
    assert fetched(body) == fetched(body, response_format="url") == []
    both = reply({"url": urls[0], "b64_json": "AAAA"})
    assert fetched(both, response_format="b64_json") == []
    assert fetched(reply({"b64_json": "AAAA"}), response_format="b64_json") == []


def test_a_file_takes_the_place_of_its_address_and_an_address_is_better_than_nothing() -> None:
    urls = [f"{STORE}/1.png", "https://elsewhere.example/2.png", f"{STORE}/3.png"]
    body = b"[" + reply(*({"url": url} for url in urls), usage={"generated_images": 3}) + b',"AAAA",null]'
    assert made(body) == [PictureMade(0, data="AAAA"), PictureMade(1, url=urls[1]), PictureMade(2, url=urls[2])]
    assert UsageReported(Usage(images=3)) in read(body)


def test_what_follows_openai_passes_as_it_is() -> None:
    body = reply({"url": "u", "revised_prompt": "x"})
    [passed] = read(body)
    assert isinstance(passed, Passed) and passed.data == body


@pytest.mark.parametrize(
    ("document", "pictures"),
    [
        ({"images": ["https://x/1.png"]}, [PictureMade(0, url="https://x/1.png")]),
        (
            {"created": 0, "data": [{"b64_json": "AAAA", "media_type": "image/webp"}]},
            [PictureMade(0, data="AAAA", media_type="image/webp")],
        ),
        (
            {
                "created": 1,
                "data": [
                    {"finish_reason": "content_filtered", "image": "AAAA"},
                    {"finish_reason": "success", "image": "BBBB"},
                ],
            },
            [PictureMade(0, data="BBBB")],
        ),
        ({"created": 1, "data": [{"error": {"message": "no"}}, {"url": "u"}]}, [PictureMade(0, url="u")]),
    ],
)
def test_pictures_under_other_names(document: Any, pictures: list[PictureMade]) -> None:
    assert made(json.dumps(document).encode()) == pictures


@pytest.mark.parametrize(
    "item", [{"finish_reason": "content_filtered", "image": "AAAA"}, {"error": {"message": "not this", "code": "x"}}]
)
def test_no_picture_at_all_is_a_filters_doing(item: Any) -> None:
    [failed] = read(reply(item))
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.CONTENT_FILTER


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"created":1}', b"[1]"])
def test_garbage_is_told(body: bytes) -> None:
    with pytest.raises(ValueError):
        read(body)
