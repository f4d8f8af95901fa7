from __future__ import annotations

import sqlite3
import time

import peewee
import psycopg
import pymysql
import pytest

from rules import lapses


class Connection:
    """A connection as the drivers show it: `closed` (psycopg) or `open` (PyMySQL)."""

    def __init__(self, **state: bool) -> None:
        self.__dict__.update(state)


def wrapped(error: Exception) -> peewee.OperationalError:
    """As peewee hands it on."""
    return peewee.OperationalError(error, *error.args)


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database is locked"),
        pymysql.err.OperationalError(1213, "Deadlock found"),
        pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"),
        psycopg.errors.SerializationFailure("could not serialize"),
        psycopg.errors.DeadlockDetected("deadlock detected"),
    ],
)
def test_contention_is_known_bare_and_wrapped(error: Exception) -> None:
    assert lapses.contended(error)
    assert lapses.contended(wrapped(error))


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("no such table: users"),
        pymysql.err.ProgrammingError(1064, "syntax"),
        psycopg.errors.UniqueViolation("duplicate key"),
        ValueError(),
    ],
)
def test_other_errors_do_not_pass(error: Exception) -> None:
    assert not lapses.contended(error)
    assert not lapses.lost(error, Connection(closed=False))


@pytest.mark.parametrize(
    ("error", "connection"),
    [
        (pymysql.err.OperationalError(2013, "Lost connection"), Connection(open=True)),
        (psycopg.errors.AdminShutdown("terminating"), Connection(closed=False)),
        (psycopg.OperationalError("the connection is closed"), Connection(closed=True)),
        (pymysql.err.InterfaceError(0, ""), Connection(open=False)),
        (peewee.OperationalError("connection refused"), None),
    ],
)
def test_a_lost_connection_is_known(error: Exception, connection: Connection | None) -> None:
    assert lapses.lost(error, connection)


def test_pauses_grow_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    clock = iter([0.0, *range(1, 12)])
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    rounds = sum(1 for _ in lapses.pauses())
    assert rounds == 1 + len(slept) == 10
    assert slept[-1] > slept[0]
    assert max(slept) <= 1.5 * lapses.LONGEST_PAUSE_SECONDS
