"""Fetching what URLs name: what is refused, wherever it is written, and what comes back from servers on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from addon.fetch import Fetched, Fetcher, Unfetchable, resolve
from addon.publicnet import Address, networks
from rules.provider import words
from tests.addon.certificates import certificate

LOOPBACK = networks("127.0.0.0/8")
BODY = b"\x89PNG\r\n\x1a\n and so on"

Answer = tuple[int, dict[str, str], bytes]


class Site:
    """A server on loopback: path -> answer. `seen` are (path, Host, headers) of what was asked."""

    def __init__(self, answers: dict[str, Answer], tls: ssl.SSLContext | None = None) -> None:
        site = self
        self.seen: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.path, self.headers["host"]))
                site.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, headers, body = answers[self.path.partition("?")[0]]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def start(answers: dict[str, Answer], tls: ssl.SSLContext | None = None) -> Site:
        sites.append(Site(answers, tls))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


def names(**addresses: str) -> Any:
    """A resolver that knows these names (`_` for a dot), and every numeric notation as the system does."""
    known = {name.replace("_", "."): found.split() for name, found in addresses.items()}

    async def look_up(host: str, port: int) -> list[Address]:
        found = known.get(host.rstrip("."))
        if found is not None:
            return [ip_address(one) for one in found]
        return await resolve(host, port) if is_numeric(host) else []

    return look_up


def is_numeric(host: str) -> bool:
    """Whether the system reads this as an address without asking anybody."""
    try:
        socket.inet_aton(host)
    except OSError:
        return ":" in host
    return True


def fetched(url: str, limit: int = 1000, **options: Any) -> Fetched:
    async def run() -> Fetched:
        fetcher = Fetcher(**{"timeout": 5.0, "allowed": LOOPBACK, **options})
        try:
            return await fetcher.fetch(url, limit)
        finally:
            await fetcher.close()

    return asyncio.run(run())


def why_not(url: str, **options: Any) -> str:
    with pytest.raises(Unfetchable) as refused:
        fetched(url, **options)
    return str(refused.value)


# -- the corpus: nothing of this may ever be connected to -------------------------------------------------------------

FORBIDDEN = words(r"""
http://127.0.0.1/ http://127.0.0.1:3000/api/ http://127.1/ http://127.0.1/ http://127.127.127.127/ http://127.0.0.1./
http://0/ http://0.0.0.0/ http://0.0.0.0:22/ http://00000000000.0.0.0/ http://0x0/
http://2130706433/ http://017700000001/ http://0x7f000001/ http://0x7f.1/ http://0x7f.0x0.0x0.0x1/ http://0177.0.0.1/
http://0177.0.0.01/ http://127.0x1/ http://0X7F.1/ http://3232235521/ http://0xc0a80001/ http://2852039166/
http://0xa9fea9fe/ http://0251.0376.0251.0376/ http://0xA9.254.0251.254/ http://169.16689662/
http://127。0。0。1/ http://127．0．0．1/ http://127%2e0%2e0%2e1/ http://%31%32%37.0.0.1/ http://①②⑦.⓪.⓪.①/
http://10.0.0.1/ http://10.255.255.255/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/
http://192.168.0.1:8080/ http://100.64.0.1/ http://192.0.0.1/ http://198.18.0.1/ http://224.0.0.1/
http://239.255.255.250:1900/ http://240.0.0.1/ http://255.255.255.255/ http://192.0.2.1/ http://203.0.113.1/
http://169.254.169.254/latest/meta-data/ http://169.254.169.254/computeMetadata/v1/ http://169.254.170.2/v2/credentials
http://169.254.169.254:80/metadata/instance?api-version=2021-02-01 http://100.100.100.200/latest/meta-data/
http://168.63.129.16/machine/?comp=goalstate http://192.0.0.192/latest/ http://169.254.42.42/conf http://[fd00:ec2::254]/
http://[::1]/ http://[::]/ http://[::1]:3000/ http://[0:0:0:0:0:0:0:1]/ http://[0000::1]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:7f00:1]/ http://[::ffff:10.0.0.1]/ http://[::ffff:a9fe:a9fe]/
http://[::127.0.0.1]/ http://[::7f00:1]/ http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::a9fe:a9fe]/
http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/ http://[2002:a9fe:a9fe::]/ http://[2001:0:7f00:1::]/
http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/ http://[fc00::1]/ http://[fd12:3456::1]/
http://[ff02::1]/ http://[fec0::1]/ http://[2001:db8::1]/ http://[100::1]/ http://[::1%25lo]/
http://localhost/ http://localhost:6379/ http://LOCALHOST/ http://localhost./ http://rebound.test/
http://metadata.google.internal/computeMetadata/v1/ http://half-inside.test/ http://mapped.test/ http://nat64.test/
http://kubernetes.default.svc/ http://nowhere.test/ http://inside.test./
http://user:pass@127.0.0.1/ http://example.com@127.0.0.1/ http://example.com%40127.0.0.1/ http://example.com\@127.0.0.1/
http://127.0.0.1%00.example.com/ http://127.0.0.1%2f.example.com/ http://127.0.0.1#@example.com/
http://127.0.0.1?@example.com/ http:127.0.0.1 http:/127.0.0.1/ http:///127.0.0.1/ http:// http://:80/ //127.0.0.1/
http://example.test:0/ http://example.test:65536/ http://example.test:99999999999/ http://example.test:-1/
http://example..test/ http://-/ http://./ http://1.1.1.1.1/ http://256.256.256.256/ http://0x100000000/
file:///etc/passwd FILE:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stat
ldap://127.0.0.1/ jar:http://127.0.0.1!/ data:text/plain,x javascript:alert(1) unix:///var/run/docker.sock
""")
INSIDE = names(
    rebound_test="127.0.0.1",
    localhost="::1 127.0.0.1",
    LOCALHOST="127.0.0.1",
    metadata_google_internal="169.254.169.254",
    mapped_test="::ffff:10.0.0.1",
    nat64_test="64:ff9b::a00:1",
    inside_test="192.168.0.9",
    kubernetes_default_svc="10.96.0.1",
    example_test="93.184.215.14",
    example_com="93.184.215.14",
    **{"half-inside_test": "93.184.215.14 10.0.0.1"},
)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_forbidden_target_is_never_connected_to(url: str) -> None:
    connected: list[str] = []

    def transport(request: httpx.Request) -> httpx.Response:
        connected.append(str(request.url))
        return httpx.Response(200, content=BODY)

    told = why_not(url, allowed=(), resolve=INSIDE, transport=httpx.MockTransport(transport))
    assert connected == []
    assert "10." not in told or "10." in url, "what a name means inside is nobody's business"


def test_the_corpus_has_some_hundred_targets() -> None:
    assert len(FORBIDDEN) == len(set(FORBIDDEN)) >= 100


@pytest.mark.parametrize("url", [url for url in FORBIDDEN if url.startswith("http://") and " " not in url])
def test_a_forbidden_target_is_not_reached_by_a_redirect(url: str) -> None:
    connected: list[str] = []

    def transport(request: httpx.Request) -> httpx.Response:
        connected.append(str(request.url))
        if len(connected) == 1:
            return httpx.Response(302, headers=[(b"location", url.encode())])
        return httpx.Response(200, stream=httpx.ByteStream(BODY))

    with contextlib.suppress(Unfetchable):  # a URL without a host is a path of the site that we came from
        fetched("http://93.184.215.14/", allowed=(), resolve=INSIDE, transport=httpx.MockTransport(transport))
    assert all(one.startswith("http://93.184.215.14/") for one in connected), connected


def test_a_public_address_of_this_machine_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here no interface has one: documentation's addresses stand for it."""
    monkeypatch.setattr("addon.fetch.is_local", lambda address: True)
    assert "not on the public internet" in why_not("http://93.184.215.14/", allowed=())


