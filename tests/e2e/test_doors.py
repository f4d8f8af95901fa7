"""Who may come in, and what they reach: from another machine, and from this one. HOUSE.md, "Doors"."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.conftest import UPSTREAM_KEY, seed
from tests.e2e.elsewhere import Elsewhere, elsewhere
from tests.e2e.origins import PrefersHttp2, connect_through, converse, read_all, self_signed, tls_origin
from tests.e2e.server import ROOT_TOKEN, Gateway, running_mitmdump, running_oneapi

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}
# Nobody has chosen a password yet.
FRESH = {"INITIAL_ROOT_PASSWORD": ""}
NOTATIONS = (
    *("127.0.0.1", "127.0.0.2", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0.0.0.0", "localhost", "localhost."),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "{lan}", "[::ffff:{lan}]", "{name}"),
)


@dataclass(frozen=True, slots=True)
class House:
    """A gateway that listens on every interface, and a machine beside it."""

    gateway: Gateway
    other: Elsewhere
    bundle: Path

    @property
    def port(self) -> int:
        return self.gateway.port

    def notations(self) -> list[str]:
        return [one.format(lan=self.other.here, name=socket.gethostname()) for one in NOTATIONS]

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """From elsewhere, by this machine's address."""
        url = f"http://{self.other.here}:{self.port}{path}"
        return self.other.call(httpx.request, method, url, trust_env=False, **more)

    def head(self, target: str, headers: str = "") -> bytes:
        """The answer to CONNECT, from elsewhere."""

        def connect() -> bytes:
            tunnel, head = connect_through(self.port, target, headers, self.other.here)
            tunnel.close()
            return head

        return self.other.call(connect)


@pytest.fixture(scope="module")
def other() -> Iterator[Elsewhere]:
    with elsewhere() as there:
        yield there


@pytest.fixture(scope="module", params=["oneapi --host 0.0.0.0", "mitmdump's default"])
def house(
    request: pytest.FixtureRequest,
    other: Elsewhere,
    session_provider: FakeProvider,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """Both are as closed as each other."""
    if request.param.startswith("oneapi"):
        opened = running_oneapi(FRESH, host="0.0.0.0")
    else:
        opened = running_mitmdump(env=FRESH, host="")
    with opened as gateway:
        seed(gateway, session_provider, "openai")
        bundle = tmp_path_factory.mktemp("bundle") / "ca.pem"
        bundle.write_bytes(httpx.get(f"{gateway.url}/ca.pem", trust_env=False).content)
        yield House(gateway, other, bundle)


def credentials(token: str) -> str:
    return f"Proxy-Authorization: Basic {base64.b64encode(f'me:{token}'.encode()).decode()}\r\n"


def absolute(url: str, headers: str = "") -> bytes:
    host = url.split("/")[2]
    return f"GET {url} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n".encode()


def test_the_proxy_door_refuses_other_machines_without_credentials(
    house: House, session_provider: FakeProvider
) -> None:
    spoofed = "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\n"
    for shown in ("", spoofed, credentials("sk-fake-unknown"), "Proxy-Authorization: Basic !\r\n"):
        for target in ("api.openai.com:443", "me.openai.azure.com:443", f"{house.other.here}:1", "other.test:443"):
            head = house.head(target, shown)
            assert head.startswith(b"HTTP/1.1 407"), (target, shown)
            assert b"proxy-authenticate: Basic" in head.lower().replace(b"basic", b"Basic")
        for url in (f"{session_provider.url}/v1/models", "http://api.openai.com/v1/models"):
            reply = house.other.call(converse, house.port, absolute(url, shown), house.other.here)
            assert reply.startswith(b"HTTP/1.1 407"), (url, shown)
            assert b"http://name:sk-" in reply


def test_a_token_in_the_proxy_address_opens_the_door_and_serves_for_it(house: House, provider: FakeProvider) -> None:
    """An app whose key is not ours (it talks to OpenAI, as far as it knows) is served for the proxy's token."""
    token = house.gateway.add_token(name="the-proxy")
    house.gateway.settle()

    def ask(key: str) -> httpx.Response:
        proxy = f"http://me:{token}@{house.other.here}:{house.port}"
        with httpx.Client(
            proxy=proxy, verify=ssl.create_default_context(cafile=house.bundle), trust_env=False
        ) as client:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            return client.post("https://api.openai.com/v1/chat/completions", json=CHAT, headers=headers)

    for key in ("", "sk-fake-of-somebody", ROOT_TOKEN):
        reply = house.other.call(ask, key)
        assert reply.json()["choices"][0]["message"]["content"].startswith("You said: hello")
    rows = house.gateway.api("GET", "/log/", p=0)
    assert [row["token_name"] for row in rows[:3]] == ["Initial Root Token", "the-proxy", "the-proxy"]
    assert len(provider.requests) == 3


def test_a_token_opens_the_way_to_other_hosts_but_not_to_what_only_this_machine_reaches(
    house: House, session_provider: FakeProvider, tmp_path: Path
) -> None:
    shown = credentials(house.gateway.token)
    with tls_origin(self_signed(tmp_path / "origin.pem", "other.test"), house.other.here) as origin:
        assert house.head(f"{house.other.here}:{origin.port}", shown).startswith(b"HTTP/1.1 200")
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "169.254.169.254"):
        assert house.head(f"{host}:{session_provider.port}", shown).startswith(b"HTTP/1.1 403"), host
    reply = house.other.call(
        converse, house.port, absolute(f"{session_provider.url}/v1/models", shown), house.other.here
    )
    assert reply.startswith(b"HTTP/1.1 403")


