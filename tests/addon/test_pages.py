import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from addon.pages import Pages, call, environ_of


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    write = start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
    write(b"first ")
    return [environ["REQUEST_METHOD"].encode(), b" ", body]


def environ(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "method": "POST",
        "target": "/a%20b?x=1",
        "headers": [("Content-Type", "text/plain"), ("Cookie", "a=1"), ("Cookie", "b=2")],
        "body": b"hello",
        "peer": ("192.0.2.1", 4),
        "own": ("127.0.0.1", 3000),
        "scheme": "http",
    }
    return environ_of(**(known | changes))


def test_call_gathers_status_headers_and_body() -> None:
    assert call(echo, environ()) == (201, [(b"X-Path", b"/a b")], b"first POST hello")


def test_call_closes_the_body_even_if_it_raises() -> None:
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Any:
            raise RuntimeError("broken page")

        def close(self) -> None:
            closed.append(True)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response("200 OK", [])
        return Body()

    with pytest.raises(RuntimeError, match="broken page"):
        call(app, environ())
    assert closed == [True]


def test_environ_has_the_true_peer_and_joined_headers() -> None:
    made = environ()
    assert (made["REMOTE_ADDR"], made["QUERY_STRING"], made["CONTENT_TYPE"], made["CONTENT_LENGTH"]) == (
        "192.0.2.1",
        "x=1",
        "text/plain",
        "5",
    )
    assert made["HTTP_COOKIE"] == "a=1; b=2"


def test_environ_lets_no_header_pose_as_another() -> None:
    made = environ(headers=[("X_Forwarded_For", "127.0.0.1"), ("X-A", "1"), ("X-A", "2"), ("Content-Length", "999")])
    assert "HTTP_X_FORWARDED_FOR" not in made
    assert (made["HTTP_X_A"], made["CONTENT_LENGTH"]) == ("1, 2", "5")


def test_serve_runs_several_pages_at_once() -> None:
    together = threading.Barrier(3, timeout=5)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        together.wait()
        start_response("200 OK", [])
        return [b"ok"]

    async def three() -> list[Any]:
        pages = Pages(app)
        began = time.monotonic()
        replies = await asyncio.gather(*(pages.serve(environ()) for _ in range(3)))
        pages.close()
        assert time.monotonic() - began < 5
        return list(replies)

    assert asyncio.run(three()) == [(200, [], b"ok")] * 3
