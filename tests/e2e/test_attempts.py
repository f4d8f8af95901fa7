"""Failover: which channel answers when others fail, and what the client sees of it: nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.fake_provider import FakeProvider, running_fake_provider
from scripts.fake_provider.answer import Answer
from tests.e2e.books import eventually
from tests.e2e.http2 import ask_at_once
from tests.e2e.line import Reply, chat, raw
from tests.e2e.rig import KEY, RETRIES, Rig
from tests.e2e.server import free_port

STREAM = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])

# model: its channels, in descending priority
LADDERS = {
    "ladder-live": ("refused", "fake-503", "fake-close", "fake-slow-50"),
    "ladder-plain": ("refused", "fake-503", "fake-close", "fake-well"),
    "ladder-reset": ("fake-reset", "fake-html", "fake-cut-json", "fake-well"),
    "ladder-odd": ("fake-early-hints", "fake-empty", "fake-error-first", "fake-well"),
    "ladder-long": ("fake-503",) * 6,
    "ladder-worse": ("refused", "fake-503", "fake-close", "fake-429"),
    "ladder-bad-request": ("fake-400", "fake-well"),
    "ladder-key": ("fake-401", "fake-404", "fake-429", "fake-well"),
    "ladder-cut": ("fake-cut", "fake-well"),
    "ladder-error": ("fake-error-in-stream", "fake-well"),
    "ladder-hang": ("fake-hang", "fake-well"),
    "ladder-silent": ("silent", "fake-well"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ladders(session_rig: Rig) -> dict[str, list[int]]:
    """The ids of each ladder's channels."""
    made = {model: session_rig.ladder(model, *rungs) for model, rungs in LADDERS.items()}
    session_rig.gateway.settle()
    return made


@pytest.fixture(scope="module")
def two_keys(session_rig: Rig) -> Iterator[FakeProvider]:
    """A provider that takes any key, and the model `two-keys` on two channels to it."""
    with running_fake_provider() as running:
        session_rig.ladder("two-keys", running.url, key="sk-fake-first")
        session_rig.ladder("two-keys", running.url, key="sk-fake-second")
        session_rig.gateway.settle()
        yield running


def behaviours(rig: Rig) -> list[str]:
    """What the provider was asked for, in order."""
    return [one.json["model"] for one in rig.provider.requests]


@STREAM
@pytest.mark.parametrize("model", ["ladder-live", "ladder-plain", "ladder-reset", "ladder-odd", "ladder-key"])
def test_the_client_sees_only_the_attempt_that_worked(
    rig: Rig, ladders: dict[str, list[int]], model: str, stream: bool
) -> None:
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat(model, stream))
        assert reply.status == 200
        assert reply.text == "You said: hello - this is the fake provider, playing openai."
        assert b"error" not in reply.body
        row = rig.books.row(reply.id)
        assert rig.calm() == (before[0] - row["quota"], before[1] - row["quota"])
        assert line.ask(chat("gpt-4o")).status == 200
    tried = row["detail"]["attempts"]
    assert [one["channel"] for one in tried] == ladders[model]
    assert [one["outcome"] for one in tried] == ["try next"] * 3 + ["streamed" if stream else "served"]
    assert [one["number"] for one in tried] == [1, 2, 3, 4]
    assert (row["channel"], row["status"], row["stream_end"]) == (ladders[model][3], 200, "done" if stream else "")
    assert behaviours(rig)[:-1] == [rung for rung in LADDERS[model] if rung != "refused"]


def test_the_attempt_that_works_is_streamed_live(rig: Rig, ladders: dict[str, list[int]]) -> None:
    with rig.line() as line:
        line.send(chat("ladder-live", stream=True))
        reply = line.head()
        arrived = []
        while reply.read1(65536):
            arrived.append(time.monotonic())
    assert arrived[-1] - arrived[0] > 0.3
    assert len(arrived) > 6


