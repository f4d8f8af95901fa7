"""Databases that tests may fill and throw away, by SQL_DSN: loopback addresses only, from tests/services.py."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rules.database import connect
from rules.dsn import Dialect
from tests.services import needed

VAULT_KEY = b"a key for tests and nothing else"


@dataclass(frozen=True)
class Place:
    """What a process needs to open a database: `dsn` is "" for the SQLite file in `data_dir`."""

    dialect: Dialect
    dsn: str
    data_dir: Path


@contextmanager
def made(dialect: Dialect, data_dir: Path) -> Iterator[Place]:
    """A new database without tables, gone at the end. Skips the test where there is no server of this kind."""
    if dialect == "sqlite":
        yield Place(dialect, "", data_dir)
        return
    server = needed(dialect)
    name = f"oneapi_test_{secrets.token_hex(6)}"
    _run(server, f'CREATE DATABASE "{name}"')
    try:
        yield Place(dialect, _in(server, name), data_dir)
    finally:
        _run(server, f'DROP DATABASE "{name}"' + (" WITH (FORCE)" if dialect == "postgres" else ""))


def _run(dsn: str, sql: str) -> None:
    database = connect(dsn)
    try:
        database.execute(sql)
    finally:
        database.close_all()


def _in(dsn: str, name: str) -> str:
    """The same address with another database."""
    address, question, parameters = dsn.partition("?")
    return f"{address.rpartition('/')[0]}/{name}{question}{parameters}"
