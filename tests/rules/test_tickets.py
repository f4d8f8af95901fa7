from __future__ import annotations

import threading

import pytest

from rules.database import Database
from rules.models import Tickets
from rules.tickets import TicketStore
from rules.vault import Vault


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, vault: Vault, clock: Clock) -> TicketStore:
    return TicketStore(database, vault, clock)


def test_a_ticket_gives_its_payload_once(store: TicketStore) -> None:
    ticket = store.issue("test", {"channel": 5, "model": "模型"}, 30)
    assert store.redeem(ticket, "test") == {"channel": 5, "model": "模型"}
    assert store.redeem(ticket, "test") is None


def test_a_ticket_is_good_for_its_purpose_only(store: TicketStore) -> None:
    ticket = store.issue("test", {}, 30)
    assert store.redeem(ticket, "replay") is None
    assert store.redeem(ticket, "test") == {}


def test_a_late_ticket_is_no_good(store: TicketStore, clock: Clock) -> None:
    ticket = store.issue("test", {}, 30)
    clock.now += 31
    assert store.redeem(ticket, "test") is None


def test_late_tickets_are_cleared_away(store: TicketStore, database: Database, clock: Clock) -> None:
    store.issue("test", {}, 30)
    clock.now += 31
    store.issue("test", {}, 30)
    assert len(database.rows(Tickets.select())) == 1


@pytest.mark.parametrize("forged", ["", ".", "nonsense", "{id}", "{id}.", "{id}.AAAA", "{other}.{signature}"])
def test_a_forged_ticket_is_no_good(store: TicketStore, forged: str) -> None:
    ticket_id, _, signature = store.issue("test", {}, 30).partition(".")
    other = store.issue("test", {}, 30).partition(".")[0]
    assert store.redeem(forged.format(id=ticket_id, other=other, signature=signature), "test") is None


def test_a_ticket_of_another_installation_is_no_good(store: TicketStore, database: Database) -> None:
    assert TicketStore(database, Vault(b"another key")).redeem(store.issue("test", {}, 30), "test") is None


def test_of_many_who_show_a_ticket_one_is_let_in(store: TicketStore) -> None:
    ticket = store.issue("test", {"a": 1}, 30)
    let_in: list[object] = []
    meet = threading.Barrier(6)

    def show() -> None:
        meet.wait(timeout=10)
        let_in.append(store.redeem(ticket, "test"))

    threads = [threading.Thread(target=show) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(let_in, key=str) == [None] * 5 + [{"a": 1}]
