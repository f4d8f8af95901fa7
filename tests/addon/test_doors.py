import asyncio
import base64
import socket
from ipaddress import ip_address

import pytest

from addon import doors


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("api.openai.com", True),
        ("API.OpenAI.com.", True),
        ("me.openai.azure.com", True),
        ("openai.azure.com", False),
        ("api.openai.com.evil.example", False),
        ("chatgpt.com", False),
        ("", False),
        (None, False),
    ],
)
def test_is_listed(host: str | None, listed: bool) -> None:
    assert doors.is_listed(host) is listed


@pytest.mark.parametrize(
    ("peer", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_is_loopback(peer: str, loopback: bool) -> None:
    assert doors.is_loopback(peer) is loopback


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (basic("me:sk-fake"), "sk-fake"),
        (basic("sk-fake:"), "sk-fake"),
        (basic("sk-fake"), "sk-fake"),
        ("Bearer sk-fake", "sk-fake"),
        ("Basic !!!", ""),
        (basic("é:x").replace("w", "*"), ""),
        ("Digest x", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_proxy_token(header: str | None, token: str) -> None:
    assert doors.proxy_token(header) == token


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.2",
        "127.1",
        "localhost",
        "0.0.0.0",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        socket.gethostname(),
    ],
)
def test_reaches_us_under_any_notation(host: str) -> None:
    assert asyncio.run(doors.reaches_us(host, 3000, [3000])) is True


def test_reaches_us_only_on_our_ports() -> None:
    assert asyncio.run(doors.reaches_us("127.0.0.1", 3001, [3000])) is False


def test_reaches_us_elsewhere_or_nowhere() -> None:
    assert asyncio.run(doors.reaches_us("192.0.2.1", 3000, [3000])) is False
    assert asyncio.run(doors.reaches_us("no-such-name.invalid", 3000, [3000])) is False
    assert asyncio.run(doors.reaches_us("a" * 70 + ".example", 3000, [3000])) is False


def test_is_local_of_documentation_addresses() -> None:
    assert not doors.is_local(ip_address("192.0.2.7"))
    assert not doors.is_local(ip_address("2001:db8::7"))


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", True),
        ("::ffff:127.0.0.1", True),
        ("169.254.169.254", True),
        ("192.0.2.7", False),
        ("no-such-name.invalid", False),
    ],
)
def test_only_here_is_what_trusts_this_machine(host: str, here: bool) -> None:
    assert asyncio.run(doors.only_here(host, 6379)) is here
