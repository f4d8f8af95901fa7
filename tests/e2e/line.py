"""One client connection, held open on purpose: what a program with keep-alive sees. Knows HTTP, no gateway."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["x-request-id"]

    @property
    def frames(self) -> list[Any]:
        """The data of each event of a stream: parsed, but for `[DONE]`. Comments are none."""
        parts = self.body.decode().split("\n\n")
        lines = [part.removeprefix("data: ") for part in parts if part and not part.startswith(":")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]

    @property
    def text(self) -> str:
        """What was said, streamed or not."""
        if self.headers["content-type"].startswith("application/json"):
            return str(self.json["choices"][0]["message"]["content"])
        chunks = [frame for frame in self.frames if isinstance(frame, dict)]
        return "".join(
            choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices") or []
        )


def chat(model: str, stream: bool = False, text: str = "hello", **fields: Any) -> bytes:
    """The body of a chat request."""
    asked = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
    return json.dumps({**asked, "stream": True} if stream else asked).encode()


class Line:
    """A connection that is opened once: when the gateway closes it, the next request fails."""

    def __init__(self, port: int, token: str, seconds: float = 20) -> None:
        self._token = token
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        self._connection.connect()
        self._connection.auto_open = 0

    def __enter__(self) -> Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def send(self, body: bytes | Iterable[bytes] | None, path: str = PATH, method: str = "POST", **more: str) -> None:
        """`more`: further headers, or others in the place of ours; an empty value sends none."""
        known = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        named = {**known, **{name.replace("_", "-"): value for name, value in more.items()}}
        self._connection.request(method, path, body, {name: value for name, value in named.items() if value})

    def read(self) -> Reply:
        """The whole reply to what was sent last."""
        found = self.head()
        return Reply(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())

    def head(self) -> http.client.HTTPResponse:
        """The reply to what was sent last, its body still to come: `read1` gives what is there."""
        return self._connection.getresponse()

    def ask(self, body: bytes | Iterable[bytes] | None, path: str = PATH, method: str = "POST", **more: str) -> Reply:
        self.send(body, path, method, **more)
        return self.read()

    @property
    def socket(self) -> socket.socket:
        return self._connection.sock

    def close(self) -> None:
        self._connection.close()


def raw(port: int, data: bytes, seconds: float = 5) -> bytes:
    """All that comes back for these bytes, until the gateway closes the connection; a time-out is a failure."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(data)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found
