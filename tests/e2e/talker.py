"""A provider of OpenAI's Realtime API that is not there: a WebSocket server on loopback that plays its events.

What it does is said by the text that the client sends (`SAYINGS` below). Imports nothing of the product.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

KEY = "sk-fake-upstream"
USAGE = {
    "total_tokens": 1030,
    "input_tokens": 900,
    "output_tokens": 130,
    "input_token_details": {
        "text_tokens": 300,
        "audio_tokens": 600,
        "cached_tokens": 400,
        "cached_tokens_details": {"text_tokens": 100, "audio_tokens": 300},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 100},
}
SAYINGS = ("vanish", "leave", "sound", "half", "dear", "large")
"""Break the connection; close it; answer in bytes; never end the response; cost a lot; send 5 MB."""


@dataclass
class Talker:
    """`asked` are the paths of the upgrades, `upgrades` their headers, `got` the events of the clients."""

    port: int
    refused: dict[str, int] = field(default_factory=dict)
    """Model -> the status of its upgrades."""
    asked: list[str] = field(default_factory=list)
    upgrades: list[Headers] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    open: int = 0
    closes: list[int | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        for one in (self.refused, self.asked, self.upgrades, self.got, self.closes):
            one.clear()

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request.path)
        self.upgrades.append(request.headers)
        model = request.path.partition("model=")[2].partition("&")[0]
        keys = (request.headers.get("authorization"), request.headers.get("api-key"))
        if f"Bearer {KEY}" not in keys and KEY not in keys:
            return error(401, "Incorrect API key provided")
        return error(self.refused[model], "not now") if model in self.refused else None

    def talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        model = connection.request.path.partition("model=")[2].partition("&")[0]
        self.open += 1
        with contextlib.suppress(ConnectionClosed, OSError):  # the test looks at `open` and `closes`
            tell(connection, type="session.created", session={"type": "realtime", "model": model})
            for message in connection:
                self.hear(connection, message)
        self.open -= 1
        self.closes.append(connection.close_code)

    def hear(self, connection: ServerConnection, message: str | bytes) -> None:
        if isinstance(message, bytes):
            connection.send(message[::-1])
            return
        event = json.loads(message)
        self.got.append(event)
        match event["type"]:
            case "session.update":
                tell(connection, type="session.updated", session=event["session"])
            case "input_audio_buffer.commit":
                usage = {"type": "tokens", "total_tokens": 110, "input_tokens": 100, "output_tokens": 10}
                details = {"input_token_details": {"text_tokens": 0, "audio_tokens": 100}}
                kind = "conversation.item.input_audio_transcription.completed"
                tell(connection, type=kind, transcript="hello", usage={**usage, **details})
            case "response.create":
                instructions = (event.get("response") or {}).get("instructions", "")
                self.respond(connection, instructions)

    def respond(self, connection: ServerConnection, saying: str) -> None:
        tell(connection, type="response.created", response={"id": "resp_1", "status": "in_progress"})
        if saying == "sound":
            connection.send(b"\x00\x01\x02")
        if saying == "large":
            delta = base64.b64encode(b"\0" * 5_000_000).decode()
            tell(connection, type="response.output_audio.delta", response_id="resp_1", delta=delta)
        tell(connection, type="response.output_text.delta", response_id="resp_1", delta="hel")
        tell(connection, type="response.output_text.delta", response_id="resp_1", delta=f"lo: {saying}")
        if saying == "vanish":
            connection.socket.shutdown(socket.SHUT_RDWR)
            return
        if saying == "leave":
            connection.close(1001, "an hour is over")
            return
        if saying == "half":
            return
        usage = {**USAGE, "output_tokens": 10_000_000, "output_token_details": {}} if saying == "dear" else USAGE
        done = {"id": "resp_1", "object": "realtime.response", "status": "completed", "output": [], "usage": usage}
        tell(connection, type="response.done", response=done)


def tell(connection: ServerConnection, **event: Any) -> None:
    connection.send(json.dumps({"event_id": "event_1", **event}))


def error(status: int, message: str) -> Response:
    body = json.dumps({"error": {"message": message, "type": "server_error", "param": None, "code": None}}).encode()
    headers = Headers({"content-type": "application/json", "content-length": str(len(body)), "connection": "close"})
    return Response(status, HTTPStatus(status).phrase, headers, body)


@contextlib.contextmanager
def running_talker() -> Iterator[Talker]:
    talker = Talker(0)
    server: Server = serve(
        talker.talk,
        "127.0.0.1",
        0,
        process_request=talker.answer,
        select_subprotocol=lambda connection, names: "realtime" if "realtime" in names else None,
        max_size=None,
        compression=None,
    )
    talker.port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield talker
    finally:
        server.shutdown()
        thread.join(5)
