"""Numbered scripts that bring the tables up to date, each applied once, by name. They know no model.

A script is a module `mNNNN_what` with `up(schema)`. A released script is never changed: write the next one.
On MySQL every step commits by itself, so each step must bear being done twice.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rules.migrations.schema import Schema

if TYPE_CHECKING:
    from rules.database import Database

LOCK_NAME = "one-api-migrations"
LOCK_NUMBER = 71_203_001
LOCK_SECONDS = 60


def names() -> tuple[str, ...]:
    """The scripts, in the order in which they are applied."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[:2] in ("m0", "m1")))


def apply(database: Database) -> tuple[str, ...]:
    """Apply what is missing, one process at a time; the names of the scripts that were applied now."""
    with _alone(database):
        schema = Schema(database)
        schema.table("migrations", "name VARCHAR(128) PRIMARY KEY, applied_at BIGINT NOT NULL")
        done = {name for (name,) in database.execute("SELECT name FROM migrations").fetchall()}
        missing = tuple(name for name in names() if name not in done)
        for name in missing:
            importlib.import_module(f"{__name__}.{name}").up(schema)
            database.execute("INSERT INTO migrations (name, applied_at) VALUES (?, ?)", (name, int(time.time())))
    return missing


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Two processes that start together must not both make the tables: the second one waits and finds them made."""
    if database.dialect != "mysql":
        with database.transaction():
            if database.dialect == "postgres":
                database.execute("SELECT pg_advisory_xact_lock(?)", (LOCK_NUMBER,))
            yield
        return
    database.execute("SELECT GET_LOCK(CONCAT(?, DATABASE()), ?)", (LOCK_NAME, LOCK_SECONDS))
    try:
        yield
    finally:
        database.execute("SELECT RELEASE_LOCK(CONCAT(?, DATABASE()))", (LOCK_NAME,))
