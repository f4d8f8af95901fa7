"""Pictures of Qianfan v1, written from the fact sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Started, Usage, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.request import Endpoint
from addon.dialects.baidu import DIALECT
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import document
from tests.addon.dialects.test_zhipu_images import picture

TARGET = row_target(15, "Stable-Diffusion-XL", key="fake-ak|fake-sk")
CODEC = DIALECT.codecs[Endpoint.IMAGES]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"n": 1}),
        ({"n": 9, "size": "1024X1024", "quality": "hd"}, {"n": 4, "size": "1024x1024"}),
        (
            {"negative_prompt": "dogs", "seed": 7, "steps": 20},
            {"n": 1, "negative_prompt": "dogs", "seed": 7, "steps": 20},
        ),
        ({"user": "ada", "size": "auto"}, {"n": 1, "user_id": "ada"}),
    ],
)
def test_request_has_baidus_words(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    outbound = through_row(15, picture(**fields), "Stable-Diffusion-XL", key="fake-ak|fake-sk", minted="24.fake")
    assert outbound.url.endswith("/wenxinworkshop/text2image/sd_xl")
    assert document(outbound) == {"prompt": "a cat", **wanted}


def test_pictures_come_out() -> None:
    data = [{"object": "image", "b64_image": text, "index": at} for at, text in enumerate(("AAAA", "BBBB"))]
    body = json.dumps({"id": "as-1", "object": "image", "created": 1, "data": data}).encode()
    assert list(CODEC.read_reply(picture(n=2), TARGET, body)) == [
        Started(id="as-1", created=1),
        PictureMade(0, data="AAAA"),
        PictureMade(1, data="BBBB"),
        UsageReported(Usage(images=2)),
    ]


def test_error_in_their_place_is_a_fault() -> None:
    [failed] = CODEC.read_reply(picture(), TARGET, b'{"error_code":17,"error_msg":"daily limit"}')
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.OUT_OF_BALANCE
