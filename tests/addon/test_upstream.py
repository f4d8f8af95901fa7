import time

import pytest
from mitmproxy import http
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.options import Options
from mitmproxy.proxy import events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import (
    ReceiveHttp,
    RequestEndOfMessage,
    RequestHeaders,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
)

from addon.upstream import UpstreamHttp1Client

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def server() -> Server:
    made = Server(address=("upstream.example", 80))
    made.state = ConnectionState.OPEN
    return made


@pytest.fixture
def client(server: Server) -> UpstreamHttp1Client:
    """Waiting for the reply to a first request."""
    peer = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), timestamp_start=time.time())
    context = Context(peer, Options())
    context.server = server
    made = UpstreamHttp1Client(context)
    list(made.handle_event(events.Start()))
    ask(made, 1)
    return made


def ask(client: UpstreamHttp1Client, stream_id: int) -> None:
    request = http.Request.make("GET", "http://upstream.example/")
    list(client.handle_event(RequestHeaders(stream_id, request, end_stream=True)))
    list(client.handle_event(RequestEndOfMessage(stream_id)))


def received(client: UpstreamHttp1Client, server: Server, data: bytes) -> list[object]:
    commands = client.handle_event(events.DataReceived(server, data))
    return [command.event for command in commands if isinstance(command, ReceiveHttp)]


@pytest.mark.parametrize("cut", range(len(b"0\r\nx-checksum: 0\r\n\r\n")))
def test_trailers_end_the_reply_wherever_they_are_split(client: UpstreamHttp1Client, server: Server, cut: int) -> None:
    end = b"0\r\nx-checksum: 0\r\n\r\n"
    found = received(client, server, HEAD + b"2\r\nhi\r\n" + end[:cut]) + received(client, server, end[cut:])
    assert [type(one) for one in found] == [ResponseHeaders, ResponseData, ResponseEndOfMessage]
    ask(client, 3)
    again = received(client, server, HEAD + b"0\r\n\r\n")
    assert [type(one) for one in again] == [ResponseHeaders, ResponseEndOfMessage]


def test_a_reply_without_trailers_is_as_ever(client: UpstreamHttp1Client, server: Server) -> None:
    found = received(client, server, HEAD + b"2\r\nhi\r\n0\r\n\r\n")
    assert [type(one) for one in found] == [ResponseHeaders, ResponseData, ResponseEndOfMessage]