def test_the_base_url_door_needs_its_token(house: House) -> None:
    with_token = {"authorization": f"Bearer {house.gateway.token}"}
    assert house.ask("/v1/models").status_code == 401
    assert house.ask("/v1/models", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401
    assert house.ask("/v1/models", headers=with_token).status_code == 200
    assert house.ask("/internal/test", method="POST", json={"channel_id": 1}).status_code == 401
    assert house.ask("/api/channel/").json()["success"] is False


def test_a_token_for_loopback_is_not_fooled_by_headers(house: House) -> None:
    token = house.gateway.add_token(subnet="127.0.0.0/8")
    house.gateway.settle()
    shown = {"authorization": f"Bearer {token}", "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"}
    assert house.ask("/v1/models", headers=shown).status_code == 403
    assert httpx.get(f"{house.gateway.base_url}/models", headers=shown, trust_env=False).status_code == 200


def test_the_default_password_is_for_this_machine_only(house: House) -> None:
    login = {"username": "root", "password": "123456"}
    refused = house.ask("/api/user/login", method="POST", json=login)
    assert refused.json()["success"] is False
    assert "INITIAL_ROOT_PASSWORD" in refused.json()["message"]
    url = f"{house.gateway.url}/api/user/login"
    for header in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"):
        behind = httpx.post(url, json=login, headers={header: "for=127.0.0.1"}, trust_env=False).json()
        assert behind["success"] is False, header
    assert "set-cookie" not in refused.headers
    assert httpx.post(url, json=login, trust_env=False).headers["set-cookie"].startswith("session=")


def test_no_notation_of_our_own_address_leads_through_the_proxy(house: House) -> None:
    """Not to the pages, nor to anything else of ours: from elsewhere with a token, and from this machine."""
    shown = credentials(house.gateway.token)
    for host in house.notations():
        place = f"{host}:{house.port}"
        tunnel, here = connect_through(house.port, place)
        tunnel.close()
        page = f"http://{place}/login"
        replies = {
            "CONNECT from elsewhere": house.head(place, shown),
            "CONNECT from here": here,
            "absolute from elsewhere": house.other.call(converse, house.port, absolute(page, shown), house.other.here),
            "absolute from here": converse(house.port, absolute(page)),
        }
        assert {name: reply.split(b" ")[1] for name, reply in replies.items()} == dict.fromkeys(replies, b"421"), host
        assert b"open it without the proxy" in replies["absolute from here"]


def test_a_tunnel_does_not_change_its_mind(house: House) -> None:
    """A second request in a kept-alive connection, and a Host header that says something else."""
    port = house.port
    lying = f"GET http://127.0.0.1:{port}/login HTTP/1.1\r\nHost: api.openai.com\r\nConnection: close\r\n\r\n".encode()
    assert converse(port, lying).startswith(b"HTTP/1.1 421")
    listed = f"GET http://api.openai.com/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    assert converse(port, listed).startswith(b"HTTP/1.1 404")
    first = f"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    answers = converse(port, first + lying)
    assert answers.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 421" in answers


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{port}", "2130706433", "0x7f.1:{port}", "127.0.0.1.nip.test"]
)
def test_a_rebound_host_gets_no_page(house: House, name: str) -> None:
    host = name.format(port=house.port)
    for path in ("/", "/login", "/api/status", "/ca.pem", "/api/channel/", "/static/style.css"):
        direct = httpx.get(house.gateway.url + path, headers={"host": host}, trust_env=False)
        assert direct.status_code in (400, 421), path
        assert house.ask(path, headers={"host": host}).status_code in (400, 421)
    # A port map may call us anything: tokens guard this door.
    with_token = {"authorization": f"Bearer {house.gateway.token}", "host": host}
    assert house.ask("/v1/models", headers=with_token).status_code == 200


