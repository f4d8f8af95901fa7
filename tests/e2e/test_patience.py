"""Providers that keep everybody waiting: how long, what the client hears meanwhile, and who answers in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.books import eventually
from tests.e2e.clients import by_base_url, run_python, seen
from tests.e2e.http2 import ask_at_once
from tests.e2e.line import Reply, chat
from tests.e2e.rig import Rig, running_rig
from tests.e2e.server import running_oneapi

STREAM = pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
SETTINGS = {
    "RELAY_CONNECT_TIMEOUT": "0.6",
    "RELAY_FIRST_BYTE_TIMEOUT": "0.9",
    "RELAY_WHOLE_TIMEOUT": "0.9",
    "RELAY_IDLE_TIMEOUT": "0.8",
    "RELAY_KEEP_ALIVE": "0.2",
}
COMMENT = b": keep-alive\n\n"
# model: its channels, in descending priority
LADDERS = {
    "patience-silent": ("silent", "fake-well"),
    "patience-hang": ("fake-hang", "fake-well"),
    "patience-hangs": ("fake-hang", "silent"),
    "patience-stall": ("fake-stall", "fake-well"),
    "patience-late": ("fake-late-300",),
    "patience-worse": ("fake-hang", "fake-503"),
    "patience-leave": ("fake-hang",),
}  # fmt: skip


@pytest.fixture(scope="module")
def module_rig() -> Iterator[Rig]:
    with running_rig(lambda: running_oneapi(SETTINGS)) as running:
        for model, rungs in LADDERS.items():
            running.ladder(model, *rungs)
        running.gateway.await_models(*LADDERS)
        yield running


@pytest.fixture
def rig(module_rig: Rig) -> Rig:
    module_rig.provider.forget()
    return module_rig


def asked(rig: Rig, model: str, stream: bool) -> tuple[Reply, dict[str, Any]]:
    """The reply and its row; the connection is as good as new."""
    with rig.line() as line:
        reply = line.ask(chat(model, stream))
        assert line.ask(chat("gpt-4o")).status == 200
    assert rig.books.no_holds()
    return reply, rig.books.row(reply.id)


@STREAM
@pytest.mark.parametrize("model", ["patience-silent", "patience-hang"])
def test_the_next_channel_answers_for_one_that_keeps_silent(rig: Rig, model: str, stream: bool) -> None:
    reply, row = asked(rig, model, stream)
    assert reply.status == 200
    assert reply.text.startswith("You said: hello")
    assert b"error" not in reply.body
    assert (COMMENT in reply.body) is stream
    first, second = row["detail"]["attempts"]
    assert (first["outcome"], first["status"], second["outcome"]) == (
        "try next",
        504,
        "streamed" if stream else "served",
    )
    assert 500 < first["took_ms"] < 3000
    assert (row["status"], row["stream_end"]) == (200, "done" if stream else "")
    assert row["first_byte_ms"] >= first["took_ms"]


def test_a_reply_that_stalls_as_a_whole_is_asked_for_elsewhere(rig: Rig) -> None:
    reply, row = asked(rig, "patience-stall", stream=False)
    assert reply.text.startswith("You said: hello")
    assert "fell silent for 0.8 s" in row["detail"]["attempts"][0]["reason"]


def test_a_stream_that_stalls_ends_with_an_error_and_is_billed(rig: Rig) -> None:
    reply, row = asked(rig, "patience-stall", stream=True)
    assert reply.frames[-1]["error"]["code"] == "upstream_timeout"
    assert "[DONE]" not in reply.frames
    assert reply.body.index(b"You") < reply.body.rindex(COMMENT)
    assert (row["status"], row["stream_end"], row["quota"] > 0) == (200, "error", True)
    assert len(row["detail"]["attempts"]) == 1


@STREAM
def test_when_all_keep_silent_the_client_is_told(rig: Rig, stream: bool) -> None:
    reply, row = asked(rig, "patience-hangs", stream)
    error = reply.frames[-1]["error"] if stream else reply.json["error"]
    assert reply.status == (200 if stream else 504)
    assert "no connection after 0.6 s" in error["message"]
    assert (row["status"], row["quota"], row["first_byte_ms"]) == (504, 0, -1)
    assert row["stream_end"] == ("error" if stream else "")


def test_comments_come_before_a_late_answer(rig: Rig) -> None:
    reply, row = asked(rig, "patience-late", stream=True)
    assert reply.body.startswith(COMMENT)
    assert reply.frames[-1] == "[DONE]"
    assert row["first_byte_ms"] >= 300


def test_the_first_comment_is_not_late(rig: Rig) -> None:
    with rig.line() as line:
        began = time.monotonic()
        line.send(chat("patience-hang", stream=True))
        assert line.head().read1(100) == COMMENT
        assert 0.15 < time.monotonic() - began < 0.8


def test_a_client_that_leaves_after_a_comment_lets_the_provider_go(rig: Rig) -> None:
    line = rig.line()
    line.send(chat("patience-leave", stream=True))
    reply = line.head()
    assert reply.read1(100) == COMMENT
    reply.close()
    line.close()
    (row,) = rig.books.rows_of("patience-leave", 1)
    assert (row["status"], row["stream_end"], row["quota"]) == (499, "client_gone", 0)
    assert (
        eventually(lambda: [one for one in rig.connections() if not one.closed_by_client_at], lambda left: not left)
        == []
    )
    assert rig.books.no_holds()


def test_many_wait_on_one_http_2_connection(rig: Rig) -> None:
    models = ("patience-hang", "patience-silent", "patience-worse", "patience-late") * 5
    bodies = [chat(model, True, text=f"number {number}") for number, model in enumerate(models)]
    replies = asyncio.run(ask_at_once(rig.gateway, rig.purse.key, bodies))
    for number, (model, reply) in enumerate(zip(models, replies, strict=True)):
        assert (reply.status, reply.body.startswith(COMMENT)) == (200, True)
        if model == "patience-worse":
            assert "fake: you asked for a 503" in reply.frames[-1]["error"]["message"]
        else:
            assert reply.text.startswith(f"You said: number {number} ")
            assert reply.frames[-1] == "[DONE]"
    assert rig.books.no_holds()


SCRIPT = """
import json, openai
client, seen = openai.OpenAI(max_retries=0), {}
for model in ("patience-hang", "patience-hangs", "patience-worse", "patience-stall"):
    text, error = "", ""
    try:
        for chunk in client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "hello"}], stream=True
        ):
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    except openai.APIError as raised:
        error = f"{type(raised).__name__}: {raised.message}"
    seen[model] = [text, error]
print(json.dumps(seen))
"""


def test_the_official_client_raises_what_comes_behind_an_early_head(rig: Rig) -> None:
    found = seen(run_python(SCRIPT, by_base_url(rig.gateway, rig.purse.key)))
    text, error = found["patience-hang"]
    assert (text[:15], error) == ("You said: hello", "")
    text, error = found["patience-hangs"]
    assert (text, error[:10]) == ("", "APIError: ")
    assert "no connection after 0.6 s" in error
    text, error = found["patience-worse"]
    assert (text, error[:10]) == ("", "APIError: ")
    assert "fake: you asked for a 503" in error
    text, error = found["patience-stall"]
    assert text.startswith("You")
    assert "fell silent for 0.8 s" in error
