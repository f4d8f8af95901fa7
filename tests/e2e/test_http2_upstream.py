"""Providers that speak HTTP/2, as the real ones do: many attempts share a connection, and one that is given up is a
reset stream and not a closed connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest

from tests.e2e.books import eventually
from tests.e2e.http2 import Multiplexed, ask_at_once, trusting
from tests.e2e.http2_provider import SAID, Http2Provider, running_http2_provider
from tests.e2e.line import PATH, Reply, chat
from tests.e2e.rig import Rig, running_rig
from tests.e2e.server import running_mitmdump

STREAM = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
FAILING = ("h2-503", "h2-reset", "h2-goaway")
Ask = Callable[[bytes], Reply]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http2Provider]:
    with running_http2_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(scope="module")
def module_rig(provider: Http2Provider) -> Iterator[Rig]:
    """`two` has two keys at the provider; the other models are what it does."""
    with running_rig(partial(running_mitmdump, args=["--set", "ssl_insecure=true"])) as running:
        for priority in (2, 1):
            running.gateway.add_channel(
                name=f"two-{priority}",
                key=f"sk-fake-{priority}",
                base_url=provider.url,
                models=["two"],
                priority=priority,
            )
        models = ["h2-well", "h2-slow", "h2-503", "h2-cut", "h2-hang"]
        running.gateway.add_channel(name="http2", base_url=provider.url, models=models)
        running.gateway.await_models(*models)
        yield running


@pytest.fixture
def rig(module_rig: Rig, provider: Http2Provider) -> Rig:
    provider.forget()
    return module_rig


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def ask(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Ask]:
    """A client of the intercepted door that offers both, and gets this; upstream it is HTTP/2 in any case."""
    if request.param == "HTTP/2":
        yield lambda body: asyncio.run(ask_at_once(rig.gateway, rig.purse.key, [body]))[0]
        return
    trusted = trusting(rig.gateway, "http/1.1", "h2")
    headers = {"authorization": f"Bearer {rig.purse.key}", "content-type": "application/json"}
    proxy, timeout = rig.gateway.url, 10
    with httpx.Client(proxy=proxy, verify=trusted, headers=headers, trust_env=False, timeout=timeout) as client:

        def post(body: bytes) -> Reply:
            reply = client.post(f"https://api.openai.com{PATH}", content=body)
            assert reply.http_version == "HTTP/1.1"
            return Reply(reply.status_code, dict(reply.headers), reply.content)

        yield post


@STREAM
def test_an_answer_comes_through(rig: Rig, ask: Ask, stream: bool) -> None:
    before = rig.calm()
    reply = ask(chat("h2-well", stream))
    assert reply.text == f"{SAID} You said: hello"
    assert not stream or reply.frames[-1] == "[DONE]"
    row = rig.books.row(reply.id)
    assert rig.calm() == (before[0] - row["quota"], before[1] - row["quota"])
    assert row["quota"] > 0


@STREAM
@pytest.mark.parametrize("first", FAILING)
def test_the_second_key_serves_when_the_first_fails(
    rig: Rig, provider: Http2Provider, ask: Ask, first: str, stream: bool
) -> None:
    provider.behave(first)
    reply = ask(chat("two", stream))
    assert (reply.status, reply.text) == (200, f"{SAID} You said: hello")
    attempts = rig.books.row(reply.id)["detail"]["attempts"]
    assert [one["outcome"] for one in attempts] == ["try next", "streamed" if stream else "served"]
    assert len(provider.asked) == 2
    connections = {number for number, _ in provider.asked}
    assert len(connections) == (2 if first == "h2-goaway" else 1)


@pytest.mark.parametrize("first", FAILING)
def test_when_both_fail_the_client_is_told(rig: Rig, provider: Http2Provider, ask: Ask, first: str) -> None:
    before = rig.calm()
    provider.behave(first, first)
    reply = ask(chat("two", stream=True))
    assert reply.status == (503 if first == "h2-503" else 502)
    assert reply.json["error"]["message"].endswith(f"(request id: {reply.id})")
    assert rig.calm() == before


def test_a_stream_that_is_reset_half_way_ends_with_an_error(rig: Rig, ask: Ask) -> None:
    reply = ask(chat("h2-cut", stream=True))
    assert f"{SAID} You said: hello".startswith(reply.text)
    assert "error" in reply.frames[-1]
    row = rig.books.row(reply.id)
    assert (row["status"], row["stream_end"]) == (200, "truncated")
    assert rig.books.no_holds()


def test_who_resets_before_the_first_byte_frees_the_stream_upstream(rig: Rig, provider: Http2Provider) -> None:
    before = rig.calm()
    line = Multiplexed(rig.gateway, rig.purse.key)
    hanging = line.post(chat("h2-hang", stream=True))
    assert eventually(lambda: provider.asked, bool)
    left = time.time()
    line.reset(hanging)
    assert eventually(lambda: provider.resets, bool)
    assert provider.resets[0] - left < 0.25
    going_on = line.post(chat("h2-well", stream=True))
    line.read_until(lambda: going_on in line.ended)
    line.close()
    assert line.bodies[going_on].endswith(b"data: [DONE]\n\n")
    assert len({number for number, _ in provider.asked}) == 1
    (row,) = rig.books.rows_of("h2-hang", 1)
    assert (row["status"], row["stream_end"], row["quota"]) == (499, "client_gone", 0)
    assert rig.calm()[0] < before[0]


def test_many_failovers_share_the_connections_of_one_client(rig: Rig, provider: Http2Provider) -> None:
    """Thirty at once, of which each third fails first, over RST, 503 and GOAWAY.

    The connection that ends with its GOAWAY takes along what was being streamed on it: that is told, never hidden.
    """
    provider.behave(*("h2-reset", "h2-503", "h2-well") * 10, "h2-goaway")
    bodies = [chat("two", bool(number % 2), text=f"number {number}") for number in range(30)]
    replies = asyncio.run(ask_at_once(rig.gateway, rig.purse.key, bodies))
    for number, reply in enumerate(replies):
        assert reply.status in (200, 502, 503)
        if reply.status == 200 and b"upstream_cut" in reply.body:
            assert f"{SAID} You said: number {number}".startswith(reply.text)
            assert "error" in reply.frames[-1]
        elif reply.status == 200:
            assert reply.text == f"{SAID} You said: number {number}"
    assert sum(reply.status == 200 and b"upstream_cut" not in reply.body for reply in replies) >= 15
    assert rig.books.no_holds()


def test_a_client_that_resets_its_stream_frees_that_of_the_provider(rig: Rig, provider: Http2Provider) -> None:
    line = Multiplexed(rig.gateway, rig.purse.key)
    streams = [line.post(chat("h2-slow", stream=True, text="a b c d e f g h " * 3)) for _ in range(4)]
    line.read_until(lambda: len(line.bodies) == 4)
    left = time.time()
    line.reset(streams[0])
    line.reset(streams[2])
    line.read_until(lambda: line.ended >= {streams[1], streams[3]})
    line.close()
    assert len(provider.resets) == 2
    assert max(provider.resets) - left < 0.25
    rows = rig.books.rows_of("h2-slow", 4)
    assert sorted(row["stream_end"] for row in rows) == ["client_gone", "client_gone", "done", "done"]
    assert rig.books.no_holds()
