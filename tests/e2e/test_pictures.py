"""Pictures through the real gateway: files fetched behind a reply and billed, edits put into a provider's own form."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider
from scripts.fake_provider.answer import Answer
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

DRAWER, EDITOR = "black-forest-labs/flux-schnell", "grok-imagine-image"
"""Two models that have a price: 0.003 and 0.02 dollars a picture."""
PICTURE = b"\x89PNG\r\n\x1a\n some pixels"


@pytest.fixture(scope="module")
def channels(gateway: Gateway, session_provider: FakeProvider) -> Iterator[None]:
    """SiliconFlow, which tells URLs only, and xAI, which takes no forms."""
    url = session_provider.url
    made = [
        gateway.add_channel(name=model, type=kind, key=UPSTREAM_KEY, base_url=url, models=[model], priority=9)
        for kind, model in ((44, DRAWER), (45, EDITOR))
    ]
    gateway.await_models(DRAWER, EDITOR)
    yield
    for one in made:
        gateway.api("DELETE", f"/channel/{one}")


def ask(gateway: Gateway, path: str, **fields: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {gateway.token}"}
    return httpx.post(f"{gateway.base_url}/images/{path}", headers=headers, timeout=30, trust_env=False, **fields)


def drawn(gateway: Gateway, path: str = "generations", **fields: Any) -> list[dict[str, Any]]:
    reply = ask(gateway, path, **fields)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"])


def told(document: Any) -> Answer:
    return Answer(200, (("content-type", "application/json"),), (json.dumps(document).encode(),))


FILE = Answer(200, (("content-type", "image/png"),), (PICTURE,))


def newest(gateway: Gateway, model: str) -> dict[str, Any]:
    rows = gateway.api("GET", "/log/", model_name=model)
    return max(rows, key=lambda row: row["id"], default={"id": 0})


def billed(gateway: Gateway, model: str, after: int) -> int:
    """The quota of the next row about this model; the ledger writes behind the reply."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        row = newest(gateway, model)
        if row["id"] > after:
            return int(row["quota"])
        time.sleep(0.05)
    raise AssertionError(f"no row about {model}")


@pytest.mark.parametrize(
    "lost",
    [Answer(403, (("content-type", "application/xml"),), (b"<Error/>",)), Answer(302, (("location", "/x"),), ())],
)
def test_bytes_are_fetched_and_an_address_is_better_than_nothing(
    gateway: Gateway, provider: FakeProvider, channels: None, lost: Answer
) -> None:
    before = newest(gateway, DRAWER)["id"]
    urls = [f"{provider.url}/store/1.png", f"{provider.url}/store/2.png", "https://elsewhere.example/3.png"]
    provider.reply(told({"images": [{"url": url} for url in urls], "seed": 1}), FILE, lost)
    wanted = {"model": DRAWER, "prompt": "a cat", "n": 3, "size": "1024x1024", "response_format": "b64_json"}
    first, *others = drawn(gateway, json=wanted)
    assert base64.b64decode(first["b64_json"]) == PICTURE and "url" not in first
    assert others == [{"url": url} for url in urls[1:]]
    asked, *files = provider.requests
    assert json.loads(asked.body) == {
        "model": DRAWER,
        "prompt": "a cat",
        "batch_size": 3,
        "image_size": "1024x1024",
    }
    assert asked.header("authorization") == f"Bearer {UPSTREAM_KEY}"
    assert [(one.method, one.path, one.header("authorization")) for one in files] == [
        ("GET", "/store/1.png", ""),
        ("GET", "/store/2.png", ""),
    ]
    assert billed(gateway, DRAWER, before) == 3 * 1500
    assert "a file of its reply was not given" in gateway.log.read_text()


def test_an_address_is_not_fetched_where_it_is_asked_for(
    gateway: Gateway, provider: FakeProvider, channels: None
) -> None:
    url = f"{provider.url}/store/1.png"
    provider.reply(told({"images": [{"url": url}]}))
    assert drawn(gateway, json={"model": DRAWER, "prompt": "a cat"}) == [{"url": url}]
    assert len(provider.requests) == 1


def test_fewer_pictures_than_asked_for_cost_less(gateway: Gateway, provider: FakeProvider, channels: None) -> None:
    before = newest(gateway, DRAWER)["id"]
    provider.reply(told({"images": [{"url": "https://elsewhere.example/1.png"}]}))
    assert len(drawn(gateway, json={"model": DRAWER, "prompt": "a cat", "n": 4})) == 1
    assert billed(gateway, DRAWER, before) == 1500


def test_a_form_becomes_the_document_that_the_provider_takes(
    gateway: Gateway, provider: FakeProvider, channels: None
) -> None:
    before = newest(gateway, EDITOR)["id"]
    usage = {"cost_in_usd_ticks": 200_000_000}
    provider.reply(told({"data": [{"b64_json": base64.b64encode(PICTURE).decode()}], "usage": usage}))
    form = {"model": EDITOR, "prompt": "a hat", "size": "1536x1024", "response_format": "b64_json"}
    [made] = drawn(gateway, "edits", data=form, files={"image": ("cat.png", PICTURE, "image/png")})
    assert base64.b64decode(made["b64_json"]) == PICTURE
    [asked] = provider.requests
    assert (asked.path, asked.header("content-type")) == ("/v1/images/edits", "application/json")
    assert json.loads(asked.body) == {
        "model": EDITOR,
        "prompt": "a hat",
        "response_format": "b64_json",
        "aspect_ratio": "3:2",
        "image": {"url": f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}", "type": "image_url"},
    }
    assert billed(gateway, EDITOR, before) == 10_000


def test_a_filter_is_told_and_costs_nothing(gateway: Gateway, provider: FakeProvider, channels: None) -> None:
    before = newest(gateway, EDITOR)["id"]
    error = {"code": "content_moderated", "message": "this was not drawn"}
    provider.reply(told({"created": 1, "data": [{"error": error}]}))
    refused = ask(gateway, "generations", json={"model": EDITOR, "prompt": "something"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "content_moderated")
    assert billed(gateway, EDITOR, before) == 0
