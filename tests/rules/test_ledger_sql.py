from __future__ import annotations

from dataclasses import replace

import pytest

from rules.database import Database
from rules.ledger_sql import Extend, Heartbeat, Operation, Record, Release, Reserve, Session, Settle, Sweep, lock_all
from rules.models import Holds, Users, Workers
from rules.values import Hold, Settled
from rules.vault import Vault
from tests.rules.builders import NOW, add_token, add_user, column, hold, log_row


@pytest.fixture
def session(database: Database) -> Session:
    """Each statement is a transaction of its own here."""
    return Session(database.connection().cursor(), database.dialect)


def test_a_reservation_whose_answer_got_lost_is_granted_once(
    session: Session, database: Database, vault: Vault
) -> None:
    user = add_user(database, quota=10)
    wanted = hold(user, add_token(database, vault, user), 10, limited=False)
    reserve = Reserve(wanted, "w", NOW)
    assert [reserve.apply(session, again=False), reserve.apply(session, again=True)] == [wanted, wanted]
    assert column(database, Users, user, "quota") == 0


def test_an_extension_whose_answer_got_lost_is_granted_once(session: Session, database: Database, vault: Vault) -> None:
    user = add_user(database, quota=10)
    wanted = hold(user, add_token(database, vault, user), 4, limited=False)
    Reserve(wanted, "w", NOW).apply(session, again=False)
    grown = replace(wanted, quota=9)
    assert [Extend(wanted, 9).apply(session, again=again) for again in (False, True)] == [grown, grown]
    assert column(database, Users, user, "quota") == 1


def test_operations_name_the_rows_they_change() -> None:
    limited, free = Hold("h", 1, 2, 3, True), Hold("h", 1, 2, 3, False)
    assert Reserve(limited, "w", NOW).locks() == (1, 2, "", 0)
    assert Reserve(free, "w", NOW).locks() == (1, 0, "", 0)
    assert Settle(free, 1, log_row(channel=4), True, NOW).locks() == (1, 2, "h", 4)
    assert Release(limited).locks() == (1, 2, "h", 0)
    assert Extend(limited, 9).locks() == (1, 2, "h", 0)
    assert Extend(free, 9).locks() == (1, 0, "h", 0)
    assert Release(free).locks() == (1, 0, "h", 0)
    assert Record(log_row()).locks() == Heartbeat("w", NOW).locks() == (0, 0, "", 0)


def test_the_rows_of_a_batch_are_locked_in_one_order(database: Database) -> None:
    class Listening(Session):
        asked: list[str] = []  # noqa: RUF012

        def rows(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
            self.asked.append(f"{sql.split()[3]} {parameters}")
            return super().rows(sql, *parameters)

    session = Listening(database.connection().cursor(), database.dialect)
    settle: Operation[Settled] = Settle(Hold("b", 2, 7, 1, True), 1, log_row(channel=3), True, NOW)
    lock_all(session, [settle, Reserve(Hold("a", 1, 9, 1, True), "w", NOW), Release(Hold("a", 2, 8, 1, False))])
    if database.dialect == "sqlite":
        assert session.asked == []  # BEGIN IMMEDIATE has locked it all
        return
    wanted = [("users", [1, 2]), ("tokens", [7, 9]), ("holds", ["a", "b"]), ("channels", [3])]
    listed = (lambda ids: f"{(ids,)}") if database.dialect == "postgres" else (lambda ids: f"{tuple(ids)}")
    assert session.asked == [f"{table} {listed(ids)}" for table, ids in wanted]


def test_workers_that_are_long_gone_are_forgotten_once_they_hold_nothing(session: Session, database: Database) -> None:
    user = add_user(database, quota=0)
    for worker, seen in (("old", NOW - 9000), ("holding", NOW - 9000), ("young", NOW - 100)):
        database.insert(Workers, {"id": worker, "seen_at": seen})
    row = {"id": "h", "user_id": user, "token_id": 1, "quota": 5, "token_limited": 0, "created_at": 1}
    database.insert(Holds, row | {"worker_id": "holding"})
    sweep = Sweep("me", NOW - 60, NOW)
    assert sweep.apply(session, again=False) == 1
    assert {row["id"] for row in database.rows(Workers.select())} == {"holding", "young"}
    assert sweep.apply(session, again=False) == 0
    assert {row["id"] for row in database.rows(Workers.select())} == {"young"}
    assert column(database, Users, user, "quota") == 5


def test_more_holds_than_fit_in_one_look_are_all_swept(session: Session, database: Database) -> None:
    user = add_user(database)
    row = {"user_id": user, "token_id": 0, "quota": 1, "token_limited": 0, "worker_id": "gone", "created_at": 1}
    database.insert_all(Holds, [row | {"id": f"h{number}"} for number in range(150)])
    assert Sweep("me", NOW, NOW).apply(session, again=False) == 150
    assert column(database, Users, user, "quota") == 150
