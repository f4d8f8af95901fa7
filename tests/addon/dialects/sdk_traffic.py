"""What the providers' own SDKs put on the wire: each call goes to a server on the loopback of the clients' process.

Must not know any dialect. The SDKs live in another environment (tests/clients.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.clients import ask


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was on the wire; header names are lower-case."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def sent_by(call: str, cases: Sequence[Any], reply: Any) -> list[Sent]:
    """What the SDK sends for each case. `call` is Python that defines `call(host, case)`; `reply` is answered to it."""
    return [Sent(**found) for found in ask(f"REPLY = {json.dumps(reply)!r}\n{call}\n{_BENCH}", cases)]


_BENCH = """
import http.server, json, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        found.append({"path": self.path, "headers": headers, "body": body})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(REPLY)))
        self.end_headers()
        self.wfile.write(REPLY.encode())

    def log_message(self, *_):
        pass

found = []
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = "127.0.0.1:%d" % server.server_address[1]
for case in json.load(sys.stdin):
    call(host, case)
server.shutdown()
server.server_close()
print(json.dumps(found))
"""
