"""Pictures of Zhipu's, by the fact sheet; requests are what Zhipu's SDK sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import Endpoint, ImageRequest
from addon.dialects.zhipu import DIALECT
from addon.face.decode import decode
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import document
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.test_zhipu import SDK

TARGET = row_target(16, "cogview-4-250304")
CODEC = DIALECT.codecs[Endpoint.IMAGES]


def picture(**fields: Any) -> ImageRequest:
    raw = json.dumps({"model": "asked-for", "prompt": "a cat", **fields}).encode()
    request = decode(Endpoint.IMAGES, "application/json", raw)
    assert isinstance(request, ImageRequest)
    return request


def reply(*urls: str, **fields: Any) -> bytes:
    return json.dumps({"created": 1, "data": [{"url": url} for url in urls], **fields}).encode()


def gathered(*replies: bytes) -> bytes:
    return b"[" + b",".join(replies) + b"]"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {}),
        ({"size": "1024x1024", "quality": "hd"}, {"size": "1024x1024", "quality": "hd"}),
        ({"size": "1000x256", "quality": "medium"}, {"size": "992x512", "quality": "standard"}),
        ({"size": "4096x1", "quality": "auto", "style": "vivid"}, {"size": "2048x512"}),
        ({"size": "auto", "user": "ada"}, {}),
        ({"user": "ada-lovelace", "watermark_enabled": False}, {"user_id": "ada-lovelace", "watermark_enabled": False}),
    ],
)
def test_request_has_zhipus_words(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    outbound = through_row(16, picture(**fields), "cogview-4-250304")
    assert outbound.url == "https://open.bigmodel.cn/api/paas/v4/images/generations"
    assert document(outbound) == {"model": "cogview-4-250304", "prompt": "a cat", **wanted}


def test_requests_are_what_zhipus_sdk_sends() -> None:
    outbound = through_row(16, picture(size="768x1344", quality="hd", user="ada-lovelace"), "cogview-4-250304")
    [sent] = sent_by(SDK, [["images", document(outbound)]], {"created": 1, "data": []})
    assert {name: value for name, value in sent.document.items() if value is not None} == document(outbound)
    assert outbound.url.endswith(sent.path)
    assert dict(outbound.secrets)["authorization"] == sent.headers["authorization"]


def steps(request: ImageRequest, *bodies: bytes) -> list[str]:
    """What follows these replies."""
    assert CODEC.follow_up is not None and CODEC.remembers and CODEC.keeps
    again = CODEC.follow_up(request, TARGET, gathered(*bodies), len(bodies))
    found = []
    while again is not None:
        found.append(again.outbound.url if again.binary else again.outbound.method)
        again = again.then
    return found


def test_pictures_are_made_one_by_one_and_fetched_if_bytes_are_wanted() -> None:
    one, two = (reply(f"https://aigc-files.bigmodel.cn/{number}.png") for number in (1, 2))
    assert steps(picture(), one) == []
    assert steps(picture(n=2), one) == ["POST"]
    assert steps(picture(n=2), one, two) == []
    wanted = picture(n=2, response_format="b64_json")
    assert steps(wanted, one) == ["POST"]
    assert steps(wanted, one, two) == [f"https://aigc-files.bigmodel.cn/{number}.png" for number in (1, 2)]
    assert steps(wanted, one, reply("http://127.0.0.1:9/1.png")) == ["https://aigc-files.bigmodel.cn/1.png"]
    assert steps(picture(n=2), reply()) == []


def test_pictures_of_all_replies_come_out() -> None:
    body = gathered(reply("https://files.example/1.png"), reply("https://files.example/2.png"))
    [_, *events] = CODEC.read_reply(picture(n=2), TARGET, body)
    assert events == [
        PictureMade(0, url="https://files.example/1.png"),
        PictureMade(1, url="https://files.example/2.png"),
        UsageReported(Usage(images=2)),
    ]


def test_bytes_take_the_place_of_their_url() -> None:
    urls = [f"https://aigc-files.bigmodel.cn/{number}.png" for number in (1, 2)]
    body = gathered(*map(reply, urls), b'"AAAA"', b"null")
    events = CODEC.read_reply(picture(n=2, response_format="b64_json"), TARGET, body)
    assert [one for one in events if isinstance(one, PictureMade)] == [
        PictureMade(0, data="AAAA"),
        PictureMade(1, url=urls[1]),
    ]


def test_pictures_before_a_failure_are_an_answer() -> None:
    body = gathered(reply("https://files.example/1.png"), b'{"error":{"code":"1113","message":"x"}}')
    events = list(CODEC.read_reply(picture(n=2), TARGET, body))
    assert events[1:] == [PictureMade(0, url="https://files.example/1.png"), UsageReported(Usage(images=1))]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gathered(b'{"error":{"code":"1301","message":"sensitive"}}'), FaultKind.CONTENT_FILTER),
        (gathered(b'{"error":{"code":"1113","message":"x"}}'), FaultKind.OUT_OF_BALANCE),
        (gathered(reply()), FaultKind.CONTENT_FILTER),
    ],
)
def test_error_in_place_of_a_picture_is_a_fault(body: bytes, kind: FaultKind) -> None:
    failed = list(CODEC.read_reply(picture(), TARGET, body))[-1]
    assert isinstance(failed, Failed) and failed.fault.kind is kind
