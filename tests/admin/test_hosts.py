from __future__ import annotations

import pytest

from admin.hosts import host_name, is_ip_literal, is_loopback, is_ours


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("example.com:80", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("[::1]:3000", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("[::1", ""),
    ],
)
def test_host_name(authority: str, name: str) -> None:
    assert host_name(authority) == name


@pytest.mark.parametrize(
    ("name", "literal"), [("10.0.0.1", True), ("::1", True), ("0x7f.1", False), ("2130706433", False), ("a", False)]
)
def test_is_ip_literal(name: str, literal: bool) -> None:
    assert is_ip_literal(name) is literal


@pytest.mark.parametrize(
    ("authority", "ours"),
    [("localhost", True), ("1.2.3.4:5", True), ("a.lan:9", True), ("s.example", True), ("b.lan", False), ("", False)],
)
def test_is_ours(authority: str, ours: bool) -> None:
    assert is_ours(authority, ("a.lan",), "https://s.example:8443") is ours


def test_is_ours_without_any_name_configured() -> None:
    assert is_ours("a.lan", ()) is False


@pytest.mark.parametrize(
    ("peer", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.0.1", False),
        ("::ffff:192.168.0.1", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("unix", False),
    ],
)
def test_is_loopback(peer: str, loopback: bool) -> None:
    assert is_loopback(peer) is loopback
