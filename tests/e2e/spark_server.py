"""Spark's WebSocket as it is not there: checks the signature, then answers in pieces, with pings in between.

What it does is said by the user's text: `vanish`, `refuse`, `linger` (never closes), `junk`, anything else. Imports
nothing of the product.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

APP, SECRET, API_KEY = "12345678", "ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl", "0123456789abcdef0123456789abcdef"
KEY = f"{APP}|{SECRET}|{API_KEY}"
USAGE = {"text": {"question_tokens": 4, "prompt_tokens": 50, "completion_tokens": 90, "total_tokens": 140}}


@dataclass
class SparkServer:
    port: int
    paths: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    pongs: int = 0
    closes: list[int | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def forget(self) -> None:
        self.paths.clear(), self.asked.clear(), self.closes.clear()
        self.pongs = 0

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(urlsplit(request.path).path)
        if self.is_signed(request):
            return None
        body = b'{"message":"HMAC signature does not match"}'
        headers = Headers({"content-type": "application/json", "content-length": str(len(body)), "connection": "close"})
        return Response(401, HTTPStatus(401).phrase, headers, body)

    def is_signed(self, request: Request) -> bool:
        """As the page says it, from the other side."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        told = base64.b64decode(query.get("authorization", "")).decode()
        found = dict(re.findall(r'(\w+)="([^"]*)"', told))
        origin = f"host: {query.get('host')}\ndate: {query.get('date')}\nGET {self.paths[-1]} HTTP/1.1"
        wanted = base64.b64encode(hmac.new(SECRET.encode(), origin.encode(), hashlib.sha256).digest()).decode()
        return (found.get("api_key"), found.get("signature")) == (API_KEY, wanted) and query["host"] == request.headers[
            "host"
        ]

    def talk(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):  # the test looks at `closes`
            question = connection.recv(timeout=5)
            assert isinstance(question, str)
            self.asked.append(json.loads(question))
            self.answer(connection, self.asked[-1]["payload"]["message"]["text"][-1]["content"])
        self.closes.append(connection.close_code)

    def answer(self, connection: ServerConnection, saying: str) -> None:
        if saying == "refuse":
            tell(connection, {"header": {"code": 11200, "message": "AppIdNoAuthError:(x)", "sid": "cht1", "status": 2}})
            return
        if saying == "junk":
            connection.socket.sendall(b"\xff\xff\xff\xff")
            connection.recv(timeout=5)
            return
        tell(connection, said("Hel", 0), pieces=7)
        if connection.ping(b"are you there").wait(5):
            self.pongs += 1
        tell(connection, said("lo, ", 1))
        if saying == "vanish":
            connection.socket.shutdown(socket.SHUT_RDWR)
            return
        tell(connection, said(saying, 2), pieces=3)
        if saying == "linger":
            connection.recv(timeout=5)


def said(text: str, status: int) -> dict[str, Any]:
    choices = {"status": status, "seq": status, "text": [{"content": text, "role": "assistant", "index": 0}]}
    payload = {"choices": choices, **({"usage": USAGE} if status == 2 else {})}
    return {"header": {"code": 0, "message": "Success", "sid": "cht1@dx", "status": status}, "payload": payload}


def tell(connection: ServerConnection, document: dict[str, Any], pieces: int = 1) -> None:
    """Pretty, because nobody said that it must not be; in pieces, if there are to be several."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if pieces == 1:
        connection.send(text)
    else:
        size = -(-len(text) // pieces)
        connection.send(text[start : start + size] for start in range(0, len(text), size))


@contextlib.contextmanager
def running_spark() -> Iterator[SparkServer]:
    spark = SparkServer(0)
    server = serve(spark.talk, "127.0.0.1", 0, process_request=spark.check, compression=None)
    spark.port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield spark
    finally:
        server.shutdown()
        thread.join(5)
