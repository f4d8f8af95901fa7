import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.connection import Server
from mitmproxy.proxy import server_hooks
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow

from addon import front, hooks
from addon.compose import make_pages
from addon.errors import CannotStart
from addon.exchange import State, visits
from addon.hooks import OneAPI
from addon.services import open_services
from addon.settings import read_settings
from tests.addon.conversation import LATER
from tests.addon.house import ROOT_TOKEN, House

AUTH = {"authorization": f"Bearer {ROOT_TOKEN}"}
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}


class Listening:
    """mitmproxy's own account of where it listens."""

    def __init__(self, *addresses: tuple[str, int]) -> None:
        self.addresses = addresses

    def listen_addrs(self) -> tuple[tuple[str, int], ...]:
        return self.addresses


@pytest.fixture
def listening(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    def where(*addresses: tuple[str, int]) -> None:
        monkeypatch.setitem(house.context.master.addons.lookup, "proxyserver", Listening(*addresses))

    return where


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (("127.0.0.1", 3000), "http://127.0.0.1:3000"),
        (("127.0.0.2", 3000), "http://127.0.0.2:3000"),
        (("0.0.0.0", 81), "http://127.0.0.1:81"),
        (("::", 81, 0, 0), "http://127.0.0.1:81"),
        (("::1", 81, 0, 0), "http://[::1]:81"),
        (("192.0.2.1", 81), "http://127.0.0.1:81"),
    ],
)
def test_the_pages_reach_us_over_loopback(house: House, listening: Any, address: Any, url: str) -> None:
    listening(address)
    assert house.addon.own_url() == url


def connecting(address: tuple[str, int], mode: str = "regular", peer: str = "127.0.0.1") -> Any:
    client = tflow.tclient_conn()
    client.peername, client.proxy_mode = (peer, 50000), ProxyMode.parse(mode)
    return server_hooks.ServerConnectionHookData(Server(address=address), client)


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        (("127.0.0.1", 3000), True),
        (("127.0.0.2", 3000), True),
        (("::ffff:127.0.0.1", 3000), True),
        (("localhost", 3000), True),
        (("0.0.0.0", 3000), True),
        (("127.0.0.1", 3001), False),
        (("192.0.2.1", 3000), False),
    ],
)
def test_nobody_is_connected_to_a_port_of_ours(
    house: House, listening: Any, address: tuple[str, int], refused: bool
) -> None:
    listening(("127.0.0.1", 3000))
    data = connecting(address)
    house.run(house.addon.server_connect(data))
    assert (data.server.error is not None) is refused


@pytest.mark.parametrize(("peer", "refused"), [("127.0.0.1", False), ("203.0.113.7", True)])
def test_socks_clients_elsewhere_need_proxyauth(house: House, listening: Any, peer: str, refused: bool) -> None:
    listening(("127.0.0.1", 3000))
    data = connecting(("192.0.2.1", 80), "socks5", peer)
    house.run(house.addon.server_connect(data))
    assert (data.server.error is not None) is refused


def test_a_hook_that_crashes_answers_and_gives_the_hold_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    relayed = front.relayed

    async def crash(*arguments: Any) -> Any:
        await relayed(*arguments)
        assert len(house.holds()) == 1
        raise RuntimeError("a bug")

    monkeypatch.setattr(front, "relayed", crash)
    house.channel("gpt-4o")
    talk = house.conversation()
    talk.ask(ASKED, **AUTH)
    assert talk.take().startswith(b"HTTP/1.1 500 ")
    assert talk.opened == []
    assert house.holds() == []
    (row,) = house.rows()
    assert (row["status"], row["quota"]) == (500, 0)


def test_the_request_hook_leaves_alone_what_is_not_ours_or_answered(house: House) -> None:
    for flow in (tflow.tflow(), tflow.tflow(resp=True), tflow.tflow(err=True)):
        before = flow.response
        house.run(house.addon.request(flow))
        assert flow.response is before


def test_settling_happens_once_whatever_hooks_fire(house: House) -> None:
    house.channel("gpt-4o")
    talk = house.conversation(lambda server: "[Errno 111] Connect call failed")
    talk.ask(ASKED, **AUTH)
    (flow,) = talk.flows
    visit = visits[flow]
    assert visit.exchange is not None
    assert visit.exchange.state is State.CLOSED
    for late in (house.addon.response, house.addon.error):
        late(flow)
    house.addon.client_disconnected(flow.client_conn)
    assert len(house.rows()) == 1


def test_what_no_hook_has_settled_is_settled_when_the_client_has_gone(house: House) -> None:
    """A crash inside mitmproxy itself fires no hook of the flow."""
    house.channel("gpt-4o")
    talk = house.conversation(lambda server: LATER)
    talk.mute |= {"response", "error"}
    talk.ask(ASKED, **AUTH)
    exchange = visits[talk.flows[0]].exchange
    assert exchange in house.addon.open_exchanges()
    house.addon.client_disconnected(talk.client)
    assert house.holds() == []
    assert [row["status"] for row in house.rows()] == [499]
    assert exchange not in house.addon.open_exchanges()


def test_many_requests_of_one_client_may_go_to_one_provider(house: House) -> None:
    class Handler:
        max_conns: Any = None

        async def server_event(self, event: Any) -> None: ...

    proxyserver, client, handler = house.context.master.addons.get("proxyserver"), tflow.tclient_conn(), Handler()
    house.addon.client_connected(client)
    proxyserver.connections[client.id] = handler
    try:
        house.addon.client_connected(client)
        assert handler.max_conns["provider", 443]._value == hooks.UPSTREAM_CONNECTIONS
    finally:
        del proxyserver.connections[client.id]


