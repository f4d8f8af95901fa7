"""What else this machine has for the tests: databases, a browser, node, other programs. Loopback addresses only.

A test asks `needed(...)` and is skipped, with the reason, where the thing is missing; with CI=true that is a failure:
there `scripts/test` has installed or started it. `python -m tests.services` prints what is missing, one name a line.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
import pymysql
import pytest

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / ".venv-clients" / "bin" / "python"
NODE_MODULES = ROOT / ".venv-node" / "node_modules"

# In One API's own forms of SQL_DSN. The second of each is what scripts/test makes on a machine of its own (CI).
MYSQL = ("root:@tcp(127.0.0.1:3306)/test", "oneapi_test:fake-password@tcp(127.0.0.1:3306)/oneapi_test")
POSTGRES = (
    "postgres://postgres@127.0.0.1:5432/test?sslmode=disable",
    "postgres://oneapi_test:fake-password@127.0.0.1:5432/oneapi_test?sslmode=disable",
)


@cache
def mysql_dsn() -> str:
    """A MySQL or MariaDB to make tables in; "" where there is none. ONEAPI_TEST_MYSQL_DSN comes first."""
    return next((dsn for dsn in (os.environ.get("ONEAPI_TEST_MYSQL_DSN"), *MYSQL) if dsn and _mysql_answers(dsn)), "")


@cache
def postgres_dsn() -> str:
    """The same for PostgreSQL; ONEAPI_TEST_POSTGRES_DSN comes first."""
    asked = os.environ.get("ONEAPI_TEST_POSTGRES_DSN")
    return next((dsn for dsn in (asked, *POSTGRES) if dsn and _postgres_answers(dsn)), "")


@cache
def redis_url() -> str:
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=1).close()
    except OSError:
        return ""
    return "redis://127.0.0.1:6379"


@cache
def chromium() -> str:
    """The browser's path."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )


@cache
def clients_python() -> str:
    """A Python that has the providers' own clients: other programs, so they live in an environment of their own."""
    return str(CLIENTS) if CLIENTS.exists() else ""


@cache
def node() -> str:
    return shutil.which("node") or "" if (NODE_MODULES / "openai").is_dir() else ""


@cache
def curl() -> str:
    return shutil.which("curl") or ""


@cache
def namespaces() -> str:
    """The `ip` command, where we may make a network namespace with it (a container's root often may not)."""
    ip, probe = shutil.which("ip"), f"oneapi-probe-{os.getpid()}"
    if ip is None or os.geteuid() != 0:
        return ""
    made = subprocess.run([ip, "netns", "add", probe], capture_output=True, check=False)
    if made.returncode:
        return ""
    subprocess.run([ip, "netns", "del", probe], capture_output=True, check=False)
    return ip


@cache
def shared() -> str:
    """The folder of recordings and facts beside the repository."""
    folder = ROOT.parent / "shared"
    return str(folder) if folder.is_dir() else ""


SERVICES: dict[str, tuple[Callable[[], str], str]] = {
    "mysql": (mysql_dsn, "no MySQL or MariaDB on 127.0.0.1:3306 lets us in (ONEAPI_TEST_MYSQL_DSN names another)"),
    "postgres": (postgres_dsn, "no PostgreSQL on 127.0.0.1:5432 lets us in (ONEAPI_TEST_POSTGRES_DSN names another)"),
    "redis": (redis_url, "no Redis on 127.0.0.1:6379"),
    "chromium": (chromium, "no Chromium on the PATH"),
    "clients": (clients_python, "no .venv-clients with the providers' clients (scripts/test makes it)"),
    "node": (node, "no Node.js with the openai package (scripts/test installs it where node is)"),
    "curl": (curl, "no curl on the PATH"),
    "namespaces": (namespaces, "no network namespaces: needs root and the ip command"),
    "shared": (shared, "no ../shared beside the repository (recordings, data)"),
}


def needed(name: str) -> str:
    """Where it is; skips the test, or in CI fails it, when it is not."""
    find, reason = SERVICES[name]
    if found := find():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true and {reason}")
    pytest.skip(reason)


def _mysql_answers(dsn: str) -> bool:
    found = re.fullmatch(
        r"(?P<user>[^:]*):(?P<password>[^@]*)@tcp\((?P<host>.*):(?P<port>\d+)\)/(?P<database>[^?]*).*", dsn
    )
    if found is None:
        return False
    try:
        pymysql.connect(
            host=found["host"],
            port=int(found["port"]),
            user=found["user"],
            password=found["password"],
            database=found["database"],
            connect_timeout=2,
        ).close()
    except pymysql.MySQLError:
        return False
    return True


def _postgres_answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


if __name__ == "__main__":
    print("\n".join(name for name, (find, _) in SERVICES.items() if not find()))
