"""Pictures of Tencent's: the documented reply comes out, and requests are what Tencent's SDK sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.tencent import DIALECT
from addon.dialects.tencent_images import nearest
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import document
from tests.addon.dialects.sdk_traffic import sent_by
from tests.addon.dialects.test_tencent import SDK
from tests.addon.dialects.test_zhipu_images import picture
from tests.recordings import Recording, cases

KEY = "1300000000|AKIDfakefake|fakesecret"
TARGET = row_target(23, "hunyuan-image-lite", key=KEY)
CODEC = DIALECT.codecs[Endpoint.IMAGES]


@pytest.mark.parametrize("recording", cases(["tencent"], ["images"]))
def test_documented_picture_comes_out(recording: Recording) -> None:
    [_, made, usage] = CODEC.read_reply(picture(), TARGET, b"[" + recording.body + b"]")
    assert made == PictureMade(0, url=json.loads(recording.body)["Response"]["ResultImage"])
    assert usage == UsageReported(Usage(images=1))


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {}),
        ({"size": "1024x1024", "style": "201"}, {"Resolution": "1024:1024", "Style": "201"}),
        ({"size": "1792x1024", "style": "vivid"}, {"Resolution": "1920:1080"}),
        (
            {"response_format": "b64_json", "negative_prompt": "dogs"},
            {"RspImgType": "base64", "NegativePrompt": "dogs"},
        ),
    ],
)
def test_request_is_what_tencents_sdk_sends(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    outbound = through_row(23, picture(**fields), "hunyuan-image-lite", key=KEY)
    assert document(outbound) == {"Prompt": "a cat", "RspImgType": "url", "LogoAdd": 0, **wanted}
    [sent] = sent_by(SDK, [["TextToImageLite", outbound.body.decode()]], {"Response": {"RequestId": "x"}})
    assert sent.document == document(outbound)
    assert sent.headers["x-tc-action"] == dict(outbound.headers)["x-tc-action"]


@pytest.mark.parametrize(
    ("size", "wanted"), [((256, 256), (768, 768)), ((1024, 1536), (768, 1280)), ((4000, 1), (1280, 720))]
)
def test_size_is_the_nearest_there_is(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert nearest(*size)[0] / nearest(*size)[1] == pytest.approx(wanted[0] / wanted[1], abs=0.2)


def test_several_are_asked_for_one_by_one() -> None:
    good = b'{"Response":{"ResultImage":"AAAA","RequestId":"x"}}'
    bad = b'{"Response":{"Error":{"Code":"OperationDenied.TextIllegalDetected","Message":"no"}}}'
    assert CODEC.follow_up is not None
    again = CODEC.follow_up(picture(n=2), TARGET, good, 1)
    assert again is not None and document(again.outbound)["Prompt"] == "a cat"
    assert CODEC.follow_up(picture(n=2), TARGET, good, 2) is None
    assert CODEC.follow_up(picture(n=2), TARGET, bad, 1) is None
    [_, made, usage] = CODEC.read_reply(picture(n=2), TARGET, b"[" + good + b"," + bad + b"]")
    assert (made, usage) == (PictureMade(0, data="AAAA"), UsageReported(Usage(images=1)))
    [failed] = CODEC.read_reply(picture(n=2), TARGET, b"[" + bad + b"]")
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.CONTENT_FILTER


def test_compatible_hosts_draw_nothing() -> None:
    with pytest.raises(CannotCarry, match="no pictures"):
        through_row(23, picture(), "hy3", key="sk-fake-tencent")
