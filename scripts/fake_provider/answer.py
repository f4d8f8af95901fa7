"""An answer as a value, and the steps that put it on the wire. Knows HTTP/1.1, no dialect and no socket."""

from __future__ import annotations

import http
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`pieces` are the body's parts as the provider would send them: one for a document, one per event of a stream."""

    status: int
    headers: Headers
    pieces: tuple[bytes, ...]
    streamed: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Send:
    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds; infinity means: until the client leaves."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection: with a FIN, or with a RST."""

    reset: bool = False


Step = Send | Pause | Close


def document(value: Any, status: int = 200, headers: Headers = ()) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, (("content-type", "application/json"), *headers), (body,))


def stream(pieces: Iterable[bytes], content_type: str = "text/event-stream") -> Answer:
    return Answer(200, (("content-type", content_type), ("cache-control", "no-cache")), tuple(pieces), streamed=True)


def sse(value: Any, event: str = "", space: str = " ") -> bytes:
    """One server-sent event, of several lines if need be; `space` stands after the colons (Coze sends none)."""
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    head = f"event:{space}{event}\n" if event else ""
    return (head + "".join(f"data:{space}{line}\n" for line in data.split("\n")) + "\n").encode()


def head(answer: Answer) -> bytes:
    length = "transfer-encoding: chunked" if answer.streamed else f"content-length: {len(answer.body)}"
    lines = [status_line(answer.status), *(f"{name}: {value}" for name, value in answer.headers), length]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def status_line(status: int) -> str:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


LAST_CHUNK = b"0\r\n\r\n"


def well_behaved(answer: Answer, delay: float = 0.0) -> Iterator[Step]:
    """The steps of a provider in good health; `delay` is the seconds between two pieces of a stream."""
    if not answer.streamed:
        yield Send(head(answer) + answer.body)
        return
    yield Send(head(answer))
    for number, piece in enumerate(answer.pieces):
        if number and delay:
            yield Pause(delay)
        yield Send(chunk(piece))
    yield Send(LAST_CHUNK)
