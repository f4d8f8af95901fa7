"""`mitmdump -s` and `mitmweb -s` in mitmproxy's own modes: the same answers, and dumps that hold no key."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from mitmproxy.http import HTTPFlow
from mitmproxy.io import FlowReader
from mitmproxy.tools.web import webaddons

from scripts.fake_provider import FakeProvider, running_fake_provider
from tests.e2e.conftest import CHANNELS, UPSTREAM_KEY, seed
from tests.e2e.origins import (
    PrefersHttp2,
    connect_through,
    converse,
    read_all,
    self_signed,
    tls_origin,
    tls_server_context,
)
from tests.e2e.server import (
    ACCESS_TOKEN,
    ROOT_KEY,
    ROOT_PASSWORD,
    Gateway,
    end,
    free_port,
    running_mitmdump,
)

MODELS = {name: models[0] for name, (_, models) in CHANNELS.items()} | {"tls": "tls-model"}
MODES = ("regular", "reverse", "upstream", "mitmweb")
WEB_PASSWORD = "fake-web-password"
SECRETS = (UPSTREAM_KEY, ROOT_KEY, ACCESS_TOKEN, ROOT_PASSWORD)


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway in one of the modes. `flows` and `har` are its dumps, `web` mitmweb's address, `beyond` the proxy
    that it uses itself."""

    mode: str
    gateway: Gateway
    flows: Path
    har: Path
    web: str = ""
    beyond: Gateway | None = None


@pytest.fixture(scope="module")
def tls_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeProvider, Path]]:
    pem = self_signed(tmp_path_factory.mktemp("tls") / "provider.pem", "provider.test")
    with running_fake_provider(key=UPSTREAM_KEY, tls=tls_server_context(pem)) as running:
        yield running, pem