def test_tls_to_our_own_port_speaks_http_1(house: House) -> None:
    """An HTTP/2 request names its host: it would look like one that is meant for somebody else."""
    for base in (f"https://127.0.0.1:{house.port}", f"https://localhost:{house.port}"):
        with httpx.Client(verify=PrefersHttp2.trusting(house.bundle), http2=True, trust_env=False) as client:
            page, models = client.get(f"{base}/login"), client.get(f"{base}/v1/models")
        assert (page.status_code, page.http_version, models.status_code) == (200, "HTTP/1.1", 401)


def test_pages_are_shown_to_other_machines_at_our_address(house: House) -> None:
    assert house.ask("/login").status_code == 200
    assert house.ask("/ca.pem").status_code == 200


def test_a_channel_that_leads_back_here_ends_in_an_error_and_no_loop(house: House) -> None:
    """Whatever the notation. The key is not ours, so that only the address can tell."""
    hosts = house.notations()
    for number, host in enumerate(hosts):
        mapping = json.dumps({f"loop-{number}": "gpt-4o"})
        url = f"http://{host}:{house.port}"
        house.gateway.add_channel(models=f"loop-{number}", base_url=url, key="sk-fake-loop", model_mapping=mapping)
    house.gateway.await_models(*(f"loop-{number}" for number in range(len(hosts))))
    before = house.gateway.output().count("refused: 401")
    for number, host in enumerate(hosts):
        reply = house.gateway.chat(f"loop-{number}")
        assert (reply.status_code, "leads back to this gateway" in reply.text) == (502, True), host
    # Nothing has come back to us: it would have been refused, with that key.
    assert house.gateway.output().count("refused: 401") == before


def test_a_channel_with_our_own_token_is_not_used_wherever_it_leads(house: House, provider: FakeProvider) -> None:
    """Ports that are mapped in between (Docker, nginx) hide the address; the key tells."""
    house.gateway.add_channel(models="own-token", base_url=provider.url, key=house.gateway.token)
    house.gateway.await_models("own-token")
    reply = house.gateway.chat("own-token")
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "channel_loop")
    assert provider.requests == []


def test_socks_is_not_open_to_other_machines(other: Elsewhere, session_provider: FakeProvider) -> None:
    def socks(host: str) -> bytes:
        """The reply to a plain request through SOCKS5."""
        with socket.create_connection((host, gateway.port), timeout=10) as connection:
            connection.sendall(b"\x05\x01\x00")
            assert connection.recv(2) == b"\x05\x00"
            address = socket.inet_aton("127.0.0.1") + struct.pack(">H", session_provider.port)
            connection.sendall(b"\x05\x01\x00\x01" + address)
            connection.recv(10)
            connection.sendall(absolute("http://origin/v1/models", f"Api-Key: {UPSTREAM_KEY}\r\n"))
            return read_all(connection)

    with running_mitmdump("socks5", host="0.0.0.0", ready="") as gateway:
        assert b'"object": "list"' in socks("127.0.0.1")
        before = len(session_provider.requests)
        assert b'"object": "list"' not in other.call(socks, other.here)
        assert len(session_provider.requests) == before


def test_upstream_keys_stay_here(house: House) -> None:
    """What another machine can read of a channel, with the right to: everything but its key."""
    shown = {"authorization": house.gateway.access_token}
    assert UPSTREAM_KEY not in house.ask("/api/channel/", headers=shown).text
