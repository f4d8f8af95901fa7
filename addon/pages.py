"""The browser door: runs a WSGI application for requests that mitmproxy has read whole.

Must not know Flask, nor what the pages are. Several pages at once, on a small pool of threads: mitmproxy's own WSGI
addon serves one at a time.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

THREADS = 8
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
Page = tuple[int, list[tuple[bytes, bytes]], bytes]


class Pages:
    """`serve` answers one request with (status, headers, body)."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="page")

    async def serve(self, environ: WSGIEnvironment) -> Page:
        return await asyncio.get_running_loop().run_in_executor(self.pool, call, self.app, environ)

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Page:
    """Runs the application to its end."""
    head: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None) -> Any:
        head[:] = [
            int(status.split(" ", 1)[0]),
            [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        ]
        return written.append

    parts: Iterable[bytes] = app(environ, start_response)
    try:
        written.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return head[0], head[1], b"".join(written)


def environ_of(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    peer: tuple[str, int],
    own: tuple[str, int],
    scheme: str,
) -> WSGIEnvironment:
    """PEP 3333's environment. `target` is the path with its query, `peer` the true address of the client."""
    parts = urlsplit("//host" + target)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": own[0],
        "SERVER_PORT": str(own[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": peer[0],
        "REMOTE_PORT": str(peer[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in headers:
        add_header(environ, name, value)
    return environ


def add_header(environ: dict[str, Any], name: str, value: str) -> None:
    """Headers that occur twice are joined. A name with an underscore could pose as one with a dash: it is left out."""
    if "_" in name:
        return
    key = name.upper().replace("-", "_")
    if key == "CONTENT_LENGTH":
        return
    key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
    joiner = "; " if key == "HTTP_COOKIE" else ", "
    environ[key] = environ[key] + joiner + value if key in environ else value
