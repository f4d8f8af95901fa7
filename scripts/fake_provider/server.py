"""The sockets: HTTP/1.1 with keep-alive, plain or TLS, on loopback. Knows requests and steps, no dialect.

Beside the provider's own paths it has a few for tests that run in another process:
GET /_requests, GET /_connections, POST /_behave (a JSON list of names), POST /_reset; POST /_token mints one (OAuth),
as do the paths of providers whose tokens have to be got at their own host.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.fake_provider import asked, behaviour, dialects
from scripts.fake_provider.answer import Answer, Close, Pause, Send, Step, document, well_behaved
from scripts.fake_provider.objects import Shelf
from scripts.fake_provider.recording import Recording

MINTS = ("/_token", "/oauth/2.0/token", "/v1/BCE-BEARER/token")
MINTED = {"access_token": "fake-minted", "token": "fake-minted", "token_type": "Bearer", "expires_in": 3600}
HEAD_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came. Header names are lower case, in order, repeated ones kept."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int
    at: float

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None

    @property
    def form(self) -> dict[str, Any]:
        """The fields of a multipart form; a file is its bytes."""
        content_type = self.header("content-type")
        if not content_type.startswith("multipart/form-data"):
            return {}
        head = f"content-type: {content_type}\r\n\r\n".encode("latin-1")
        found: dict[str, Any] = {}
        for part in email.message_from_bytes(head + self.body).walk():
            name = part.get_param("name", header="content-disposition")
            if isinstance(name, str):
                data = part.get_payload(decode=True) or b""
                found[name] = data if part.get_filename() else bytes(data).decode()
        return found


@dataclass(slots=True)
class Connection:
    """One client connection; times are `time.time()`, 0 when it has not happened."""

    number: int
    opened_at: float
    requests: int = 0
    during: str = ""
    closed_at: float = 0.0
    closed_by_client_during: str = ""
    closed_by_client_at: float = 0.0
    gone: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def client_left(self) -> None:
        if not self.closed_by_client_at and not self.closed_at:
            self.closed_by_client_at = time.time()
            self.closed_by_client_during = self.during
            self.gone.set()

    def facts(self) -> dict[str, Any]:
        names = ("number", "opened_at", "requests", "closed_at", "closed_by_client_at", "closed_by_client_during")
        return {name: getattr(self, name) for name in names}


class FakeProvider:
    """`async with` starts and stops it. Thread-safe from outside: `behave`, `requests`, `connections`."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = "",
        delay: float = 0.0,
        recordings: Iterable[Recording] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port, self.key, self.delay, self.tls = host, port, key, delay, tls
        self.recordings = deque(recordings)
        self.shelf = Shelf()
        self.requests: list[Received] = []
        self.connections: list[Connection] = []
        self._behaviours: deque[str] = deque()
        self._answers: deque[Answer] = deque()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def behave(self, *names: str) -> None:
        """The next requests behave like this, one name each, whatever model they name; "" is well."""
        self._behaviours.extend(names)

    def reply(self, *answers: Answer) -> None:
        """The next requests get exactly these."""
        self._answers.extend(answers)

    def forget(self) -> None:
        """Nothing received, nothing planned; the connections stay on the record."""
        self.requests.clear()
        self._behaviours.clear()
        self._answers.clear()

    def open_connections(self) -> int:
        return sum(not one.closed_at for one in self.connections)

    async def __aenter__(self) -> FakeProvider:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = asyncio.StreamReader(limit=HEAD_LIMIT)
        connection = Connection(len(self.connections), time.time())
        self.connections.append(connection)
        return _Watched(reader, self, connection)

    def start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Connection) -> None:
        task = asyncio.ensure_future(self._converse(reader, writer, connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: Connection) -> None:
        """Request after request until one side has enough."""
        try:
            while (received := await _read(reader, writer, one.number)) is not None:
                one.requests += 1
                one.during = received.path
                going_on = await _perform(self._steps(received), writer, one)
                one.during = ""
                if not going_on or received.header("connection").lower() == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            one.client_left()
        finally:
            one.closed_at = time.time()
            writer.close()

    def _steps(self, received: Received) -> Iterator[Step]:
        if received.path.startswith("/_") or received.path in MINTS:
            return well_behaved(self._control(received))
        self.requests.append(received)
        if self._answers:
            return well_behaved(self._answers.popleft(), self.delay)
        made = self.shelf.answer(received.method, received.path, received.query, received.json or received.form or {})
        if made is not None:
            return well_behaved(made if not self.key or self.key in _keys(received) else document({}, 401))
        question = asked.read(received.path, received.query, received.json or received.form or None)
        if question is None:
            return well_behaved(document({"error": {"message": f"fake: no such path {received.path}"}}, 404))
        if self.key and self.key not in _keys(received):
            return well_behaved(dialects.refuse(question, 401, "fake: that is not the key"))
        name = self._behaviours.popleft() if self._behaviours else question.model
        return behaviour.steps(name, question, self._good_answer(question), self.delay)

    def _good_answer(self, question: asked.Asked) -> Answer:
        if not self.recordings:
            return dialects.answer(question)
        self.recordings.rotate(-1)
        return self.recordings[-1].answer

    def _control(self, received: Received) -> Answer:
        match received.path:
            case "/_requests":
                return document([_facts(one) for one in self.requests])
            case "/_connections":
                facts = [one.facts() for one in self.connections]
                return document({"open": self.open_connections(), "total": len(facts), "connections": facts})
            case "/_behave":
                self.behave(*(str(name) for name in received.json or []))
                return document({"waiting": list(self._behaviours)})
            case "/_reset":
                self.forget()
                return document({})
            case path if path in MINTS:
                return document(MINTED)
            case _:
                return document({"error": {"message": "fake: no such control"}}, 404)


class _Watched(asyncio.StreamReaderProtocol):
    """Notes the moment at which the client leaves, also while nothing is being read."""

    def __init__(self, reader: asyncio.StreamReader, provider: FakeProvider, connection: Connection) -> None:
        super().__init__(reader, lambda r, w: provider.start(r, w, connection))
        self._connection = connection

    def eof_received(self) -> bool | None:
        self._connection.client_left()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.client_left()
        super().connection_lost(exc)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Received | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    named = dict(headers)
    if named.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in named.get("transfer-encoding", ""):
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(named.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Received(method, path, query, headers, body, connection, time.time())


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(length + 2))[:-2]
    while (await reader.readuntil(b"\r\n")) != b"\r\n":
        continue
    return body


async def _perform(steps: Iterator[Step], writer: asyncio.StreamWriter, connection: Connection) -> bool:
    """False: the connection is of no further use."""
    for step in steps:
        match step:
            case Send(data):
                writer.write(data)
                await writer.drain()
            case Pause(seconds):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(connection.gone.wait(), None if seconds == float("inf") else seconds)
            case Close(reset):
                if reset:
                    _reset_on_close(writer)
                return False
        if connection.gone.is_set():
            return False
    return True


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    """Linger for no time: the kernel then sends RST instead of FIN."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _keys(received: Received) -> set[str]:
    """Whatever stands where some provider expects its key."""
    found = {received.header(name) for name in ("x-api-key", "api-key", "x-goog-api-key")}
    found |= {pair.partition("=")[2] for pair in received.query.split("&") if pair.startswith("key=")}
    return found | {received.header("authorization").removeprefix("Bearer ")}


def _facts(one: Received) -> dict[str, Any]:
    text = one.body.decode("utf-8", "replace")
    known = {"method": one.method, "path": one.path, "query": one.query, "headers": one.headers}
    return {**known, "body": text, "json": one.json, "connection": one.connection, "at": one.at}


@contextlib.contextmanager
def running_fake_provider(**settings: Any) -> Iterator[FakeProvider]:
    """The same, in a thread with a loop of its own; takes what FakeProvider takes."""
    provider = FakeProvider(**settings)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with provider:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="fake-provider", daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the fake provider did not start")
    try:
        yield provider
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
