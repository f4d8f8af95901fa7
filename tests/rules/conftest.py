"""A blank database for each test, on SQLite, MariaDB or MySQL, and PostgreSQL: on all that answer.

The tables are made once per session and kind, in a database of its own that is dropped at the end; each test finds
them empty. Tests of the tables themselves ask for `empty_place`, where nothing has been made yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from rules import models, passwords
from rules.database import Database, connect
from rules.dsn import Dialect
from rules.vault import Vault
from tests.rules.places import VAULT_KEY, Place, made

DIALECTS: tuple[Dialect, ...] = ("sqlite", "mysql", "postgres")


@pytest.fixture(scope="session", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    kind: Dialect = request.param
    return kind


@pytest.fixture(scope="session")
def place(dialect: Dialect, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Where a migrated database is; its tables may hold rows of an earlier test unless `database` is used as well."""
    with made(dialect, tmp_path_factory.mktemp("rules")) as place:
        database = connect(place.dsn, place.data_dir)
        database.migrate()
        database.close_all()
        yield place


@pytest.fixture
def empty_place(dialect: Dialect, tmp_path: Path) -> Iterator[Place]:
    """A database without any table."""
    with made(dialect, tmp_path) as place:
        yield place


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    """Migrated and empty, revision 1."""
    database = connect(place.dsn, place.data_dir)
    for model in reversed(models.ALL):
        if model not in (models.Migrations, models.Revisions):
            database.run(model.delete())
    database.execute("UPDATE revision SET value = 1")
    yield database
    database.close_all()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real password hashes that cost little: how hard they are is the business of the tests of passwords."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def vault() -> Vault:
    return Vault(VAULT_KEY)
