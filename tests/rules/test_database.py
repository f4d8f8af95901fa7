from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peewee
import pytest

from rules import lapses
from rules.database import Database, connect
from rules.models import Options, Users, Workers
from tests.rules.builders import add_user, column
from tests.rules.places import Place


def in_thread(work: Callable[[], Any]) -> Any:
    """What `work` gives in a thread of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(timeout=20)
    return found[0]


def cut(database: Database) -> None:
    """Let the server end this thread's connection, as it does when it restarts or has waited too long."""
    connection = database.connection()
    other = connect_like(database)
    if database.dialect == "mysql":
        other.execute(f"KILL {connection.thread_id()}")
    else:
        other.execute("SELECT pg_terminate_backend(?)", (connection.info.backend_pid,)).fetchone()
    other.close_all()


def connect_like(database: Database) -> Database:
    return Database(database.backend.__class__(database.backend.database, **parameters(database)), database.dialect)


def parameters(database: Database) -> dict[str, Any]:
    backend: Any = database.backend
    known = {"pragmas": backend._pragmas} if database.dialect == "sqlite" else {}
    return dict(backend.connect_params) | known


def test_sqlite_lies_in_the_data_directory_which_is_made(tmp_path: Path) -> None:
    database = connect("", tmp_path / "new")
    assert database.execute("SELECT 1").fetchone() == (1,)
    assert (tmp_path / "new" / "one-api.db").exists()
    database.close_all()


def test_sqlite_path_is_relative_to_the_data_directory(tmp_path: Path) -> None:
    database = connect("", tmp_path, sqlite_path="other.db")
    database.execute("SELECT 1")
    assert (tmp_path / "other.db").exists()
    database.close_all()


def test_sqlite_is_set_up_for_many_readers_and_one_writer(tmp_path: Path) -> None:
    database = connect("", tmp_path, sqlite_busy_timeout_ms=1234)
    found = [
        database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    ]
    assert found == ["wal", 1, 1, 1234]
    database.close_all()


def test_an_insert_gives_the_id_and_an_update_the_matching_rows(database: Database) -> None:
    first, second = add_user(database), add_user(database)
    assert second > first > 0
    assert database.insert(Options, {"key": "a", "value": "b"}) == 0
    query = Users.update(role=10).where(Users.id.in_([first, second]))
    assert [database.run(query), database.run(query)] == [2, 2]


def test_a_missing_row_is_none(database: Database) -> None:
    assert database.row(Users.select()) is None
    assert database.value(Users.select(Users.id)) is None


def test_text_that_is_too_long_is_refused_not_cut(database: Database) -> None:
    if database.dialect == "sqlite":
        assert add_user(database, username="x" * 65) > 0  # SQLite knows no lengths: the stores check
        return
    with pytest.raises(peewee.DataError):
        add_user(database, username="x" * 65)


def test_names_that_differ_in_case_are_two(database: Database) -> None:
    assert add_user(database, username="Ada") != add_user(database, username="ada")


def test_every_thread_has_its_own_connection(database: Database) -> None:
    assert in_thread(lambda: id(database.connection())) != id(database.connection())


def test_connections_of_threads_that_ended_are_closed(database: Database) -> None:
    for _ in range(5):
        in_thread(database.connection)
    in_thread(database.connection)
    assert len(database._connections) <= 2


def test_a_closed_connection_is_opened_again(database: Database) -> None:
    add_user(database)
    database.close()
    assert len(database.rows(Users.select())) == 1
    in_thread(database.close_all)
    assert len(database.rows(Users.select())) == 1


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def work() -> None:
        add_user(database)
        raise KeyError

    with pytest.raises(KeyError):
        database.transact(work)
    assert database.rows(Users.select()) == []


def test_a_transaction_inside_another_is_part_of_it(database: Database) -> None:
    def work() -> None:
        database.transact(lambda: add_user(database))
        raise KeyError

    with pytest.raises(KeyError):
        database.write(work)
    assert (database.rows(Users.select()), database.revision()) == ([], 1)


def test_a_plain_transaction_inside_another_is_part_of_it(database: Database) -> None:
    with pytest.raises(KeyError), database.transaction():
        with database.transaction():
            add_user(database)
        raise KeyError
    assert database.rows(Users.select()) == []


def test_a_statement_that_is_wrong_is_not_tried_again(database: Database) -> None:
    tries: list[bool] = []

    def work() -> None:
        tries.append(True)
        database.execute("SELECT nothing FROM nowhere")

    with pytest.raises(peewee.PeeweeException):
        database.transact(work)
    assert len(tries) == 1