# -- what is fetched --------------------------------------------------------------------------------------------------


def test_bytes_and_their_type(serve: Callable[..., Site]) -> None:
    site = serve({"/a.png": (200, {"Content-Type": "Image/PNG; q=1"}, BODY)})
    assert fetched(f"{site.url}/a.png?x=1") == Fetched("image/png", BODY)
    assert site.seen == [("/a.png?x=1", f"127.0.0.1:{site.port}")]


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(serve: Callable[..., Site]) -> None:
    site = serve({"/": (200, {}, BODY)})
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "10.0.0.1")]

    assert fetched(f"http://pictures.test:{site.port}/", resolve=rebinding).data == BODY
    assert asked == ["pictures.test"]
    assert site.seen == [("/", f"pictures.test:{site.port}")]


def test_nothing_of_the_client_or_of_the_url_s_user_is_sent(serve: Callable[..., Site]) -> None:
    site = serve({"/": (200, {"set-cookie": "a=b"}, BODY)})
    fetched(f"http://user:fake-password@127.0.0.1:{site.port}/#part")
    assert set(site.headers[0]) == {"host", "user-agent", "accept", "accept-encoding"}


def test_tls_is_checked_against_the_name(serve: Callable[..., Site], tmp_path: Path) -> None:
    authority, server = certificate(tmp_path, "pictures.test")
    site = serve({"/": (200, {}, BODY)}, server)
    client = ssl.create_default_context(cafile=str(authority))
    for name, good in (("pictures.test", True), ("others.test", False)):
        options = {"resolve": names(pictures_test="127.0.0.1", others_test="127.0.0.1")}
        transport = httpx.AsyncHTTPTransport(verify=client)
        url = f"https://{name}:{site.port}/"
        if good:
            assert fetched(url, transport=transport, **options).data == BODY
        else:
            assert why_not(url, transport=transport, **options) == "the connection failed (ConnectError)"


