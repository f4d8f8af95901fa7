"""Dialects whose replies come in an unusual way, through the real gateway: a stream at another address, lines of JSON,
bytes in place of a document, a list that takes several requests, a translation behind a chat."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from scripts.fake_provider import FakeProvider
from scripts.fake_provider.answer import Answer
from tests.e2e.conftest import UPSTREAM_KEY
from tests.e2e.server import Gateway

PICTURE = b"\x89PNG\r\n\x1a\n some pixels"


def json_answer(document: Any, status: int = 200) -> Answer:
    return Answer(status, (("content-type", "application/json"),), (json.dumps(document).encode(),))


def streamed(kind: str, *pieces: str) -> Answer:
    return Answer(200, (("content-type", kind),), tuple(piece.encode() for piece in pieces))


@contextmanager
def channel(gateway: Gateway, provider: FakeProvider, type: int, model: str, **fields: Any) -> Iterator[None]:
    """A channel of this type to the fake, for as long as it is needed."""
    known = {"key": UPSTREAM_KEY, "base_url": provider.url, **fields}
    number = gateway.add_channel(name=f"type-{type}", type=type, models=[model], priority=9, **known)
    gateway.await_models(model)
    try:
        yield
    finally:
        gateway.api("DELETE", f"/channel/{number}")


def post(gateway: Gateway, path: str, **body: Any) -> httpx.Response:
    return httpx.post(
        f"{gateway.base_url}/{path}",
        headers={"authorization": f"Bearer {gateway.token}"},
        json=body,
        trust_env=False,
        timeout=30,
    )


def chat(gateway: Gateway, model: str, stream: bool = True) -> httpx.Response:
    messages = [{"role": "user", "content": "Hello"}]
    return post(gateway, "chat/completions", model=model, messages=messages, stream=stream)


def text_in(reply: httpx.Response) -> str:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.text.endswith("data: [DONE]\n\n")
    chunks = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line.startswith("data: {")]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert choices[-1]["finish_reason"] == "stop"
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def test_a_stream_that_stands_at_another_address_is_followed(gateway: Gateway, provider: FakeProvider) -> None:
    model = "meta/meta-llama-3-8b-instruct"
    prediction = {"id": "p-1", "status": "starting", "urls": {"stream": f"{provider.url}/stream/p-1"}}
    with channel(gateway, provider, 46, model):
        provider.reply(
            json_answer(prediction, 201),
            streamed(
                "text/event-stream",
                "event: output\ndata: Hel",
                "lo\n\nevent: output\ndata:  there\n\n",
                "event: done\ndata: {}\n\n",
            ),
        )
        assert text_in(chat(gateway, model)) == "Hello there"
    assert [(one.method, one.path) for one in provider.requests] == [
        ("POST", f"/v1/models/{model}/predictions"),
        ("GET", "/stream/p-1"),
    ]
    assert provider.requests[1].header("authorization") == f"Bearer {UPSTREAM_KEY}"


def test_a_prediction_is_polled_for_a_client_that_does_not_stream(gateway: Gateway, provider: FakeProvider) -> None:
    model = "meta/meta-llama-3-8b-instruct"
    with channel(gateway, provider, 46, model):
        provider.reply(
            json_answer({"id": "p-1", "status": "starting"}, 201),
            json_answer({"id": "p-1", "status": "succeeded", "output": ["Hel", "lo"]}),
        )
        reply = chat(gateway, model, stream=False)
    assert reply.json()["choices"][0]["message"]["content"] == "Hello"
    assert provider.requests[1].path == "/v1/predictions/p-1"


def test_lines_of_json_become_events(gateway: Gateway, provider: FakeProvider) -> None:
    lines = [{"model": "llama3.2", "message": {"content": text}, "done": False} for text in ("Hel", "lo")]
    end = {"model": "llama3.2", "message": {"content": ""}, "done": True, "done_reason": "stop", "eval_count": 2}
    body = "".join(json.dumps(line) + "\n" for line in [*lines, end])
    with channel(gateway, provider, 30, "llama3.2"):
        provider.reply(streamed("application/x-ndjson", body[:40], body[40:]))
        assert text_in(chat(gateway, "llama3.2")) == "Hello"
    assert provider.requests[0].path == "/api/chat"


def test_a_translation_is_streamed_as_one_piece(gateway: Gateway, provider: FakeProvider) -> None:
    with channel(gateway, provider, 38, "deepl-zh"):
        provider.reply(json_answer({"translations": [{"text": "你好", "billed_characters": 5}]}))
        assert text_in(chat(gateway, "deepl-zh")) == "你好"
    assert provider.requests[0].path == "/v2/translate"


def test_pictures_that_come_as_bytes_are_asked_for_one_by_one(gateway: Gateway, provider: FakeProvider) -> None:
    model = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
    with channel(gateway, provider, 37, model, config=json.dumps({"user_id": "acc"})):
        provider.reply(
            Answer(200, (("content-type", "image/png"),), (PICTURE,)),
            json_answer({"result": {"image": "AAAA"}, "success": True}),
        )
        reply = post(gateway, "images/generations", model=model, prompt="a cat", n=2)
    assert reply.status_code == 200, reply.text
    first, second = (item["b64_json"] for item in reply.json()["data"])
    assert (base64.b64decode(first), second) == (PICTURE, "AAAA")
    assert {one.path for one in provider.requests} == {f"/client/v4/accounts/acc/ai/run/{model}"}


def test_a_long_list_of_texts_takes_several_requests(gateway: Gateway, provider: FakeProvider) -> None:
    batches = [{"embeddings": {"float": [[float(at)] for at in range(size)]}} for size in (96, 4)]
    with channel(gateway, provider, 35, "embed-v4.0"):
        provider.reply(*map(json_answer, batches))
        reply = post(gateway, "embeddings", model="embed-v4.0", input=[str(number) for number in range(100)])
    assert [item["index"] for item in reply.json()["data"]] == list(range(100))
    assert [len(json.loads(one.body)["texts"]) for one in provider.requests] == [96, 4]