def test_closing_without_a_connection_does_no_harm(database: Database) -> None:
    database.close()
    database.close()
    assert database.rows(Users.select()) == []


def test_the_revision_moves_with_each_write_and_only_if_it_holds(database: Database) -> None:
    assert database.write(lambda: "answer") == "answer"
    assert database.revision() == 2
    with pytest.raises(ZeroDivisionError):
        database.write(lambda: 1 // 0)
    assert database.revision() == 2


def test_transactions_that_read_first_and_write_then_both_count(database: Database) -> None:
    user_id = add_user(database)
    rounds, errors = 20, []

    def add_one() -> None:
        lock = "" if database.dialect == "sqlite" else " FOR UPDATE"
        found = database.execute("SELECT quota FROM users WHERE id = ?" + lock, (user_id,)).fetchone()[0]  # noqa: S608
        database.run(Users.update(quota=found + 1).where(Users.id == user_id))

    def work() -> None:
        try:
            for _ in range(rounds):
                database.write(add_one)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert (column(database, Users, user_id, "quota"), database.revision()) == (4 * rounds, 1 + 4 * rounds)


def test_a_deadlock_is_tried_again(database: Database) -> None:
    first, second = add_user(database), add_user(database)
    meet, errors = threading.Barrier(2, timeout=5), []

    def work(one: int, other: int) -> None:
        tries = 0

        def swap() -> None:
            nonlocal tries
            tries += 1
            database.run(Users.update(quota=Users.quota + 1).where(Users.id == one))
            if tries == 1 and database.dialect != "sqlite":
                meet.wait()
            database.run(Users.update(quota=Users.quota + 1).where(Users.id == other))

        try:
            database.transact(swap)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=work, args=pair) for pair in ((first, second), (second, first))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == []
    assert [column(database, Users, one, "quota") for one in (first, second)] == [2, 2]


def test_a_writer_that_waits_too_long_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapses, "PATIENCE_SECONDS", 0.05)
    database = connect("", tmp_path, sqlite_busy_timeout_ms=1)
    database.migrate()

    def blocked() -> str:
        try:
            database.transact(lambda: None)
        except peewee.OperationalError as error:
            return str(error)
        finally:
            database.close()
        return ""

    with database.transaction():
        assert "locked" in in_thread(blocked)
    database.close_all()


def test_a_lost_connection_is_opened_again_for_a_query(database: Database) -> None:
    if database.dialect == "sqlite":
        database.connection().close()
        database.drop()
    else:
        cut(database)
    assert database.rows(Users.select()) == []


def test_a_connection_lost_in_a_transaction_starts_it_again(database: Database) -> None:
    if database.dialect == "sqlite":
        return  # a file cannot be lost like that
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        add_user(database)
        if tries == 1:
            cut(database)
        add_user(database)

    database.transact(work)
    assert (tries, len(database.rows(Users.select()))) == (2, 2)


def test_a_reading_transaction_sees_one_picture(database: Database) -> None:
    def work() -> tuple[int, int]:
        before = len(database.rows(Workers.select()))
        in_thread(lambda: database.insert(Workers, {"id": "w", "seen_at": 1}))
        return before, len(database.rows(Workers.select()))

    assert database.transact(work, reading=True) == (0, 0)
    assert len(database.rows(Workers.select())) == 1


def test_many_rows_are_inserted_in_parts(database: Database) -> None:
    database.insert_all(Workers, [{"id": str(number), "seen_at": number} for number in range(450)])
    assert len(database.tuples(Workers.select(Workers.id))) == 450


def test_a_place_can_be_opened_by_its_dsn(place: Place, database: Database) -> None:
    add_user(database)
    other = connect(place.dsn, place.data_dir)
    assert len(other.rows(Users.select())) == 1
    other.close_all()


def test_rows_that_belong_together_cannot_be_parted(database: Database) -> None:
    with pytest.raises(peewee.IntegrityError):
        database.execute(
            "INSERT INTO tokens (user_id, key_hash, key_encrypted, models, subnet) VALUES (?, ?, ?, ?, ?)",
            (999, "h", "e", "", ""),
        )


def test_a_balance_cannot_be_negative_whoever_writes(database: Database) -> None:
    with pytest.raises((peewee.IntegrityError, peewee.OperationalError)):
        add_user(database, quota=-1)