@pytest.mark.parametrize(("url", "peer", "status"), [
    ("http://192.0.2.1/", "127.0.0.1", None),
    ("http://192.0.2.1/", "203.0.113.7", 407),
])  # fmt: skip
def test_the_proxy_door_asks_other_machines_for_a_token(house: House, url: str, peer: str, status: int | None) -> None:
    for hook in (house.addon.http_connect, house.addon.requestheaders):
        flow = tflow.tflow(req=http.Request.make("GET", url))
        flow.server_conn = Server(address=None)
        flow.client_conn.peername = (peer, 50000)
        flow.request.stream = True
        house.run(hook(flow))
        assert (flow.response and flow.response.status_code) == status


def test_a_credential_shown_to_the_proxy_is_remembered_and_not_passed_on(house: House) -> None:
    flow = tflow.tflow(req=http.Request.make("CONNECT", "https://api.openai.com"))
    flow.request.headers["proxy-authorization"] = f"Bearer {ROOT_TOKEN}"
    flow.client_conn.peername = ("203.0.113.7", 50000)
    house.run(house.addon.http_connect(flow))
    assert flow.response is None
    assert house.addon.proxy_credentials[flow.client_conn] == ROOT_TOKEN
    assert "proxy-authorization" not in flow.request.headers


class Hello:
    """What mitmproxy hands to `tls_clienthello`."""

    def __init__(self, address: tuple[str, int] | None, sni: str | None) -> None:
        client = type("Client", (), {"alpn": None})()
        self.context = type("Context", (), {"server": Server(address=address), "client": client})()
        self.client_hello = type("ClientHello", (), {"sni": sni})()
        self.ignore_connection = False


@pytest.mark.parametrize(
    ("address", "sni", "tunnelled"),
    [
        (("api.openai.com", 443), "api.openai.com", False),
        (("192.0.2.1", 443), "mine.openai.azure.com", False),
        (("other.example", 443), "other.example", True),
        (("other.example", 443), None, True),
        (None, "gateway.example", False),
    ],
)
def test_other_hosts_are_tunnelled_unopened(
    house: House, address: tuple[str, int] | None, sni: str | None, tunnelled: bool
) -> None:
    data: Any = Hello(address, sni)
    house.addon.tls_clienthello(data)
    assert data.ignore_connection is tunnelled
    assert data.context.client.alpn == (None if address else b"http/1.1")


def test_an_edit_is_seen_without_being_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "REFRESH_SECONDS", 0.01)
    task = house.loop.create_task(house.addon.refresh(house.services))
    house.services.database.changed()
    before = house.services.snapshots.current
    house.run(asyncio.sleep(0.1))
    assert house.services.snapshots.current is not before
    task.cancel()


def test_a_database_that_is_away_ends_no_task(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise OSError("the database is away")

    for name in ("REFRESH_SECONDS", "SWEEP_SECONDS"):
        monkeypatch.setattr(hooks, name, 0.01)
    monkeypatch.setattr(type(house.services.snapshots), "refresh_if_moved", away)
    monkeypatch.setattr(type(house.services.ledger), "sweep", away)
    tasks = [house.loop.create_task(run(house.services)) for run in (house.addon.refresh, house.addon.keep_books)]
    house.run(asyncio.sleep(0.1))
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    assert {"the rules could not be read", "the ledger could not be swept"} <= {
        one.getMessage() for one in caplog.records
    }


def test_what_cannot_start_says_so_in_one_line(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Any:
        raise CannotStart("the disk is full; choose another")

    addon = OneAPI(fail, make_pages)
    with caplog.at_level(logging.ERROR):
        addon.running()
    assert [record.getMessage() for record in caplog.records] == ["the disk is full; choose another"]
    assert addon.services is None
    addon.done()


def test_from_load_to_done_and_once_more(house: House, tmp_path: Path) -> None:
    """T12: as mitmproxy reloads a script, synchronously and within its loop."""
    settings = read_settings({"ONEAPI_DATA_DIR": str(tmp_path)})

    async def live() -> None:
        for _ in range(2):
            addon = OneAPI(lambda: open_services(settings), make_pages)
            addon.load(None)
            addon.running()
            assert addon.services is not None
            addon.done()
            assert http_layers.HttpStream is HttpStream
            await asyncio.sleep(0)
            assert all(task.cancelled() for task in addon.tasks)

    house.run(live())


def upgrade(token: str = ROOT_TOKEN) -> bytes:
    head = "GET /v1/realtime?model=gpt-realtime HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    return (
        f"{head}sec-websocket-version: 13\r\nsec-websocket-key: a\r\nauthorization: Bearer {token}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("path", "port", "offers"),
    [("realtime", 81, [b"http/1.1"]), ("realtime", 82, []), ("chat", 81, [])],
)
def test_a_websocket_is_made_over_http_1(house: House, path: str, port: int, offers: list[bytes]) -> None:
    """mitmproxy offers upstream what the client has offered, which may be HTTP/2."""
    house.channel("gpt-realtime")
    talk = house.conversation(lambda _: LATER)
    if path == "realtime":
        talk.client_sends(upgrade())
    else:
        asked = {"model": "gpt-realtime", "messages": [{"role": "user", "content": "hi"}]}
        talk.ask(asked, authorization=f"Bearer {ROOT_TOKEN}")
    server = Server(address=("upstream.example", port))
    house.run(house.addon.server_connect(server_hooks.ServerConnectionHookData(server, talk.client)))
    assert [*server.alpn_offers] == offers


def test_messages_of_a_websocket_that_is_not_ours_are_let_be(house: House) -> None:
    flow = tflow.twebsocketflow()
    before = [message.content for message in flow.websocket.messages]
    house.run(house.addon.websocket_message(flow))
    house.addon.websocket_end(flow)
    assert [message.content for message in flow.websocket.messages] == before
