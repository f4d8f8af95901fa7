"""Qianfan v2: its keys, and what stands beside OpenAI's dialect. Its replies are in `test_openai`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import Failed, PictureMade
from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects.qianfan import DIALECT, mint, read_token
from addon.face.encode import flatten
from addon.signing.bce import Credentials, authorization
from tests.addon.dialects.composed import row_target, through_row
from tests.addon.dialects.native import chat, document, embedding
from tests.addon.dialects.test_zhipu_images import picture

API_KEY = "bce-v3/ALTAK-fake/fake"


def target(key: str, **fields: Any) -> Target:
    return row_target(47, "ernie-4.5-turbo-128k", key=key, now=1_735_689_600, **fields)


@pytest.mark.parametrize(
    ("request_", "model", "path"),
    [
        (chat(), "ernie-4.5-turbo-128k", "chat/completions"),
        (embedding("hi"), "embedding-v1", "embeddings"),
        (picture(), "irag-1.0", "images/generations"),
    ],
)
def test_api_key_is_sent_as_it_is(request_: Any, model: str, path: str) -> None:
    outbound = through_row(47, request_, model, key=API_KEY, config={"appid": "app-1"})
    assert outbound.url == f"https://qianfan.baidubce.com/v2/{path}"
    assert outbound.secrets == (("authorization", f"Bearer {API_KEY}"),)
    assert dict(outbound.headers)["appid"] == "app-1"
    assert mint(target(API_KEY)) is None


def test_access_key_is_exchanged_with_baidus_signature() -> None:
    made = mint(target("fake-ak | fake-sk"))
    assert made is not None
    assert made.outbound.url == "https://iam.bj.baidubce.com/v1/BCE-BEARER/token?expireInSeconds=86400"
    signature = authorization(made.outbound, Credentials("fake-ak", "fake-sk"), 1_735_689_600)
    assert made.outbound.secrets == (("authorization", signature),)
    assert "fake" not in made.key and read_token(b'{"token":"bce-v3/fake"}') == ("bce-v3/fake", 85_800)
    outbound = through_row(47, chat(), "ernie-4.5-turbo-128k", key="fake-ak|fake-sk", minted="bce-v3/fake")
    assert outbound.secrets == (("authorization", "Bearer bce-v3/fake"),)
    assert "appid" not in dict(outbound.headers)


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ({"base_url": "http://127.0.0.1:9/v2"}, "http://127.0.0.1:9"),
        ({"base_url": "http://127.0.0.1:9", "config": {"iam_url": "http://127.0.0.1:8/"}}, "http://127.0.0.1:8"),
    ],
)
def test_credentials_go_where_the_channel_goes(fields: dict[str, Any], host: str) -> None:
    made = mint(target("fake-ak|fake-sk", **fields))
    assert made is not None
    assert made.outbound.url.startswith(f"{host}/v1/BCE-BEARER/token")


@pytest.mark.parametrize("key", ["", "fake", "a|b|c", "fake-ak|"])
def test_key_of_another_form_is_told(key: str) -> None:
    with pytest.raises(BadKey, match="bce-v3"):
        mint(target(key))


def test_private_cloud_has_keys_of_its_own() -> None:
    assert mint(target("fake", base_url="http://127.0.0.1:9")) is None


def test_pictures_are_told_as_urls_and_fetched_if_bytes_are_wanted() -> None:
    wanted = picture(response_format="b64_json", quality="hd", n=2)
    outbound = through_row(47, wanted, "irag-1.0", key=API_KEY)
    assert document(outbound) == {"model": "irag-1.0", "prompt": "a cat", "n": 2}
    urls = [f"https://x.bj.bcebos.com/{number}.png" for number in (1, 2)]
    made = json.dumps({"id": "x", "created": 1, "data": [{"url": url} for url in urls]}).encode()
    codec = DIALECT.codecs[Endpoint.IMAGES]
    assert codec.follow_up is not None
    assert codec.follow_up(picture(), target(API_KEY), made, 1) is None
    again = codec.follow_up(wanted, target(API_KEY), made, 1)
    assert again is not None and again.then is not None
    assert [again.outbound.url, again.then.outbound.url] == urls
    said = flatten(codec.read_reply(wanted, target(API_KEY), b"[" + made + b',"AAAA",null]'))
    pictures = [one for one in said if isinstance(one, PictureMade)]
    assert pictures == [PictureMade(0, data="AAAA"), PictureMade(1, url=urls[1])]


def test_error_in_place_of_pictures_is_a_fault() -> None:
    body = b'{"error":{"code":"system_unsafe","message":"no","type":"unsafe_request"},"id":"as-1"}'
    [failed] = DIALECT.codecs[Endpoint.IMAGES].read_reply(picture(), target(API_KEY), body)
    assert isinstance(failed, Failed) and failed.fault.kind is FaultKind.CONTENT_FILTER


def test_what_qianfan_offers() -> None:
    assert set(DIALECT.codecs) == {
        Endpoint.CHAT,
        Endpoint.COMPLETIONS,
        Endpoint.EMBEDDINGS,
        Endpoint.IMAGES,
        Endpoint.IMAGE_EDITS,
        Endpoint.RERANK,
    }
