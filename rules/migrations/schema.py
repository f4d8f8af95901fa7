"""The few words in which the migrations are written, for three databases. Knows types and syntax, not one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.database import Database
    from rules.dsn import Dialect

# Names match byte by byte on MySQL as well, where the default takes "GPT-4" and "gpt-4" for one.
MYSQL_TABLE = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
TYPES: dict[Dialect, dict[str, str]] = {
    "sqlite": {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "text": "TEXT", "real": "REAL"},
    "mysql": {"serial": "BIGINT PRIMARY KEY AUTO_INCREMENT", "text": "MEDIUMTEXT", "real": "DOUBLE"},
    "postgres": {"serial": "BIGSERIAL PRIMARY KEY", "text": "TEXT", "real": "DOUBLE PRECISION"},
}


class Schema:
    """Makes tables and indexes. Columns are written as SQL, with `{serial}`, `{text}` and `{real}` for types."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mysql = database.dialect == "mysql"
        self._types = TYPES[database.dialect]

    def table(self, name: str, columns: str) -> None:
        tail = f" {MYSQL_TABLE}" if self._mysql else ""
        self.run(f'CREATE TABLE IF NOT EXISTS "{name}" ({columns.format(**self._types).strip()}){tail}')

    def index(self, table: str, *columns: str, unique: bool = False) -> None:
        name = f"{table}_{'_'.join(columns)}"
        if self._mysql and self._has_index(table, name):
            return  # MySQL commits each step by itself and knows no IF NOT EXISTS here: a half-done script goes on
        once = "" if self._mysql else "IF NOT EXISTS "
        listed = ", ".join(f'"{column}"' for column in columns)
        self.run(f'CREATE {"UNIQUE " if unique else ""}INDEX {once}"{name}" ON "{table}" ({listed})')

    def column(self, table: str, name: str, definition: str) -> None:
        """A further column of a table; one that is there already stays as it is."""
        if name not in {column.name for column in self._database.backend.get_columns(table)}:
            self.run(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {definition.format(**self._types)}')

    def run(self, sql: str) -> None:
        self._database.execute(sql)

    def _has_index(self, table: str, name: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM information_schema.statistics "
            "WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ? LIMIT 1",
            (table, name),
        )
        return found.fetchone() is not None
