from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from rules import lapses, ledger_writer
from rules.database import Database
from rules.errors import LedgerBusy
from rules.ledger_sql import Heartbeat, Operation, Session
from rules.ledger_writer import TOGETHER, Writer
from rules.models import Workers
from tests.rules.builders import NOW


@dataclass(frozen=True)
class Note(Operation[str]):
    """Writes its name, then does something else."""

    name: str
    then: Callable[[Session], None] = lambda session: None

    def apply(self, session: Session, again: bool) -> str:
        Heartbeat(self.name, NOW).apply(session, again)
        self.then(session)
        return self.name


@dataclass(frozen=True)
class Gate(Operation[None]):
    """Keeps the writer busy until it is opened, so that others queue up behind it."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def apply(self, session: Session, again: bool) -> None:
        self.reached.set()
        self.opened.wait(timeout=10)


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database, lambda: Heartbeat("beat", int(time.time())), 10, time.time)
    writer.start()
    yield writer
    writer.stop()


def closed_gate(writer: Writer) -> Gate:
    gate = Gate()
    writer.submit(gate)
    assert gate.reached.wait(timeout=10)
    return gate


def written(database: Database) -> set[str]:
    return {row["id"] for row in database.rows(Workers.select())} - {"beat"}


def fails(session: Session) -> None:
    raise ZeroDivisionError


def breaks_sql(session: Session) -> None:
    session.rows("SELECT nothing FROM nowhere")


@pytest.mark.parametrize("failing", [fails, breaks_sql])
def test_one_that_fails_does_not_take_the_others_with_it(writer: Writer, database: Database, failing: Any) -> None:
    gate = closed_gate(writer)
    futures = [writer.submit(Note("a")), writer.submit(Note("b", failing)), writer.submit(Note("c"))]
    gate.opened.set()
    assert [futures[0].result(), futures[2].result()] == ["a", "c"]
    assert futures[1].exception() is not None
    assert written(database) == {"a", "c"}


def test_what_queued_up_is_committed_together(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    commit = Writer._commit

    def listening(self: Writer, operations: list[Operation[Any]]) -> list[Any]:
        sizes.append(len(operations))
        return commit(self, operations)

    gate = closed_gate(writer)
    monkeypatch.setattr(Writer, "_commit", listening)
    futures = [writer.submit(Note(f"n{number}")) for number in range(TOGETHER + 10)]
    gate.opened.set()
    assert [future.result() for future in futures] == [f"n{number}" for number in range(TOGETHER + 10)]
    assert sizes == [TOGETHER, 10]


def test_a_full_queue_refuses_what_may_wait_and_takes_what_must_be_done(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_writer, "LONGEST_QUEUE", 1)
    gate = closed_gate(writer)
    waiting = writer.submit(Note("waiting"))
    with pytest.raises(LedgerBusy):
        writer.submit(Note("refused")).result()
    needed = writer.submit(Note("needed"), must=True)
    gate.opened.set()
    assert [waiting.result(), needed.result()] == ["waiting", "needed"]
    assert written(database) == {"waiting", "needed"}


def test_what_was_cancelled_in_the_queue_is_not_done_unless_it_must(writer: Writer, database: Database) -> None:
    gate = closed_gate(writer)
    idle, needed = writer.submit(Note("idle")), writer.submit(Note("needed"), must=True)
    assert (idle.cancel(), needed.cancel()) == (True, False)
    gate.opened.set()
    assert needed.result() == "needed"
    assert written(database) == {"needed"}


def test_contention_is_waited_out(writer: Writer, database: Database) -> None:
    tries: list[bool] = []

    def crowded(session: Session) -> None:
        tries.append(True)
        if len(tries) < 3:
            raise sqlite3.OperationalError("database is locked")

    assert writer.submit(Note("a", crowded)).result() == "a"
    assert (len(tries), written(database)) == (3, {"a"})


def test_a_database_that_is_away_fails_what_may_wait_and_keeps_what_must_be_done(
    writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapses, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(ledger_writer, "IDLE_SECONDS", 0.01)
    away = threading.Event()
    away.set()

    def unreachable(session: Session) -> None:
        if away.is_set():
            raise sqlite3.OperationalError("database is locked")

    gate = closed_gate(writer)
    idle = writer.submit(Note("idle", unreachable))
    needed = writer.submit(Note("needed", unreachable), must=True)
    gate.opened.set()
    with pytest.raises(LedgerBusy, match="cannot be reached"):
        idle.result(timeout=10)
    assert not needed.done()
    away.clear()
    assert needed.result(timeout=10) == "needed"
    assert written(database) == {"needed"}


def test_stopping_gives_up_on_a_database_that_stays_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapses, "PATIENCE_SECONDS", 0.01)

    def unreachable(session: Session) -> None:
        raise sqlite3.OperationalError("database is locked")

    writer = Writer(database, lambda: Heartbeat("beat", 1), 10, time.time)
    writer.start()
    needed = writer.submit(Note("needed", unreachable), must=True)
    writer.stop()
    assert isinstance(needed.exception(timeout=1), LedgerBusy)


def test_a_connection_that_gets_lost_is_opened_again(writer: Writer, database: Database) -> None:
    tries: list[bool] = []

    def loses(session: Session) -> None:
        tries.append(True)
        if len(tries) == 1 and database.dialect != "sqlite":
            database.connection().close()

    assert writer.submit(Note("a", loses)).result() == "a"
    assert written(database) == {"a"}
    assert len(tries) == (1 if database.dialect == "sqlite" else 2)


def test_the_writer_says_by_itself_that_it_lives(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_writer, "IDLE_SECONDS", 0.01)
    now = [1000.0]
    writer = Writer(database, lambda: Heartbeat("beat", int(now[0])), 10, lambda: now[0])
    writer.start()
    writer.submit(Note("a")).result()
    assert writer.steady
    now[0] += 11
    end = time.monotonic() + 10
    while database.value(Workers.select(Workers.seen_at).where(Workers.id == "beat")) != 1011:
        assert time.monotonic() < end
        time.sleep(0.01)
    writer.stop()
    assert writer.steady


def test_stopping_twice_or_unstarted_does_no_harm(database: Database) -> None:
    writer = Writer(database, lambda: Heartbeat("beat", 1), 10, time.time)
    writer.stop()
    with pytest.raises(LedgerBusy):
        writer.submit(Note("a")).result()
