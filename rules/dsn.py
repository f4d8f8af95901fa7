"""One API's SQL_DSN forms as connection parameters. Knows no database object, opens nothing.

Empty: SQLite. `postgres://..`: PostgreSQL. Anything else: Go's MySQL DSN, `user:pass@tcp(host:port)/db?params`.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from rules.errors import DsnError

Dialect = Literal["sqlite", "mysql", "postgres"]

MYSQL_FORM = "user:password@tcp(host:3306)/database"
# Settings of a PostgreSQL session that Go's drivers take in the address; libpq wants them as `-c name=value`.
POSTGRES_SESSION = {
    "timezone",
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
}
# What the Go drivers alone understand and nothing here depends on.
POSTGRES_IGNORED = {"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}
MYSQL_IGNORED = {
    "parsetime",
    "loc",
    "collation",
    "multistatements",
    "allownativepasswords",
    "interpolateparams",
    "clientfoundrows",
    "checkconnliveness",
    "maxallowedpacket",
}
MYSQL_TIMEOUTS = {"timeout": "connect_timeout", "readtimeout": "read_timeout", "writetimeout": "write_timeout"}
GO_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
# greedy up to the last "@" and the last "/", as Go's driver does: a password may hold both
MYSQL_DSN = re.compile(
    r"^(?:(?P<user>[^:]*?)(?::(?P<password>.*))?@)?"
    r"(?:(?P<net>[a-z0-9]+)?(?:\((?P<address>[^()]*)\))?)?/(?P<database>[^/?]*)(?:\?(?P<params>.*))?$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the database is. `parameters` go to the driver as they are; they may hold a password."""

    dialect: Dialect
    database: str
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)


def parse(dsn: str) -> Target:
    """The target of a non-empty DSN. Raises DsnError with the form that is expected."""
    if dsn.startswith(("postgres://", "postgresql://")):
        return _postgres(dsn)
    return _mysql(dsn)


def _postgres(dsn: str) -> Target:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = urlsplit(dsn)
        known, session = [], []
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name.lower() in POSTGRES_SESSION:
                session.append(f"-c {name}={value}")
            elif name.lower() not in POSTGRES_IGNORED and not name.startswith("pool_"):
                known.append((name, value))
        address = urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(known), ""))
        parameters: dict[str, Any] = conninfo_to_dict(address)
    except (ValueError, psycopg.Error) as error:
        raise DsnError(
            f"SQL_DSN is not a PostgreSQL address (postgres://user:password@host:5432/database): {_mild(error)}"
        ) from None
    database = parameters.pop("dbname", "")
    if not database:
        raise DsnError("SQL_DSN names no database: postgres://user:password@host:5432/database")
    if session:
        parameters["options"] = " ".join(filter(None, [parameters.get("options", ""), *session]))
    return Target("postgres", database, parameters)


def _mysql(dsn: str) -> Target:
    match = MYSQL_DSN.match(dsn)
    if match is None:
        raise DsnError(
            "SQL_DSN cannot be understood; write postgres://user:password@host:5432/database for PostgreSQL, "
            f"{MYSQL_FORM} for MySQL, or nothing for SQLite"
        )
    database = unquote(match["database"])
    if not database:
        raise DsnError(f"SQL_DSN names no database: {MYSQL_FORM}")
    parameters: dict[str, Any] = {"user": match["user"] or "", "password": match["password"] or ""}
    parameters |= _mysql_address(match["net"] or "tcp", match["address"] or "")
    for name, value in parse_qsl(match["params"] or "", keep_blank_values=True):
        parameters |= _mysql_parameter(name, value)
    return Target("mysql", database, parameters)


def _mysql_address(net: str, address: str) -> dict[str, Any]:
    if net == "unix":
        return {"unix_socket": address}
    if net not in ("tcp", "tcp4", "tcp6"):
        raise DsnError(f"SQL_DSN has the network {net!r}; tcp and unix are known: {MYSQL_FORM}")
    host, port = address, ""
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":")
    elif ":" in address:
        host, _, port = address.rpartition(":")
    if port and not port.isdecimal():
        raise DsnError(f"SQL_DSN has the port {port!r}, which is no number: {MYSQL_FORM}")
    return {"host": host or "127.0.0.1", "port": int(port or 3306)}


def _mysql_parameter(name: str, value: str) -> dict[str, Any]:
    match name.lower():
        case "tls":
            return _mysql_tls(value)
        case "charset":
            return {"charset": value.split(",")[0]}
        case "timeout" | "readtimeout" | "writetimeout" as timeout:
            return {MYSQL_TIMEOUTS[timeout]: _go_duration(name, value)}
        case other if other in MYSQL_IGNORED:
            return {}
        case _:
            raise DsnError(f"SQL_DSN has the parameter {name!r}, which is not known here; leave it out")


def _mysql_tls(value: str) -> dict[str, Any]:
    if value in ("false", "preferred"):
        return {}
    if value not in ("true", "skip-verify"):
        raise DsnError(f"SQL_DSN has tls={value}; true, false, skip-verify and preferred are known")
    context = ssl.create_default_context()
    if value == "skip-verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _go_duration(name: str, value: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", value)
    if match is None:
        raise DsnError(f"SQL_DSN has {name}={value}; write it like 10s")
    return max(1, round(float(match[1]) * GO_UNITS[match[2]]))


def _mild(error: Exception) -> str:
    # libpq repeats the address, password and all, in some of its messages
    return str(error).split(":")[0].split('"')[0].strip()
