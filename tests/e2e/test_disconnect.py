"""Clients that leave: the provider is let go at once, quota is settled once, and a log row says so."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.books import eventually
from tests.e2e.http2 import Multiplexed
from tests.e2e.line import Line, chat
from tests.e2e.rig import Rig

SECONDS = 0.25
MOMENTS = (0.0, 0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35)
"""When each of ten clients leaves, counted from its first byte."""


@pytest.fixture(scope="module")
def models(session_rig: Rig) -> dict[str, str]:
    """A model of its own for each test, so that its log rows can be counted: what it does, in both dialects."""
    rig, made = session_rig, {}
    for name, behaviour in (
        ("ten", "fake-slow-50"),
        ("early", "fake-hang"),
        ("reserve", "fake-late-300"),
        ("many", "fake-slow-50"),
    ):
        made[name] = f"leaves-{name}"
        rig.ladder(made[name], behaviour)
    rig.gateway.await_models(*made.values())
    return made


def leave(line: Line, abruptly: bool) -> float:
    """Ends the connection, with a FIN or with a RST; when."""
    if abruptly:
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection = line.socket
    line.close()
    connection.close()
    return time.time()


def stay_for(rig: Rig, model: str, moment: float, number: int) -> tuple[str, float]:
    """Reads a stream for a while, then leaves: the request's id, and when it left."""
    line = rig.line()
    line.send(chat(model, stream=True, text=f"client {number}"))
    reply = line.head()
    assert reply.status == 200
    ends = time.monotonic() + moment
    while moment and time.monotonic() < ends:
        reply.read1(4096)
    reply.close()
    return str(reply.getheader("x-request-id")), leave(line, abruptly=bool(number % 2))


def test_ten_clients_leave_in_the_middle_of_a_stream(rig: Rig, models: dict[str, str]) -> None:
    before = rig.calm()
    with ThreadPoolExecutor(10) as pool:
        left = dict(pool.map(lambda number: stay_for(rig, models["ten"], MOMENTS[number], number), range(10)))
    rows = rig.books.rows_of(models["ten"], 10)
    assert len(rows) == 10
    assert {row["stream_end"] for row in rows} == {"client_gone"}
    assert {row["request_id"] for row in rows} == set(left)
    assert all(row["quota"] > 0 and row["estimated"] for row in rows)
    paid = sum(row["quota"] for row in rows)
    assert rig.calm() == (before[0] - paid, before[1] - paid)
    upstream_closed_in_time(rig, sorted(left.values()))


def upstream_closed_in_time(rig: Rig, left: list[float]) -> None:
    during = [one for one in rig.connections() if one.closed_by_client_during]
    closed = sorted(one.closed_by_client_at for one in during)
    assert len(closed) == len(left)
    late = [at - gone for at, gone in zip(closed, left, strict=True)]
    assert max(late) < SECONDS, late


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("abruptly", [False, True], ids=["FIN", "RST"])
def test_who_leaves_before_the_first_byte_pays_nothing(
    rig: Rig, models: dict[str, str], stream: bool, abruptly: bool
) -> None:
    before, known = rig.calm(), len(rig.books.rows_of(models["early"], 0))
    line = rig.line()
    line.send(chat(models["early"], stream))
    assert eventually(lambda: rig.provider.requests, bool)
    left = leave(line, abruptly)
    rows = rig.books.rows_of(models["early"], known + 1)[known:]
    assert [(row["status"], row["quota"], row["completion_tokens"]) for row in rows] == [(499, 0, 0)]
    assert rows[0]["stream_end"] == ("client_gone" if stream else "")
    assert rig.calm() == before
    upstream_closed_in_time(rig, [left])


@contextlib.contextmanager
def slow_ledger(rig: Rig) -> Iterator[None]:
    """Somebody else is writing: each reservation waits."""
    with contextlib.closing(sqlite3.connect(rig.gateway.data_dir / "one-api.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_who_leaves_while_quota_is_reserved_is_settled_once(rig: Rig, models: dict[str, str], stream: bool) -> None:
    model = models["reserve"]
    before, known = rig.calm(), len(rig.books.rows_of(model, 0))
    with slow_ledger(rig):
        lines = [rig.line() for _ in range(5)]
        for line in lines:
            line.send(chat(model, stream))
        time.sleep(0.2)
        for number, line in enumerate(lines):
            leave(line, abruptly=bool(number % 2))
        time.sleep(0.1)
        assert rig.books.rows_of(model, 0)[known:] == []
    rows = rig.books.rows_of(model, known + 5)[known:]
    assert [(row["status"], row["quota"]) for row in rows] == [(499, 0)] * 5
    assert len({row["request_id"] for row in rows}) == 5
    assert rig.calm() == before
    assert rig.provider.requests == []


def test_a_stream_that_was_read_to_its_end_is_done_and_not_gone(rig: Rig) -> None:
    with rig.line() as line:
        reply = line.ask(chat("fake-well", stream=True))
    row = rig.books.row(reply.id)
    assert (row["stream_end"], row["estimated"]) == ("done", 0)


def test_http_2_clients_reset_some_streams_and_the_others_go_on(rig: Rig, models: dict[str, str]) -> None:
    before = rig.calm()
    line = Multiplexed(rig.gateway, rig.purse.key)
    streams = [line.post(chat(models["many"], stream=True, text=f"{number}")) for number in range(10)]
    line.read_until(lambda: len(line.bodies) == 10)
    left = []
    for stream in streams[::2]:
        line.reset(stream)
        left.append(time.time())
    line.read_until(lambda: line.ended >= set(streams[1::2]))
    line.close()
    assert all(line.bodies[stream].endswith(b"data: [DONE]\n\n") for stream in streams[1::2])
    ends = {row["request_id"]: row["stream_end"] for row in rig.books.rows_of(models["many"], 10)}
    assert ends == {line.ids[one]: "done" if number % 2 else "client_gone" for number, one in enumerate(streams)}
    paid = sum(row["quota"] for row in rig.books.rows_of(models["many"], 10))
    assert rig.calm() == (before[0] - paid, before[1] - paid)
    upstream_closed_in_time(rig, left)


@pytest.fixture(autouse=True)
def nothing_crashed(session_rig: Rig) -> Iterator[None]:
    before = len(session_rig.gateway.output())
    yield
    assert "Traceback" not in session_rig.gateway.output()[before:]