@pytest.mark.parametrize(("retries", "attempts"), [(RETRIES, 4), (0, 1), (2, 3)])
def test_no_more_than_retry_times_further_attempts(
    rig: Rig, ladders: dict[str, list[int]], retries: int, attempts: int
) -> None:
    before = rig.calm()
    with rig.retrying(retries), rig.line() as line:
        replies = [line.ask(chat("ladder-long", stream)) for stream in (False, True)]
    assert [reply.status for reply in replies] == [503, 503]
    assert rig.calm() == before
    assert len(rig.provider.requests) == 2 * attempts
    for reply in replies:
        tried = [one["channel"] for one in rig.books.row(reply.id)["detail"]["attempts"]]
        assert tried == ladders["ladder-long"][:attempts]


@STREAM
def test_when_all_fail_the_client_is_told_of_the_last_fault(
    rig: Rig, ladders: dict[str, list[int]], stream: bool
) -> None:
    before = rig.calm()
    with rig.line() as line:
        reply = line.ask(chat("ladder-worse", stream))
        assert reply.status == 429
        assert "fake: you asked for a 429" in reply.json["error"]["message"]
        assert reply.headers["retry-after"] == "1"
        assert rig.calm() == before
        assert line.ask(chat("gpt-4o")).status == 200
    row = rig.books.row(reply.id)
    assert (row["status"], row["channel"], row["quota"]) == (429, ladders["ladder-worse"][3], 0)


@STREAM
def test_a_bad_request_is_never_tried_again(rig: Rig, ladders: dict[str, list[int]], stream: bool) -> None:
    with rig.line() as line:
        assert line.ask(chat("ladder-bad-request", stream)).status == 400
    assert behaviours(rig) == ["fake-400"]


@pytest.mark.parametrize("model", ["ladder-cut", "ladder-error"])
def test_a_stream_that_fails_after_its_first_byte_is_not_tried_again(
    rig: Rig, ladders: dict[str, list[int]], model: str
) -> None:
    with rig.line() as line:
        reply = line.ask(chat(model, stream=True))
        assert "error" in reply.frames[-1]
        assert "[DONE]" not in reply.frames
        assert line.ask(chat("gpt-4o")).status == 200
    assert len(rig.provider.requests) == 2
    assert [one["outcome"] for one in rig.books.row(reply.id)["detail"]["attempts"]] == ["streamed"]


@STREAM
@pytest.mark.parametrize("first", ["fake-split-503", "fake-split-401", "fake-503", "fake-close"])
def test_two_keys_at_one_provider(rig: Rig, two_keys: FakeProvider, first: str, stream: bool) -> None:
    """T1: a further attempt at the same host and port, from within the end of the first."""
    two_keys.forget()
    two_keys.behave(first, "fake-split", first, "")
    with rig.line() as line:
        assert line.ask(chat("two-keys", stream)).text.startswith("You said: hello")
        assert line.ask(chat("two-keys", stream)).text.startswith("You said: hello")
    keys = [one.header("authorization") for one in two_keys.requests]
    assert sorted(keys[:2]) == sorted(keys[2:]) == ["Bearer sk-fake-first", "Bearer sk-fake-second"]


def test_a_provider_that_comes_up_serves_the_same_client_connection(rig: Rig) -> None:
    """T2: mitmproxy would replay the refused connect."""
    port = free_port()
    rig.ladder("comes-up", f"http://127.0.0.1:{port}")
    rig.gateway.await_models("comes-up")
    with rig.line() as line:
        assert line.ask(chat("comes-up")).status == 502
        with running_fake_provider(key=KEY, port=port):
            assert line.ask(chat("comes-up")).status == 200
            assert line.ask(chat("comes-up", stream=True)).frames[-1] == "[DONE]"


@STREAM
@pytest.mark.parametrize("model", ["ladder-hang", "ladder-silent"])
def test_the_next_channel_gets_nothing_once_the_client_has_left(
    rig: Rig, ladders: dict[str, list[int]], model: str, stream: bool
) -> None:
    """T3 and T4: the first attempt never answers, or never even connects."""
    before = rig.calm()
    known = len(rig.books.rows_of(model, 0))
    line = rig.line()
    line.send(chat(model, stream))
    assert eventually(rig.books.holds, bool)
    if model == "ladder-hang":
        eventually(lambda: rig.provider.requests, bool)
    time.sleep(0.1)
    line.close()
    *_, row = rig.books.rows_of(model, known + 1)
    assert (row["status"], row["quota"], row["stream_end"]) == (499, 0, "client_gone" if stream else "")
    assert rig.calm() == before
    assert behaviours(rig) == (["fake-hang"] if model == "ladder-hang" else [])
    still_open = [one for one in rig.connections() if not one.closed_by_client_at]
    assert still_open == []


