"""A provider's clerk on loopback: answers questions about accounts and models as it is told, and notes who asked.

Knows no provider: a test says which path gets which reply.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Clerk:
    """`replies` maps a path, without its query or with it, to a document, or to (status, content type, body).

    `asked` are (path with query, headers in lower case) in order.
    """

    replies: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def reply(self, path: str) -> tuple[int, str, bytes]:
        found = self.replies.get(path, self.replies.get(path.partition("?")[0]))
        if found is None:
            return 404, "application/json", b'{"detail": "Not Found"}'
        if isinstance(found, tuple):
            return found
        return 200, "application/json", json.dumps(found).encode()

    def begin(self, replies: dict[str, Any]) -> None:
        """A new test: nothing was asked, and nothing is known but this."""
        self.asked.clear()
        self.replies = replies


@contextlib.contextmanager
def running_clerk() -> Iterator[Clerk]:
    clerk = Clerk()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            clerk.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, content_type, body = clerk.reply(self.path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            if 300 <= status < 400:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    clerk.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield clerk
    finally:
        server.shutdown()
        server.server_close()
