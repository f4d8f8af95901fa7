from __future__ import annotations

import ssl
from typing import Any

import pytest

from rules.dsn import parse
from rules.errors import DsnError

SECRET = "p@ss/w:rd"


@pytest.mark.parametrize(
    ("dsn", "database", "parameters"),
    [
        (
            "root:123456@tcp(127.0.0.1:3307)/oneapi",
            "oneapi",
            {"user": "root", "password": "123456", "host": "127.0.0.1", "port": 3307},
        ),
        (
            f"ada:{SECRET}@tcp(db.example:3306)/one-api?charset=utf8mb4,utf8&parseTime=True&loc=Local",
            "one-api",
            {"user": "ada", "password": SECRET, "host": "db.example", "port": 3306, "charset": "utf8mb4"},
        ),
        ("root@/oneapi", "oneapi", {"user": "root", "password": "", "host": "127.0.0.1", "port": 3306}),
        ("root@tcp/oneapi", "oneapi", {"user": "root", "password": "", "host": "127.0.0.1", "port": 3306}),
        ("root:x@tcp([::1]:3306)/db", "db", {"user": "root", "password": "x", "host": "::1", "port": 3306}),
        ("root:x@tcp(db.example)/db", "db", {"user": "root", "password": "x", "host": "db.example", "port": 3306}),
        ("root:x@unix(/run/mysql.sock)/db", "db", {"user": "root", "password": "x", "unix_socket": "/run/mysql.sock"}),
        (
            "u:p@tcp(h:1)/my%2Fdb?timeout=1500ms&readTimeout=1m&writeTimeout=2s&tls=false",
            "my/db",
            {
                "user": "u",
                "password": "p",
                "host": "h",
                "port": 1,
                "connect_timeout": 2,
                "read_timeout": 60,
                "write_timeout": 2,
            },
        ),
    ],
)
def test_a_mysql_dsn_is_understood_as_the_go_driver_does(dsn: str, database: str, parameters: dict[str, Any]) -> None:
    target = parse(dsn)
    assert (target.dialect, target.database, target.parameters) == ("mysql", database, parameters)


def test_mysql_with_tls_verifies_unless_told_to_skip_it() -> None:
    strict = parse("u:p@tcp(h)/d?tls=true").parameters["ssl"]
    lax = parse("u:p@tcp(h)/d?tls=skip-verify").parameters["ssl"]
    assert (strict.verify_mode, lax.verify_mode) == (ssl.CERT_REQUIRED, ssl.CERT_NONE)


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("root:hidden@127.0.0.1", "cannot be understood"),
        ("file:one-api.db", "cannot be understood"),
        ("root:hidden@tcp(h:1)/", "names no database"),
        ("root:hidden@udp(h:1)/d", "'udp'"),
        ("root:hidden@tcp(h:x)/d", "'x'"),
        ("root:hidden@tcp(h)/d?tls=custom", "tls=custom"),
        ("root:hidden@tcp(h)/d?timeout=5", "timeout=5"),
        ("root:hidden@tcp(h)/d?wonder=1", "'wonder'"),
        ("postgres://root:hidden@h", "names no database"),
        ("postgres://root:hidden@h/d?wonder=1", "not a PostgreSQL address"),
        ("postgres://root:hidden@[h/d", "not a PostgreSQL address"),
    ],
)
def test_a_dsn_that_cannot_be_understood_says_why_without_the_password(dsn: str, says: str) -> None:
    with pytest.raises(DsnError) as caught:
        parse(dsn)
    assert says in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_postgres_address_is_taken_apart() -> None:
    target = parse("postgres://ada:p%40ss@db.example:5433/oneapi?sslmode=disable")
    assert (target.dialect, target.database) == ("postgres", "oneapi")
    known = {name: target.parameters[name] for name in ("user", "password", "host", "port", "sslmode")}
    assert known == {"user": "ada", "password": "p@ss", "host": "db.example", "port": "5433", "sslmode": "disable"}


def test_session_settings_of_a_postgres_address_become_options() -> None:
    address = "postgresql://h/d?TimeZone=Asia/Shanghai&pool_max_conns=5&search_path=one&default_query_exec_mode=exec"
    assert parse(address).parameters["options"] == "-c TimeZone=Asia/Shanghai -c search_path=one"


def test_a_target_hides_its_password_when_printed() -> None:
    assert SECRET not in repr(parse(f"ada:{SECRET}@tcp(h)/d"))
