"""The database behind the rules: connections, transactions, retries. Knows peewee, and no table but `revision`.

Every thread has its own connection, opened when first needed. Models carry no database of their own: queries are run
through this class, so that several databases can be open side by side.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import peewee
from playhouse.postgres_ext import Psycopg3Database

from rules import dsn as dsns
from rules import lapses
from rules.dsn import Dialect

Result = TypeVar("Result")

SQLITE_FILE = "one-api.db"
SQLITE_BUSY_TIMEOUT_MS = 3000
CONNECT_TIMEOUT_SECONDS = 10
# what BEGIN is told: SQLite must know a writer from the start, or two readers who both want to write block each other
WRITING: dict[Dialect, tuple[str, ...]] = {"sqlite": ("IMMEDIATE",), "mysql": (), "postgres": ()}
READING: dict[Dialect, tuple[str, ...]] = {
    "sqlite": ("DEFERRED",),
    "mysql": ("REPEATABLE READ",),
    "postgres": ("REPEATABLE READ",),
}


def connect(
    dsn: str = "",
    data_dir: Path = Path("data"),
    sqlite_path: str = "",
    sqlite_busy_timeout_ms: int = SQLITE_BUSY_TIMEOUT_MS,
) -> Database:
    """The database of `SQL_DSN` (see rules/dsn.py); nothing is opened yet. `sqlite_path` is relative to `data_dir`.

    Raises DsnError.
    """
    if not dsn.strip():
        path = data_dir / (sqlite_path or SQLITE_FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        return Database(_sqlite(path, sqlite_busy_timeout_ms), "sqlite")
    target = dsns.parse(dsn.strip())
    if target.dialect == "postgres":
        return Database(_postgres(target), "postgres")
    return Database(_mysql(target), "mysql")


def _sqlite(path: Path, busy_timeout_ms: int) -> peewee.Database:
    return peewee.SqliteDatabase(
        str(path),
        pragmas=[
            ("busy_timeout", busy_timeout_ms),  # first: switching to WAL may have to wait as well
            ("journal_mode", "wal"),
            ("synchronous", "normal"),
            ("foreign_keys", 1),
        ],
        timeout=busy_timeout_ms / 1000,
        check_same_thread=False,  # a connection is used by one thread, but closed by whoever cleans up
    )


def _mysql(target: dsns.Target) -> peewee.Database:
    from pymysql.constants import CLIENT

    parameters: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        # quoted names as in standard SQL, and no silent cutting of what is too long
        "sql_mode": "ANSI_QUOTES,PIPES_AS_CONCAT,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION",
        # row locks only: gap locks would make the ledger's look at a hold that is gone block other processes
        "init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "client_flag": CLIENT.FOUND_ROWS,  # the row count of an UPDATE is the answer: count what matched
    }
    return peewee.MySQLDatabase(target.database, **(parameters | target.parameters))


def _postgres(target: dsns.Target) -> peewee.Database:
    parameters = {"connect_timeout": CONNECT_TIMEOUT_SECONDS} | target.parameters
    database: peewee.Database = Psycopg3Database(target.database, **parameters)  # type: ignore[no-untyped-call]
    return database


class Database:
    """One database, shared by the threads of a process."""

    def __init__(self, backend: peewee.Database, dialect: Dialect) -> None:
        self.backend = backend
        self.dialect: Dialect = dialect
        self._connections: dict[threading.Thread, Any] = {}
        self._guard = threading.Lock()

    def migrate(self) -> tuple[str, ...]:
        """Bring the tables up to date; the names of the scripts that were applied."""
        from rules import migrations

        return migrations.apply(self)

    # Queries

    def rows(self, query: Any) -> list[dict[str, Any]]:
        """The rows of a select query as dicts by column name."""
        return self._steady(lambda: list(query.clone().bind(self.backend).dicts().execute()))

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        return self._steady(lambda: list(query.clone().bind(self.backend).tuples().execute()))

    def row(self, query: Any) -> dict[str, Any] | None:
        found = self.rows(query.limit(1))
        return found[0] if found else None

    def value(self, query: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.tuples(query)
        return found[0][0] if found else None

    def run(self, query: Any) -> int:
        """Run an update or delete; how many rows matched."""
        return int(self._steady(lambda: query.clone().bind(self.backend).execute()))

    def insert(self, model: type[peewee.Model], values: Mapping[str, Any]) -> int:
        """Insert one row; its id (0 where the table counts none)."""
        key = model._meta.primary_key
        query: Any = model.insert(**values)
        if self.dialect == "postgres":
            query = query.returning(key).tuples()
        answer = self._steady(lambda: query.clone().bind(self.backend).execute())
        if not isinstance(key, peewee.AutoField):
            return 0
        return int(next(iter(answer))[0] if self.dialect == "postgres" else answer)

    def insert_all(self, model: type[peewee.Model], rows: Sequence[Mapping[str, Any]], at_once: int = 200) -> None:
        for start in range(0, len(rows), at_once):
            query: Any = model.insert_many(list(rows[start : start + at_once]))
            if self.dialect == "postgres":
                query = query.returning()
            part = query.clone().bind(self.backend)
            self._steady(part.execute)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Plain SQL with `?` for every parameter; a cursor."""
        backend: Any = self.backend
        return self._steady(lambda: backend.execute_sql(self.sql(sql), tuple(parameters)))

    def sql(self, text: str) -> str:
        """`?` as the driver wants it."""
        return text if self.dialect == "sqlite" else text.replace("?", "%s")

    # Transactions

    @contextlib.contextmanager
    def transaction(self, reading: bool = False) -> Iterator[None]:
        """One transaction, not tried again; inside another it is part of that. `reading`: one picture of all tables."""
        if self.backend.in_transaction():
            yield
            return
        self._note_connection()
        with self.backend.transaction(*(READING if reading else WRITING)[self.dialect]):
            yield

    def transact(self, work: Callable[[], Result], reading: bool = False) -> Result:
        """Do `work` in one transaction, again from its start if another was in the way or the connection got lost."""
        if self.backend.in_transaction():
            return work()
        failure: BaseException | None = None
        for _ in lapses.pauses():
            try:
                with self.transaction(reading):
                    return work()
            except (peewee.OperationalError, peewee.InterfaceError, peewee.InternalError) as error:
                if not self.passing(error):
                    raise
                failure = error
        assert failure is not None
        raise failure

    def write(self, work: Callable[[], Result]) -> Result:
        """`transact` for what the snapshot depends on: the revision moves in the same transaction."""

        def work_and_move() -> Result:
            result = work()
            self.changed()
            return result

        return self.transact(work_and_move)

    def changed(self) -> None:
        """Move the revision; to be called last in a transaction, for its row is the one that everybody wants."""
        self.execute("UPDATE revision SET value = value + 1 WHERE id = 1")

    def revision(self) -> int:
        return int(self.execute("SELECT value FROM revision WHERE id = 1").fetchone()[0])

    # Connections

    def connection(self) -> Any:
        """This thread's driver connection, opened if need be. For the ledger, which speaks plain SQL."""
        self._note_connection()
        return self._open_connection()

    def passing(self, error: BaseException) -> bool:
        """Will the same work do if it is tried again? Forgets this thread's connection if it is lost."""
        connection = None if self.backend.is_closed() else self._open_connection()
        if lapses.lost(error, connection):
            self.drop()
            return True
        return lapses.contended(error)

    def drop(self) -> None:
        """Forget this thread's connection; the next use opens another."""
        with self._guard:
            connection = self._connections.pop(threading.current_thread(), None)
        self.backend.dispose()
        _close_quietly(connection)

    close = drop

    def close_all(self) -> None:
        """Close the connections of all threads; they must have come to rest."""
        with self._guard:
            connections = list(self._connections.values())
            self._connections.clear()
        self.backend.dispose()
        for connection in connections:
            _close_quietly(connection)

    def _steady(self, act: Callable[[], Result]) -> Result:
        """Run one statement; outside a transaction a second time after a lost connection or contention."""
        self._note_connection()
        if self.backend.in_transaction():
            return act()
        try:
            return act()
        except (peewee.OperationalError, peewee.InterfaceError, peewee.InternalError) as error:
            if not self.passing(error):
                raise
        self._note_connection()
        return act()

    def _note_connection(self) -> None:
        if not self.backend.is_closed():
            # a thread whose connection was closed by close_all must not go on with it
            if threading.current_thread() in self._connections:
                return
            self.backend.dispose()
        self.backend.connect()
        with self._guard:
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                _close_quietly(self._connections.pop(thread))
            self._connections[threading.current_thread()] = self._open_connection()

    def _open_connection(self) -> Any:
        backend: Any = self.backend  # (the stubs leave this one untyped)
        return backend.connection()


def _close_quietly(connection: Any) -> None:
    if connection is None:
        return
    with contextlib.suppress(Exception):  # drivers raise what they like when a dead connection is closed: it is gone
        connection.close()
