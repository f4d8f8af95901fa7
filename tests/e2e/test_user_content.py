"""Pictures that a client names by URL, through the real gateway: fetched over the operator's proxy, or refused.

The proxy is on loopback; so nothing of the gateway's own rule about addresses has to be loosened for a test.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.conftest import seed
from tests.e2e.server import Gateway, running_oneapi

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


class PictureProxy(BaseHTTPRequestHandler):
    """Knows one picture, at `http://pictures.example/`; remembers what it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        known = self.path == "http://pictures.example/cat"
        self.send_response(200 if known else 404)
        self.send_header("content-type", "application/octet-stream")
        self.end_headers()
        self.wfile.write(PNG if known else b"no")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def asked() -> list[str]:
    return []


@pytest.fixture(scope="module")
def fetching(session_provider: FakeProvider, asked: list[str]) -> Iterator[Gateway]:
    """A gateway that fetches over the proxy, with a channel that wants bytes and one that takes URLs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Proxy", (PictureProxy,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    proxy = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with running_oneapi({"USER_CONTENT_REQUEST_PROXY": proxy, "USER_CONTENT_REQUEST_TIMEOUT": "5"}) as gateway:
            seed(gateway, session_provider, "gemini", "anthropic")
            yield gateway
    finally:
        server.shutdown()
        server.server_close()


def ask(gateway: Gateway, model: str, url: str) -> httpx.Response:
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return httpx.post(
        f"{gateway.base_url}/chat/completions",
        headers={"authorization": f"Bearer {gateway.token}", "accept-language": "en"},
        json={"model": model, "messages": [{"role": "user", "content": content}]},
        trust_env=False,
        timeout=30,
    )


def received(provider: FakeProvider) -> Any:
    return json.loads(provider.requests[-1].body)


def test_a_provider_that_wants_bytes_gets_them(fetching: Gateway, provider: FakeProvider, asked: list[str]) -> None:
    asked.clear()
    reply = ask(fetching, "gemini-2.5-flash", "http://pictures.example/cat")
    assert reply.status_code == 200, reply.text
    assert asked == ["http://pictures.example/cat"]
    [_, picture] = received(provider)["contents"][0]["parts"]
    assert picture == {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}}


def test_a_provider_that_takes_urls_gets_the_url(fetching: Gateway, provider: FakeProvider, asked: list[str]) -> None:
    asked.clear()
    assert ask(fetching, "claude-sonnet-4-5", "https://pictures.example/cat").status_code == 200
    assert asked == []
    [_, picture] = received(provider)["messages"][0]["content"]
    assert picture["source"] == {"type": "url", "url": "https://pictures.example/cat"}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://pictures.example/gone", "the server answered with status 404"),
        ("http://169.254.169.254/latest/meta-data/", "the address is not on the public internet"),
        ("http://0x7f.1/", "the address is not on the public internet"),
        ("http://[::ffff:127.0.0.1]/", "the address is not on the public internet"),
    ],
)
def test_what_cannot_be_fetched_is_the_clients_mistake(
    fetching: Gateway, provider: FakeProvider, url: str, told: str
) -> None:
    provider.forget()
    reply = ask(fetching, "gemini-2.5-flash", url)
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["code"]) == (400, "messages[0].content[1]", "invalid_image_url")
    assert told in error["message"]
    assert provider.requests == []


def test_the_gateways_own_address_is_not_fetched(fetching: Gateway, asked: list[str]) -> None:
    asked.clear()
    reply = ask(fetching, "gemini-2.5-flash", f"{fetching.url}/api/status")
    assert reply.status_code == 400
    assert asked == []
