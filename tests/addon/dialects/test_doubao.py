"""Ark's second endpoint of embeddings; its other wishes are in `test_openai_edits_clouds`, replies in `test_openai`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import PictureMade, UsageReported, Vector
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.doubao import DIALECT
from addon.face.encode import flatten
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import document, embedding
from tests.addon.dialects.test_zhipu_images import picture

VISION = "doubao-embedding-vision-250615"
ARK = "https://ark.cn-beijing.volces.com/api/v3"


def test_embeddings_of_texts_are_openais() -> None:
    outbound = through_row(40, embedding(["a", "b"]), "doubao-embedding-text-240715")
    assert outbound.url == f"{ARK}/embeddings"
    assert document(outbound) == {"model": "doubao-embedding-text-240715", "input": ["a", "b"]}


def test_embeddings_of_seeing_models_are_one_by_one() -> None:
    outbound = through_row(40, embedding("a", dimensions=1024, encoding_format="base64"), VISION)
    assert outbound.url == f"{ARK}/embeddings/multimodal"
    assert document(outbound) == {"model": VISION, "input": [{"type": "text", "text": "a"}], "dimensions": 1024}
    with pytest.raises(CannotCarry, match="one embedding"):
        through_row(40, embedding(["a", "b"]), VISION)
    with pytest.raises(CannotCarry, match="token ids"):
        through_row(40, embedding([[1]]), VISION)


def test_the_one_embedding_is_no_list() -> None:
    body = {
        "id": "x",
        "created": 1,
        "model": VISION,
        "object": "list",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
    data = {"embedding": [0.5, 1.0], "object": "embedding"}
    read = DIALECT.codecs[Endpoint.EMBEDDINGS].read_reply
    said = list(flatten(read(embedding("a"), row_target(40, VISION), json.dumps(body | {"data": data}).encode())))
    assert [one for one in said if isinstance(one, Vector)] == [Vector(0, (0.5, 1.0))]


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("doubao-seedream-4-0-250828", {"size": "1024x1024", "quality": "hd"}, {"size": "1024x1024"}),
        ("doubao-seedream-4-5-251128", {"size": "1024x1024"}, {"size": "2048x2048"}),
        (
            "doubao-seedream-4-0-250828",
            {"n": 3},
            {"sequential_image_generation": "auto", "sequential_image_generation_options": {"max_images": 3}},
        ),
    ],
)
def test_seedream_draws_without_a_watermark(model: str, fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    outbound = through_row(40, picture(**fields), model)
    assert outbound.url == f"{ARK}/images/generations"
    assert document(outbound) == {"model": model, "prompt": "a cat", "watermark": False, **wanted}


def test_seedreams_pictures_come_out_without_those_that_failed() -> None:
    error = {"error": {"code": "OutputImageSensitiveContentDetected", "message": "no"}}
    data = [{"url": "https://files.example/1.png", "size": "3104x1312"}, error]
    usage = {"generated_images": 1, "output_tokens": 15900, "total_tokens": 15900}
    body = json.dumps({"model": "m", "created": 1, "data": data, "usage": usage}).encode()
    read = DIALECT.codecs[Endpoint.IMAGES].read_reply
    said = list(flatten(read(picture(n=2), row_target(40, "doubao-seedream-4-0-250828"), body)))
    assert [one.url for one in said if isinstance(one, PictureMade)] == ["https://files.example/1.png"]
    assert [one.usage.images for one in said if isinstance(one, UsageReported)] == [1]


def test_an_access_key_is_refused_with_the_form_of_a_good_one() -> None:
    with pytest.raises(BadKey, match="one API key, a UUID or ark-"):
        DIALECT.codecs[Endpoint.CHAT].build(None, Target("https://p.example", "AKLTfake", "ep-fake"))
