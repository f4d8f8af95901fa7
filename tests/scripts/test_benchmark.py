"""The bench measures what it says, and prints its table with ratios."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from scripts.benchmark.__main__ import KINDS, Target, load, request, running_upstream
from scripts.benchmark.load import Counts, _whole, run
from tests.e2e.server import ROOT, free_port


@pytest.mark.parametrize("kind", KINDS)
def test_the_load_counts_whole_replies_of_the_upstream(kind: str) -> None:
    with running_upstream() as port:
        facts = load(Target("upstream", dict.fromkeys(KINDS, port), {}), kind, connections=2, seconds=0.2)
    assert facts["errors"] == 0
    assert facts["requests"] > 10
    assert facts["events"] == (100 if kind == "stream" else 0)
    assert 0 < facts["p50_ms"] <= facts["p99_ms"]


def test_a_reply_that_is_no_200_is_an_error() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno")

    async def measure() -> Counts:
        port = free_port()
        async with await asyncio.start_server(refuse, "127.0.0.1", port):
            return await run(port, request(port, "sk-fake", stream=False).encode(), connections=1, seconds=0.01)

    counts = asyncio.run(measure())
    assert counts.errors >= 1
    assert "503" in counts.sample


@pytest.mark.parametrize(
    ("reply", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\n", False),
    ],
)
def test_a_reply_is_whole_when_its_framing_says_so(reply: bytes, whole: bool) -> None:
    assert _whole(bytearray(reply)) is whole


def test_the_bench_prints_its_table() -> None:
    command = [str(ROOT / "scripts" / "bench"), "--rounds", "1", "--seconds", "0.3", "--connections", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    table = done.stdout.splitlines()
    for kind in KINDS:
        start = next(number for number, row in enumerate(table) if row.startswith(kind))
        assert [row.split("  ")[0] for row in table[start + 1 : start + 4]] == [
            "upstream alone",
            "bare mitmdump",
            "oneapi",
        ]
        assert table[start + 2].split()[3] == "1.00"
