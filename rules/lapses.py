"""Which database errors pass by themselves: contention, and a lost connection. Knows the drivers' codes, no table."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import peewee

MYSQL_CONTENTION = {1020, 1205, 1213}  # record changed, lock wait time-out, deadlock
MYSQL_LOST = {1053, 1927, 2006, 2013, 2055, 4031}
POSTGRES_CONTENTION = {"40001", "40P01", "55P03"}  # serialisation, deadlock, lock not available
POSTGRES_LOST = {"57P01", "57P02", "57P03"}  # the server is going down or coming up
PATIENCE_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.25


def contended(error: BaseException) -> bool:
    """Another transaction was in the way; the same work, tried again from the start, will do."""
    return any(
        (isinstance(one, sqlite3.OperationalError | peewee.OperationalError) and "locked" in str(one))
        or _code(one) in MYSQL_CONTENTION
        or _sqlstate(one) in POSTGRES_CONTENTION
        for one in _chain(error)
    )


def lost(error: BaseException, connection: Any) -> bool:
    """The connection is of no more use: None when it could not be opened at all."""
    if connection is None:
        return isinstance(error, peewee.OperationalError | peewee.InterfaceError)
    if bool(getattr(connection, "closed", False)) or getattr(connection, "open", True) in (False, 0):
        return True
    return any(_code(one) in MYSQL_LOST or _sqlstate(one) in POSTGRES_LOST for one in _chain(error))


def pauses() -> Iterator[None]:
    """One round per attempt, sleeping a little longer (and never quite alike) before each further one."""
    pause = FIRST_PAUSE_SECONDS
    end = time.monotonic() + PATIENCE_SECONDS
    yield
    while time.monotonic() < end:
        time.sleep(pause * (0.5 + random.random()))  # noqa: S311 (spreads retries, guards nothing)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        yield


def _chain(error: BaseException) -> Iterator[BaseException]:
    # peewee wraps the driver's error: the codes are in what it carries
    yield error
    for inner in (error.__cause__, error.__context__, getattr(error, "orig", None)):
        if isinstance(inner, BaseException):
            yield inner


def _code(error: BaseException) -> int | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None
