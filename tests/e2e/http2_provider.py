"""A provider that speaks HTTP/2 over TLS, as the real ones do. Knows h2 and the OpenAI dialect, no gateway.

What it does is in the model's name, or in the queue that a test filled (`behave`):

    h2-well    an answer, streamed if asked for     h2-slow    the same, 30 ms between the events
    h2-503     an error                             h2-reset   RST_STREAM instead of an answer
    h2-cut     half a stream, then RST_STREAM       h2-goaway  GOAWAY, and the connection ends
    h2-hang    nothing at all
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SAID = "Hello over HTTP/2."


class Http2Provider:
    """`asked`: (connection, model) of each request; `resets`: when a client reset one of its streams."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.tls = tls
        self.port = 0
        self.asked: list[tuple[int, str]] = []
        self.resets: list[float] = []
        self.connections = 0
        self._behaviours: deque[str] = deque()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def behave(self, *names: str) -> None:
        self._behaviours.extend(names)

    def forget(self) -> None:
        self.asked.clear()
        self.resets.clear()
        self._behaviours.clear()

    def next(self, model: str) -> str:
        return self._behaviours.popleft() if self._behaviours else model

    async def serve(self) -> asyncio.Server:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Conversation(self), "127.0.0.1", 0, ssl=self.tls
        )
        self.port = server.sockets[0].getsockname()[1]
        return server


class _Conversation(asyncio.Protocol):
    def __init__(self, provider: Http2Provider) -> None:
        self._provider = provider
        provider.connections += 1
        self._number = provider.connections
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self._bodies: dict[int, bytes] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        assert transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        self._http.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._tasks.values():
            task.cancel()

    def data_received(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            match event:
                case h2.events.RequestReceived():
                    self._bodies[event.stream_id] = b""
                case h2.events.DataReceived():
                    self._bodies[event.stream_id] += event.data
                    self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case h2.events.StreamEnded():
                    task = asyncio.ensure_future(self._answer(event.stream_id))
                    self._tasks[event.stream_id] = task
                case h2.events.StreamReset():
                    self._provider.resets.append(time.time())
                    if event.stream_id in self._tasks:
                        self._tasks[event.stream_id].cancel()
        self._flush()

    async def _answer(self, stream: int) -> None:
        asked = json.loads(self._bodies[stream])
        self._provider.asked.append((self._number, asked["model"]))
        match self._provider.next(asked["model"]):
            case "h2-hang":
                await asyncio.Event().wait()
            case "h2-reset":
                self._http.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
            case "h2-goaway":
                self._http.close_connection()
                self._flush()
                self._transport.close()
            case "h2-503":
                self._document(stream, 503, {"error": {"message": "no room", "type": "server_error"}})
            case how if asked.get("stream"):
                await self._stream(stream, asked, how)
            case _:
                self._document(stream, 200, _whole(_said(asked)))
        self._flush()

    def _document(self, stream: int, status: int, value: Any) -> None:
        self._http.send_headers(stream, [(":status", str(status)), ("content-type", "application/json")])
        self._http.send_data(stream, json.dumps(value).encode(), end_stream=True)

    async def _stream(self, stream: int, asked: Any, how: str) -> None:
        self._http.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        words = _said(asked).split(" ")
        for number, word in enumerate(words):
            if how == "h2-cut" and number == len(words) // 2:
                self._http.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
                return
            self._http.send_data(stream, _event({"content": word + " "[: number < len(words) - 1]}))
            self._flush()
            await asyncio.sleep(0.03 if how == "h2-slow" else 0)
        self._http.send_data(stream, _event({}, "stop") + b"data: [DONE]\n\n", end_stream=True)

    def _flush(self) -> None:
        if data := self._http.data_to_send():
            self._transport.write(data)


def _said(asked: Any) -> str:
    return f"{SAID} You said: {asked['messages'][-1]['content']}"


def _whole(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-h2",
        "object": "chat.completion",
        "created": 1,
        "model": "h2",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5},
    }


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "chatcmpl-h2", "object": "chat.completion.chunk", "created": 1, "model": "h2", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody trusts, for 127.0.0.1, offering HTTP/2 only."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "provider.pem"
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.set_alpn_protocols(["h2"])
    return context


@contextlib.contextmanager
def running_http2_provider(folder: Path) -> Iterator[Http2Provider]:
    """In a thread of its own."""
    provider, loop, up = Http2Provider(self_signed(folder)), asyncio.new_event_loop(), threading.Event()

    def run() -> None:
        server = loop.run_until_complete(provider.serve())
        up.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(5)
    try:
        yield provider
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