def recorded(rig: Rig, model: str, stream: bool) -> Answer:
    """What the provider really answers in the other mode."""
    url, body, headers = f"{rig.provider.url}/v1/chat/completions", chat(model, stream), {"authorization": KEY}
    if model.startswith("claude"):
        url, body = f"{rig.provider.url}/v1/messages", chat(model, stream, max_tokens=9)
    reply = httpx.post(url, content=body, headers=headers, trust_env=False).raise_for_status()
    rig.provider.forget()
    return Answer(200, (("content-type", reply.headers["content-type"]),), (reply.content,), streamed=stream)


@STREAM
@pytest.mark.parametrize("model", ["gpt-4o", "claude-fake-well"])
def test_a_reply_in_the_other_mode_is_turned_into_what_was_asked_for(rig: Rig, model: str, stream: bool) -> None:
    """T6: a document for a stream, a stream for a document."""
    rig.provider.reply(recorded(rig, model, not stream))
    with rig.line() as line:
        reply = line.ask(chat(model, stream))
        kind = "text/event-stream" if stream else "application/json"
        assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, kind)
        assert reply.text.startswith("You said: hello")
        assert not stream or reply.frames[-1] == "[DONE]"
        assert line.ask(chat("gpt-4o")).status == 200
    row = rig.books.row(reply.id)
    assert (row["status"], row["stream_end"]) == (200, "done" if stream else "")
    assert row["completion_tokens"] > 10


@STREAM
@pytest.mark.parametrize("model", ["gpt-4o", "ladder-plain", "ladder-worse"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_wants_the_connection_closed_gets_all_and_then_the_end(
    rig: Rig, ladders: dict[str, list[int]], version: str, model: str, stream: bool
) -> None:
    """T10: `Connection: close`, and HTTP/1.0, which knows no chunks."""
    body = chat(model, stream)
    head = f"POST /v1/chat/completions HTTP/{version}\r\nhost: x\r\nauthorization: Bearer {rig.purse.key}\r\n"
    close = "" if version == "1.0" else "connection: close\r\n"
    answer = raw(rig.gateway.port, f"{head}{close}content-length: {len(body)}\r\n\r\n".encode() + body)
    fields, _, content = answer.partition(b"\r\n\r\n")
    assert fields.startswith(b"HTTP/1.1 429" if model == "ladder-worse" else b"HTTP/1.1 200")
    assert (b"transfer-encoding" in fields) is (version == "1.1" and stream and model != "ladder-worse")
    assert (b"content-length" in fields) is (not stream or model == "ladder-worse")
    if stream and model != "ladder-worse":
        assert content.endswith(b"data: [DONE]\n\n" + (b"\r\n0\r\n\r\n" if version == "1.1" else b""))
    else:
        assert content.endswith(b"}}")


def test_many_failovers_at_once_do_not_mix(rig: Rig, ladders: dict[str, list[int]]) -> None:
    def ask(number: int) -> Reply:
        with rig.line() as line:
            return [line.ask(chat("ladder-plain", bool(number % 2), text=f"{number}-{turn}")) for turn in (0, 1)][1]

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(ask, range(16)))
    assert [reply.text.split(" - ")[0] for reply in replies] == [f"You said: {number}-1" for number in range(16)]
    assert rig.books.no_holds()


def test_failovers_share_one_http_2_connection_of_the_intercepted_door(rig: Rig, ladders: dict[str, list[int]]) -> None:
    models = ("ladder-plain", "ladder-worse", "ladder-key") * 10
    bodies = [chat(model, bool(number % 2), text=f"number {number}") for number, model in enumerate(models)]
    replies = asyncio.run(ask_at_once(rig.gateway, rig.purse.key, bodies))
    for number, (model, reply) in enumerate(zip(models, replies, strict=True)):
        assert reply.status == (429 if model == "ladder-worse" else 200)
        if reply.status == 200:
            assert reply.text.startswith(f"You said: number {number} ")
    assert rig.books.no_holds()
