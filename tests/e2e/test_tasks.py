"""A picture that is a task at its provider, through the real gateway: asked for, polled, fetched, billed."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from scripts.fake_provider import FakeProvider
from scripts.fake_provider.answer import Answer
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

MODEL = "wan2.2-t2i-flash"
PICTURE = b"\x89PNG\r\n\x1a\n some pixels"


def json_answer(document: Any) -> Answer:
    return Answer(200, (("content-type", "application/json"),), (json.dumps(document).encode(),))


def test_a_task_is_polled_and_its_picture_fetched(gateway: Gateway, provider: FakeProvider) -> None:
    channel = gateway.add_channel(
        name="dashscope", type=17, key=UPSTREAM_KEY, base_url=provider.url, models=[MODEL], priority=9
    )
    gateway.await_models(MODEL)
    try:
        done = {"task_status": "SUCCEEDED", "task_id": "t-1", "results": [{"url": f"{provider.url}/store/a.png"}]}
        provider.reply(
            json_answer({"output": {"task_status": "PENDING", "task_id": "t-1"}}),
            json_answer({"output": {"task_status": "RUNNING", "task_id": "t-1"}}),
            json_answer({"output": done, "usage": {"image_count": 1}}),
            Answer(200, (("content-type", "image/png"),), (PICTURE,)),
        )
        reply = httpx.post(
            f"{gateway.base_url}/images/generations",
            headers={"authorization": f"Bearer {gateway.token}"},
            json={"model": MODEL, "prompt": "a cat", "response_format": "b64_json"},
            trust_env=False,
            timeout=30,
        )
    finally:
        gateway.api("DELETE", f"/channel/{channel}")
    assert reply.status_code == 200, reply.text
    assert base64.b64decode(reply.json()["data"][0]["b64_json"]) == PICTURE
    [with_key, *_, to_the_store] = [one.header("authorization") for one in provider.requests]
    assert (with_key, to_the_store) == (f"Bearer {UPSTREAM_KEY}", "")
    asked = [(one.method, one.path) for one in provider.requests]
    assert asked == [
        ("POST", "/api/v1/services/aigc/text2image/image-synthesis"),
        ("GET", "/api/v1/tasks/t-1"),
        ("GET", "/api/v1/tasks/t-1"),
        ("GET", "/store/a.png"),
    ]
