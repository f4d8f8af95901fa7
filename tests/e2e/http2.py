"""A program that only knows api.openai.com, trusts our certificate and speaks nothing but HTTP/2: one connection."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence

import h2.connection
import h2.events
import httpx

from tests.e2e.line import PATH, Reply
from tests.e2e.server import Gateway


class Offering(ssl.SSLContext):
    """Offers what the test says: httpx would name http/1.1 first, and mitmproxy take it."""

    protocols: Sequence[str] = ()

    def set_alpn_protocols(self, alpn_protocols: Sequence[str]) -> None:
        super().set_alpn_protocols(list(self.protocols))


def trusting(gateway: Gateway, *protocols: str) -> Offering:
    ca = httpx.get(f"{gateway.url}/ca.pem", trust_env=False).raise_for_status().text
    context = Offering(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca)
    context.protocols = protocols
    context.set_alpn_protocols(protocols)
    return context


def client(gateway: Gateway, token: str, seconds: float = 20) -> httpx.AsyncClient:
    """One connection to the intercepted door."""
    return httpx.AsyncClient(
        base_url="https://api.openai.com",
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        proxy=gateway.url,
        verify=trusting(gateway, "h2"),
        http1=False,
        http2=True,
        trust_env=False,
        timeout=seconds,
        limits=httpx.Limits(max_connections=1),
    )


async def ask_at_once(gateway: Gateway, token: str, bodies: Sequence[bytes]) -> list[Reply]:
    """The replies to these requests, all on the way at the same time on one connection."""
    async with client(gateway, token) as one:
        await one.get("/v1/models")  # without a connection there is nothing to share yet
        replies = await asyncio.gather(*(one.post(PATH, content=body) for body in bodies))
    assert {reply.http_version for reply in replies} == {"HTTP/2"}
    return [Reply(reply.status_code, dict(reply.headers), reply.content) for reply in replies]


class Multiplexed:
    """HTTP/2 by hand, for what httpx never does: resetting one stream and keeping the others."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        plain = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        plain.sendall(b"CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n")
        assert b" 200 " in plain.recv(4096)
        self._socket = trusting(gateway, "h2").wrap_socket(plain, server_hostname="api.openai.com")
        self._token = token
        self._http = h2.connection.H2Connection()
        self._http.initiate_connection()
        self.bodies: dict[int, bytes] = {}
        self.ids: dict[int, str] = {}
        self.ended: set[int] = set()

    def post(self, body: bytes) -> int:
        """Sends a request; its stream."""
        stream = self._http.get_next_available_stream_id()
        known = [("content-type", "application/json"), ("authorization", f"Bearer {self._token}")]
        pseudo = [(":method", "POST"), (":scheme", "https"), (":authority", "api.openai.com"), (":path", PATH)]
        self._http.send_headers(stream, [*pseudo, *known])
        self._http.send_data(stream, body, end_stream=True)
        self._flush()
        return stream

    def reset(self, stream: int) -> None:
        self._http.reset_stream(stream, error_code=8)
        self._flush()

    def read_until(self, seen: Callable[[], bool]) -> None:
        """Takes what arrives; a time-out is a failure."""
        self._flush()
        while not seen():
            for event in self._http.receive_data(self._socket.recv(65536)):
                self._take(event)
            self._flush()

    def close(self) -> None:
        self._socket.close()

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived():
                self.ids[event.stream_id] = dict(event.headers)[b"x-request-id"].decode()
            case h2.events.DataReceived():
                self.bodies[event.stream_id] = self.bodies.get(event.stream_id, b"") + event.data
                self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded() | h2.events.StreamReset():
                self.ended.add(event.stream_id)

    def _flush(self) -> None:
        self._socket.sendall(self._http.data_to_send())