@pytest.fixture(scope="module", params=MODES)
def place(
    request: pytest.FixtureRequest,
    session_provider: FakeProvider,
    tls_provider: tuple[FakeProvider, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    provider, pem = tls_provider
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(started(request.param, pem, tmp_path_factory.mktemp(request.param)))
        seed(found.gateway, session_provider)
        found.gateway.add_channel(key=UPSTREAM_KEY, base_url=provider.url, models="tls-model")
        found.gateway.await_models("tls-model")
        yield found


@contextlib.contextmanager
def started(mode: str, pem: Path, folder: Path) -> Iterator[Place]:
    flows, har = folder / "flows", folder / "traffic.har"
    args = ["-w", str(flows), "--set", f"hardump={har}"]
    with contextlib.ExitStack() as stack:
        trusted, beyond, web, more = pem, None, "", {}
        if mode == "upstream":
            opened = ["--set", "ssl_insecure=true"]
            beyond = stack.enter_context(running_mitmdump(script=None, args=opened))
            trusted = beyond.confdir / "mitmproxy-ca-cert.pem"
            more = {"mode": f"upstream:{beyond.url}"}
        elif mode == "reverse":
            more = {"mode": "reverse:https://api.openai.com"}
        elif mode == "mitmweb":
            # mitmproxy 12 asks for a password
            port = free_port()
            web = f"http://127.0.0.1:{port}"
            args += ["--no-web-open-browser", "--web-port", str(port)]
            args += ["--set", f"web_password={WEB_PASSWORD}"] if hasattr(webaddons, "WebAuth") else []
            more = {"program": "mitmweb"}
        args += ["--set", f"ssl_verify_upstream_trusted_ca={trusted}"]
        gateway = stack.enter_context(running_mitmdump(args=args, **more))
        yield Place(mode, gateway, flows, har, web, beyond)


def client_of(place: Place, door: str) -> httpx.Client:
    """Through which door: base URL, proxy, or a name that leads to us (/etc/hosts); HTTP/2 where it is intercepted."""
    if door == "base URL":
        return httpx.Client(base_url=place.gateway.url, trust_env=False, timeout=30)
    proxy = place.gateway.url if door == "proxy" else None
    return httpx.Client(
        base_url="https://api.openai.com" if proxy else f"https://127.0.0.1:{place.gateway.port}",
        verify=PrefersHttp2.trusting(place.gateway.confdir / "mitmproxy-ca-cert.pem"),
        http2=True,
        proxy=proxy,
        trust_env=False,
        timeout=30,
    )


def ask(client: httpx.Client, door: str, token: str, model: str, **more: object) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Say hello"}], **more}
    request = client.build_request(
        "POST",
        "/v1/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {token}"},
        extensions={"sni_hostname": "api.openai.com"} if door == "name" else {},
    )
    return client.send(request)


def streamed_text(reply: httpx.Response) -> str:
    events = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    return "".join(choice["delta"].get("content") or "" for one in events for choice in json.loads(one)["choices"])


def test_every_dialect_answers_on_each_door_of_each_mode(place: Place) -> None:
    for door in ("base URL", "name" if place.mode == "reverse" else "proxy"):
        with client_of(place, door) as client:
            for name, model in MODELS.items():
                wanted = f"You said: Say hello - this is the fake provider, playing {name.replace('tls', 'openai')}."
                whole = ask(client, door, place.gateway.token, model)
                assert whole.status_code == 200, whole.text
                assert whole.http_version == ("HTTP/1.1" if door == "base URL" else "HTTP/2")
                assert whole.json()["choices"][0]["message"]["content"] == wanted
                assert streamed_text(ask(client, door, place.gateway.token, model, stream=True)) == wanted


def test_pages_are_there_in_each_mode(place: Place) -> None:
    with client_of(place, "base URL") as client:
        page = client.get("/login")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "One API" in page.text
        assert client.get("/api/status").json()["success"] is True
        assert client.get("/ca.pem").content == (place.gateway.confdir / "mitmproxy-ca-cert.pem").read_bytes()


def test_a_token_that_is_wrong_is_told_so_in_each_mode(place: Place) -> None:
    door = "name" if place.mode == "reverse" else "proxy"
    with client_of(place, door) as client:
        reply = ask(client, door, "sk-fake-unknown", "gpt-4o")
        assert (reply.status_code, reply.json()["error"]["code"]) == (401, "invalid_api_key")


def test_the_proxy_beyond_carries_plain_and_tls_providers(place: Place) -> None:
    if place.beyond is None:
        return
    with client_of(place, "base URL") as client:
        for model in ("gpt-4o", "tls-model"):
            ask(client, "base URL", place.gateway.token, model)
    seen = place.beyond.output()
    assert "POST http://127.0.0.1" in seen
    assert "POST https://127.0.0.1" in seen


def test_hosts_that_are_not_ours_are_tunnelled_unopened(place: Place, tmp_path: Path) -> None:
    """The certificate is the origin's own. (A reverse proxy has no proxy door; the proxy beyond opens what it gets.)"""
    if place.mode in ("reverse", "upstream"):
        return
    with tls_origin(self_signed(tmp_path / "origin.pem", "other.test")) as origin:
        tunnel, head = connect_through(place.gateway.port, f"127.0.0.1:{origin.port}")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(tunnel, server_hostname="other.test") as tls:
            assert head.startswith(b"HTTP/1.1 200")
            assert tls.getpeercert(binary_form=True) == origin.certificate
            assert read_all(tls) == origin.greeting


def test_plain_traffic_that_is_not_ours_passes_unchanged(place: Place, provider: FakeProvider) -> None:
    """Also what looks like a key: it is the origin's business."""
    if place.mode in ("reverse", "upstream"):
        return
    fields = b"Host: 127.0.0.1:%d\r\nAuthorization: Bearer sk-fake-other\r\nX-Odd:  two  words\r\n" % provider.port
    tail = b"Content-Length: 4\r\nConnection: close\r\n\r\n{ } "
    paths = [b"/v1/models?key=%C3%A4&b", b"/v1/chat/completions"]
    for path in paths:
        absolute = b"POST http://127.0.0.1:%d%s HTTP/1.1\r\n" % (provider.port, path)
        through = converse(place.gateway.port, absolute + fields + tail)
        direct = converse(provider.port, b"POST " + path + b" HTTP/1.1\r\n" + fields + tail)
        assert through.split(b"\r\n\r\n", 1)[1] == direct.split(b"\r\n\r\n", 1)[1]
        passed, plain = provider.requests[-2:]
        assert (passed.method, passed.path, passed.query, passed.body) == (
            plain.method,
            plain.path,
            plain.query,
            plain.body,
        )
        assert dict(passed.headers).items() >= {("authorization", "Bearer sk-fake-other"), ("x-odd", "two  words")}


def test_mitmweb_shows_no_key_and_is_not_reachable_through_the_proxy(place: Place) -> None:
    if not place.web:
        return
    with client_of(place, "proxy") as client:
        ask(client, "proxy", place.gateway.token, "claude-sonnet-4-5")
    shown = httpx.get(
        f"{place.web}/flows", headers={"authorization": f"Bearer {WEB_PASSWORD}"}, trust_env=False
    ).raise_for_status()
    flows = shown.json()
    assert any(flow.get("comment", "").startswith("claude-sonnet-4-5 -> channel") for flow in flows)
    assert not [secret for secret in SECRETS if secret in shown.text]
    port = httpx.URL(place.web).port
    for target in (f"127.0.0.1:{port}", f"localhost:{port}"):
        tunnel, head = connect_through(place.gateway.port, target)
        tunnel.close()
        assert head.startswith(b"HTTP/1.1 421")


def test_dumps_hold_neither_keys_nor_cookies_and_only_facts(place: Place) -> None:
    """The last test of each mode: a dump is complete when its program has ended."""
    browser = {"origin": place.gateway.url, "sec-fetch-site": "same-origin"}
    login = {"username": "root", "password": ROOT_PASSWORD}
    with client_of(place, "base URL") as client:
        ask(client, "base URL", place.gateway.token, "claude-sonnet-4-5")
        ask(client, "base URL", place.gateway.token, "no-such-model")
        client.get(f"/v1/models?key={place.gateway.token}")
        client.get(f"/v1/models?api-key={place.gateway.token}")
        client.post("/v1/files", headers={"x-api-key": place.gateway.token})
        entered = client.post("/api/user/login", json=login, headers=browser)
        assert entered.json()["success"] is True
        cookie = entered.cookies["session"]
        made = place.gateway.add_token()
    end(place.gateway.process)
    raw = place.flows.read_bytes() + place.har.read_bytes()
    assert b"claude-sonnet-4-5" in raw
    assert not [secret for secret in (*SECRETS, cookie, made.removeprefix("sk-")) if secret.encode() in raw]
    with place.flows.open("rb") as file:
        facts = [flow for flow in FlowReader(file).stream() if isinstance(flow, HTTPFlow) and flow.metadata]
    assert facts
    for flow in facts:
        fact = flow.metadata["oneapi"]
        assert {"request_id", "model", "channel", "status", "quota", "stream_end"} <= set(fact)
        assert all(isinstance(value, str | int) for value in fact.values())
        assert flow.comment == f"{fact['model']} -> channel {fact['channel']}, {fact['status']}, quota {fact['quota']}"