def test_redirects_are_followed_from_the_name(serve: Callable[..., Site]) -> None:
    site = serve({"/a": (302, {"location": "/b?x"}, b""), "/b": (200, {}, BODY)})
    assert fetched(f"http://pictures.test:{site.port}/a", resolve=names(pictures_test="127.0.0.1")).data == BODY
    assert site.seen == [("/a", f"pictures.test:{site.port}"), ("/b?x", f"pictures.test:{site.port}")]


def test_five_redirects_are_followed_and_no_more(serve: Callable[..., Site]) -> None:
    site = serve({f"/{n}": (307, {"location": f"/{n + 1}"}, b"") for n in range(9)} | {"/9": (200, {}, BODY)})
    assert fetched(f"{site.url}/4").data == BODY
    assert why_not(f"{site.url}/3") == "there are more than 5 redirects"


def test_a_redirect_without_a_target_is_no_reply(serve: Callable[..., Site]) -> None:
    site = serve({"/": (302, {}, BODY)})
    assert why_not(f"{site.url}/") == "the server answered with status 302"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {}, b"no"), "the server answered with status 404"),
        ((206, {}, b"part"), "the server answered with status 206"),
        ((200, {}, b""), "there is nothing in it"),
        ((200, {"content-length": "5000"}, b"x"), "it is larger than 0.000977 MB"),
        ((200, {}, b"x" * 1025), "it is larger than 0.000977 MB"),
        ((200, {"content-encoding": "gzip"}, b"no gzip"), "its content-encoding cannot be undone"),
        ((200, {"content-encoding": "gzip"}, gzip.compress(BODY)[:-4]), "its content-encoding cannot be undone"),
        ((200, {"content-encoding": "gzip"}, gzip.compress(bytes(100_000))), "its content-encoding cannot be undone"),
        ((200, {"content-encoding": "rot13"}, b"x"), "its content-encoding cannot be undone"),
    ],
)
def test_what_cannot_be_used(serve: Callable[..., Site], answer: Answer, told: str) -> None:
    site = serve({"/": answer})
    assert why_not(f"{site.url}/", limit=1024).startswith(told)


def test_a_compressed_body_is_unpacked(serve: Callable[..., Site]) -> None:
    site = serve({"/": (200, {"content-encoding": "gzip"}, gzip.compress(BODY))})
    assert fetched(f"{site.url}/").data == BODY


def test_a_server_that_is_not_there_or_too_slow() -> None:
    async def run() -> tuple[str, str]:
        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(1)
            writer.close()

        server = await asyncio.start_server(stall, "127.0.0.1", 0)
        url = "http://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]  # noqa: UP031
        told = []
        for close in (False, True):
            if close:
                server.close()
            try:
                await Fetcher(timeout=0.2, allowed=LOOPBACK).fetch(url)
            except Unfetchable as reason:
                told.append(str(reason))
        return told[0], told[1]

    assert asyncio.run(run()) == ("it took longer than 0.2 seconds", "the connection failed (ConnectError)")


# -- through a proxy --------------------------------------------------------------------------------------------------


def test_a_proxy_is_given_the_name(serve: Callable[..., Site]) -> None:
    proxy = serve({"http://pictures.test/a": (200, {}, BODY), "http://elsewhere.test/a": (200, {}, BODY)})
    options = {"proxy": proxy.url, "allowed": (), "resolve": names(pictures_test="93.184.215.14")}
    assert fetched("http://pictures.test/a", **options).data == BODY
    assert fetched("http://elsewhere.test/a", **options).data == BODY, "only the proxy knows this name"
    assert [host for _, host in proxy.seen] == ["pictures.test", "elsewhere.test"]


@pytest.mark.parametrize(
    "url",
    [
        "http://inside.test/",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "http://intranet/",
        "http://db.internal/",
        "http://printer.local./",
        "http://256.256.256.256/",
        "http://[::1%251]/",
    ],
)
def test_a_proxy_is_not_asked_for_what_is_inside(url: str) -> None:
    options = {"proxy": "http://127.0.0.1:9", "allowed": (), "resolve": names(inside_test="10.0.0.1")}
    assert why_not(url, **options).startswith(("the address is not", "there is no host", "the URL is malformed"))


def test_a_proxy_that_cannot_be_one_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="scheme"):
        Fetcher(proxy="gopher://127.0.0.1:70")


def test_a_name_that_leads_nowhere_has_no_address() -> None:
    assert asyncio.run(resolve("a..b", 80)) == []
    assert asyncio.run(resolve("0x7f.1", 80)) == [ip_address("127.0.0.1")]
