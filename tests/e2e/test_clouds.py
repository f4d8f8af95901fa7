"""Clouds whose requests are signed, or sent with a minted token, through the real gateway: what is signed arrives so.

The upstream is a plain server on the loopback, which checks the signature over what it received.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from addon.canon.outbound import Outbound
from addon.signing.sigv4 import Credentials, Scope, signature_headers
from tests.addon.dialects.bedrock_bytes import EVENT_STREAM, stream
from tests.addon.dialects.credentials import service_account
from tests.e2e.server import Gateway

BEDROCK = stream(
    ("messageStart", {"role": "assistant"}),
    *(("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}) for text in ("Hel", "lo", " 你好")),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}}),
)
GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5},
}


@dataclass
class Cloud:
    """What was asked of it: (path, headers with lower-case names, body)."""

    url: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


def answer(path: str) -> tuple[str, list[bytes]]:
    """Content type and pieces; a binary stream is cut where it hurts."""
    if path.endswith("/converse-stream"):
        return EVENT_STREAM, [BEDROCK[at : at + 37] for at in range(0, len(BEDROCK), 37)]
    if path == "/token":
        return "application/json", [b'{"access_token":"ya29.fake","expires_in":3599}']
    return "application/json", [json.dumps(GEMINI).encode()]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = Cloud()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            kind, pieces = answer(self.path)
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(sum(map(len, pieces))))
            self.end_headers()
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: pytest shows what it wants."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def add(gateway: Gateway, cloud: Cloud) -> Iterator[Callable[..., None]]:
    """Adds a channel to the cloud for one model, until the test is over."""
    made: list[int] = []

    def add(model: str, **fields: Any) -> None:
        made.append(gateway.add_channel(base_url=cloud.url, models=[model], **fields))
        gateway.await_models(model)
        cloud.asked.clear()

    yield add
    for number in made:
        gateway.api("DELETE", f"/channel/{number}")


def signed_again(cloud: Cloud, path: str, headers: dict[str, str], body: bytes) -> str:
    """The signature over what was received."""
    names = re.search(r"SignedHeaders=([\w;-]+)", headers["authorization"])
    assert names is not None
    kept = tuple((name, headers[name]) for name in names[1].split(";") if name not in ("host", "x-amz-date"))
    now = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    received = Outbound("POST", cloud.url + path, kept, body)
    credentials = Credentials("AKIDFAKE", "fake/secret")
    found = signature_headers(received, credentials, Scope("us-east-1", "bedrock"), int(now.timestamp()))
    return dict(found)["authorization"]


def test_bedrocks_signature_holds_and_its_binary_stream_is_read(
    gateway: Gateway, cloud: Cloud, add: Callable[..., None]
) -> None:
    model = "us.amazon.nova-2-lite-v1:0"
    add(model, type=33, key="AKIDFAKE|fake/secret|us-east-1")
    reply = gateway._client.post(
        f"{gateway.base_url}/chat/completions",
        json={"model": model, "messages": [{"role": "user", "content": "你好"}], "stream": True},
        headers={"authorization": f"Bearer {gateway.token}"},
    )
    chunks = [line.removeprefix("data: ") for line in reply.text.split("\n\n") if line]
    assert chunks.pop() == "[DONE]"
    texts = [choice["delta"].get("content") or "" for chunk in map(json.loads, chunks) for choice in chunk["choices"]]
    assert "".join(texts) == "Hello 你好"
    [(path, headers, body)] = cloud.asked
    assert path == "/model/us.amazon.nova-2-lite-v1%3A0/converse-stream"
    assert signed_again(cloud, path, headers, body) == headers["authorization"]
    assert gateway.token not in str(cloud.asked)


def test_vertexs_token_is_minted_once_and_used_again(gateway: Gateway, cloud: Cloud, add: Callable[..., None]) -> None:
    model = "gemini-3.1-pro-preview"
    key = service_account(token_uri=f"{cloud.url}/token")
    add(model, type=42, key=key, config='{"region": "eu"}')
    for _ in range(2):
        reply = gateway.chat(model)
        assert reply.json()["choices"][0]["message"]["content"] == "Hello"
        assert reply.json()["usage"]["total_tokens"] == 5
    assert [(path, headers.get("authorization")) for path, headers, _ in cloud.asked] == [
        ("/token", None),
        *[
            (
                f"/v1beta1/projects/fake-project/locations/eu/publishers/google/models/{model}:generateContent",
                "Bearer ya29.fake",
            )
        ]
        * 2,
    ]


def test_a_key_of_the_wrong_form_is_told_and_nothing_is_sent(
    gateway: Gateway, cloud: Cloud, add: Callable[..., None]
) -> None:
    model = "us.amazon.nova-premier-v1:0"
    add(model, type=33, key="AKIDFAKE|fake/secret")
    reply = gateway.chat(model)
    assert (reply.status_code, cloud.asked) == (401, [])
    assert "AK|SK|Region" in reply.json()["error"]["message"]
