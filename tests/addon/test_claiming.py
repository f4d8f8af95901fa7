import json

import pytest
from mitmproxy.connection import Server
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.mode_specs import ProxyMode

from addon.claiming import BODY_LIMIT
from addon.exchange import Visit, visits
from addon.hooks import OneAPI
from addon.routes import Kind
from addon.stream import uninstall
from tests.addon.conversation import Conversation
from tests.addon.house import House

BODY = b'{"model": "gpt-4o"}'


@pytest.fixture
def talk(house: House) -> Conversation:
    return house.conversation()


def get(talk: Conversation, target: str, host: str = "gateway") -> None:
    talk.client_sends(f"GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())


def visit(talk: Conversation) -> Visit | None:
    return visits.get(talk.flows[-1])


def error(said: bytes) -> str:
    return str(json.loads(said.partition(b"\r\n\r\n")[2])["error"]["message"])


@pytest.mark.parametrize("host", ["gateway", "api.openai.com", "elsewhere.example:99", ""])
def test_an_origin_form_request_is_addressed_to_us_whatever_its_host(talk: Conversation, host: str) -> None:
    """M11: Host headers lie."""
    get(talk, "/v1/models", host)
    found = visit(talk)
    assert found is not None
    assert (found.direct, found.route.kind, found.host) == (True, Kind.MODELS, host)
    assert talk.flows[-1].request.host == "127.0.0.1"
    assert talk.flows[-1].request.port == 3000


def test_a_proxied_request_to_a_listed_host_is_intercepted(talk: Conversation) -> None:
    get(talk, "http://api.openai.com/v1/models")
    found = visit(talk)
    assert found is not None
    assert (found.direct, found.route.kind) == (False, Kind.MODELS)


@pytest.mark.parametrize("target", ["http://other.example/v1/models", "http://api.openai.com.evil.example/v1/models"])
def test_a_proxied_request_to_another_host_is_not_ours(talk: Conversation, target: str) -> None:
    get(talk, target, "api.openai.com")
    assert visit(talk) is None
    assert talk.take() == b""
    assert len(talk.opened) == 1


def test_a_connect_is_never_claimed(talk: Conversation) -> None:
    talk.client_sends(b"CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n")
    assert visit(talk) is None
    assert talk.take().startswith(b"HTTP/1.1 200 Connection established")


@pytest.mark.parametrize(("address", "ours"), [("api.openai.com", True), ("other.example", False)])
def test_inside_a_tunnel_the_address_decides(house: House, address: str, ours: bool) -> None:
    talk = house.conversation()
    talk.layer.mode = HTTPMode.transparent
    talk.layer.context.server = Server(address=(address, 443))
    get(talk, "/v1/models", "api.openai.com")
    assert (visit(talk) is not None) is ours


def test_reverse_mode_in_front_of_a_listed_host_is_our_own_door(house: House) -> None:
    talk = house.conversation()
    talk.client.proxy_mode = ProxyMode.parse("reverse:https://api.openai.com")
    talk.layer.mode = HTTPMode.transparent
    talk.layer.context.server = Server(address=("api.openai.com", 443))
    get(talk, "/v1/models")
    found = visit(talk)
    assert found is not None
    assert found.direct


def test_without_a_gate_everything_is_mitmproxys(house: House, talk: Conversation) -> None:
    uninstall(house.addon)
    get(talk, "http://api.openai.com/v1/models")
    assert visit(talk) is None


def test_a_claim_that_crashes_goes_nowhere(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(OneAPI, "claim", crash)
    get(talk, "http://other.example/v1/models")
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 500 ")
    assert error(said).startswith("internal error: the request was not sent anywhere")
    assert talk.opened == []
    assert talk.closed == [talk.client]


def test_a_body_that_says_it_is_too_large_is_refused_at_its_head(talk: Conversation) -> None:
    talk.ask(b"", **{"content-length": str(BODY_LIMIT + 1)})
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 413 ")
    assert "larger than 64 MB" in error(said)
    assert talk.hooks == ["requestheaders", "response"]
    assert talk.closed == []


def test_a_body_that_becomes_too_large_is_refused_and_the_rest_thrown_away(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addon.claiming.BODY_LIMIT", 100)
    chunk = b"32\r\n" + b"x" * 0x32 + b"\r\n"
    talk.client_sends(b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + 2 * chunk)
    assert talk.take() == b""
    talk.client_sends(chunk)
    assert talk.take().startswith(b"HTTP/1.1 413 ")
    assert talk.hooks == ["requestheaders", "response"]
    talk.client_sends(chunk + b"0\r\n\r\n")
    assert talk.take() == b""
    get(talk, "/v1/nothing")
    assert talk.take().startswith(b"HTTP/1.1 401 ")


def test_who_waits_to_be_asked_for_too_much_is_let_go(talk: Conversation) -> None:
    talk.ask(b"", **{"content-length": str(BODY_LIMIT + 1), "expect": "100-continue"})
    assert b"\r\nconnection: close\r\n" in talk.take()
    assert talk.closed == [talk.client]


def test_who_waits_to_be_asked_for_a_body_is_asked(talk: Conversation) -> None:
    talk.client_sends(b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    assert talk.take().startswith(b"HTTP/1.1 100 Continue\r\n")
    talk.client_sends(b"{}")
    assert talk.take().startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "fields",
    [b"transfer-encoding: chunked\r\ncontent-length: 2\r\n", b"transfer-encoding: gzip\r\n", b"x y: z\r\n"],
)
def test_doubtful_framing_ends_the_connection(talk: Conversation, fields: bytes) -> None:
    talk.client_sends(b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\n" + fields + b"\r\n{}GET / HTTP/1.1\r\n\r\n")
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1") == 1
    assert "validate_inbound_headers" not in error(said)
    assert talk.closed == [talk.client]


def test_what_mitmproxy_cannot_even_read_is_answered_once(talk: Conversation) -> None:
    talk.client_sends(b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n")
    assert talk.take().count(b"HTTP/1.1") == 1
    assert talk.closed == [talk.client]
    assert talk.hooks == ["requestheaders", "error"]


def test_a_head_request_gets_the_length_and_no_body(talk: Conversation) -> None:
    talk.client_sends(b"HEAD /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n")
    head, _, body = talk.take().partition(b"\r\n\r\n")
    assert b"content-length: " in head
    assert body == b""


def test_a_page_is_sent_and_not_shown(talk: Conversation) -> None:
    get(talk, "/api/status", "127.0.0.1:3000")
    said = talk.take()
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"success":true' in said.replace(b" ", b"")
    assert b"success" not in (talk.flows[-1].response.content or b"")
    get(talk, "/api/status", "127.0.0.1:3000")
    assert talk.take().startswith(b"HTTP/1.1 200 OK\r\n")


def test_mitmproxys_own_limit_is_not_ours(house: House, talk: Conversation) -> None:
    """T8: it would answer in HTML."""
    house.context.options.update(body_size_limit="10")
    try:
        talk.ask(BODY)
        assert talk.take().startswith(b"HTTP/1.1 401 ")
    finally:
        house.context.options.update(body_size_limit=None)
