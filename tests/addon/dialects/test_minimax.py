"""MiniMax's own forms: embeddings and pictures, written from the fact sheet; its errors inside a 200.

Its other wishes are in `test_openai_edits_china`, its conversations in `test_openai`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, PictureMade, Started, Usage, UsageReported, Vector
from addon.canon.fault import FaultKind
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.minimax import DIALECT
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, row_target, through_row
from tests.addon.dialects.native import chat, document, embedding
from tests.addon.dialects.pictures import PNG_64, edit
from tests.addon.dialects.test_zhipu_images import picture

EMBEDDINGS = DIALECT.codecs[Endpoint.EMBEDDINGS]
IMAGES = DIALECT.codecs[Endpoint.IMAGES]
TARGET = row_target(27, "MiniMax-M2.5")
READING = Composed(DIALECT, TARGET)
HOST = "https://api.minimax.chat"


@pytest.mark.parametrize(
    ("key", "config", "url"),
    [
        ("sk-fake", {}, f"{HOST}/v1/embeddings"),
        ("sk-fake|123", {}, f"{HOST}/v1/embeddings?GroupId=123"),
        ("sk-fake", {"group_id": "456"}, f"{HOST}/v1/embeddings?GroupId=456"),
    ],
)
def test_embeddings_name_the_group_that_the_channel_has(key: str, config: dict[str, str], url: str) -> None:
    outbound = through_row(27, embedding(["a", "b"]), "embo-01", key=key, config=config)
    assert (outbound.url, outbound.secrets) == (url, (("authorization", "Bearer sk-fake"),))
    assert document(outbound) == {"model": "embo-01", "texts": ["a", "b"], "type": "db"}
    assert through_row(27, chat(), "MiniMax-M2", key=key).secrets == (("authorization", "Bearer sk-fake"),)


def test_embeddings_say_what_they_are_for() -> None:
    assert document(through_row(27, embedding("a", type="query"), "embo-01"))["type"] == "query"
    assert document(through_row(27, embedding("a", type="odd"), "embo-01"))["type"] == "db"
    with pytest.raises(CannotCarry, match="token ids"):
        through_row(27, embedding([[1]]), "embo-01")


def test_vectors_come_out() -> None:
    body = {"vectors": [[0.5, 1], [2, 3]], "total_tokens": 7, "base_resp": {"status_code": 0, "status_msg": "success"}}
    assert list(EMBEDDINGS.read_reply(embedding(["a", "b"]), TARGET, json.dumps(body).encode())) == [
        Started(model="MiniMax-M2.5"),
        Vector(0, (0.5, 1.0)),
        Vector(1, (2.0, 3.0)),
        UsageReported(Usage(prompt=7, completion=0, total=7)),
    ]


def test_several_answers_are_refused() -> None:
    with pytest.raises(CannotCarry, match="one answer"):
        through_row(27, chat(n=2), "MiniMax-M2")


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {}),
        ({"size": "1024x1024", "n": 12}, {"aspect_ratio": "1:1", "n": 9}),
        ({"size": "1792x1024", "quality": "hd"}, {"aspect_ratio": "16:9"}),
        ({"size": "1024x1536", "seed": 7}, {"aspect_ratio": "2:3", "seed": 7}),
        (
            {"aspect_ratio": "21:9", "size": "1024x1024", "prompt_optimizer": True},
            {"aspect_ratio": "21:9", "prompt_optimizer": True},
        ),
        ({"response_format": "b64_json", "size": "auto"}, {"response_format": "base64"}),
    ],
)
def test_pictures_have_an_aspect_instead_of_a_size(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    outbound = through_row(27, picture(**fields), "image-01", base_url="https://api.minimaxi.com/v1")
    assert outbound.url == "https://api.minimaxi.com/v1/image_generation"
    known = {"model": "image-01", "prompt": "a cat", "n": 1, "response_format": "url"}
    assert document(outbound) == {**known, **wanted}


def test_a_picture_is_drawn_after_another() -> None:
    outbound = through_row(27, edit(("image", "image/png"), n="2", seed="3"), "image-01")
    assert outbound.url.endswith("/v1/image_generation")
    made = document(outbound)
    assert (made["n"], made["seed"], made["prompt"]) == (2, 3, "a dog")
    assert made["subject_reference"] == [
        {"type": "character", "image_file": f"data:image/png;base64,{PNG_64}"},
    ]
    for files, param in ([("image", ""), ("mask", "")], "mask"), ([("image[]", "")] * 2, "image"):
        with pytest.raises(CannotCarry) as refused:
            through_row(27, edit(*files), "image-01")
        assert refused.value.param == param


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"image_urls": ["https://files.example/1.png"]}, PictureMade(0, url="https://files.example/1.png")),
        ({"image_base64": ["AAAA"]}, PictureMade(0, data="AAAA")),
    ],
)
def test_pictures_come_out(data: dict[str, Any], wanted: PictureMade) -> None:
    body = json.dumps({"id": "x", "data": data, "base_resp": {"status_code": 0, "status_msg": "success"}}).encode()
    found = list(IMAGES.read_reply(picture(), TARGET, body))
    assert found == [Started(id="x"), wanted, UsageReported(Usage(images=1))]


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        (1002, FaultKind.RATE_LIMITED, 429),
        (1004, FaultKind.BAD_KEY, 401),
        (1008, FaultKind.OUT_OF_BALANCE, 402),
        (1013, FaultKind.SERVER_ERROR, 502),
        (1026, FaultKind.CONTENT_FILTER, 400),
        (2013, FaultKind.BAD_REQUEST, 400),
        (2061, FaultKind.FORBIDDEN, 403),
    ],
)
def test_failure_inside_a_200_is_a_fault_everywhere(code: int, kind: FaultKind, status: int) -> None:
    body = json.dumps({"base_resp": {"status_code": code, "status_msg": "why"}}).encode()
    faults = [READING.fault(body), READING.fault_in_stream(b"data: " + body + b"\n\n")]
    for codec, request in ((EMBEDDINGS, embedding("a")), (IMAGES, picture())):
        [failed] = codec.read_reply(request, TARGET, body)
        assert isinstance(failed, Failed)
        faults.append(failed.fault)
    assert {(one.kind, one.status, one.message) for one in faults} == {(kind, status, "why")}


def test_nothing_drawn_is_a_filters_work() -> None:
    [failed] = IMAGES.read_reply(picture(), TARGET, b'{"data":{},"metadata":{"failed_count":"1"}}')
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.CONTENT_FILTER
    with pytest.raises(ValueError, match="object"):
        list(IMAGES.read_reply(picture(), TARGET, b"[]"))


def test_whole_text_at_the_end_of_a_stream_is_not_said_twice() -> None:
    head = {"id": "04aa", "created": 1, "model": "abab6.5s-chat"}
    first = {**head, "choices": [{"index": 0, "delta": {"content": "Hi", "role": "assistant", "name": "MM"}}]}
    end = {
        **head,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "Hi", "role": "assistant"}}],
    }
    end |= {
        "object": "chat.completion",
        "usage": {"total_tokens": 9},
        "base_resp": {"status_code": 0, "status_msg": ""},
    }
    body = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (first, end))
    told = oracle.our_stream(READING.streamed(body))
    assert (told.choices[0].text, told.choices[0].finish, told.usage["total_tokens"]) == ("Hi", "stop", 9)
