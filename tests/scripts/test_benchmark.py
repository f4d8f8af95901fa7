"""The bench measures what it says, and prints its tables with ratios and goals."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from scripts.benchmark.__main__ import arguments
from scripts.benchmark.cases import CASES, Case, Goal, request
from scripts.benchmark.compare import load
from scripts.benchmark.latency import connected, measured
from scripts.benchmark.load import Counts, run, whole
from scripts.benchmark.measure import settled, slope
from scripts.benchmark.others import litellm_config, programs
from scripts.benchmark.slow_streams import Seen, Watched
from scripts.benchmark.slow_streams import run as run_slow
from scripts.benchmark.table import Judged, goals, table
from scripts.benchmark.targets import BARE, OURS, UPSTREAM, running_upstream, upstream_alone
from tests.e2e.server import ROOT, free_port
from tests.recordings import MISSING, SHARED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_load_counts_whole_replies_of_the_upstream(case: Case) -> None:
    with running_upstream() as port:
        facts = load(upstream_alone(port), case, connections=2, seconds=0.2)
    assert facts["errors"] == 0
    assert facts["requests"] > 5
    assert facts["events"] == (100 if case.streamed else 0)
    assert 0 < facts["p50_ms"] <= facts["p99_ms"]


def test_the_load_stops_at_its_number_of_requests() -> None:
    with running_upstream() as port:
        asked = request(port, "/v1/chat/completions", "bench", "sk-fake", streamed=False).encode()
        counts = asyncio.run(run(port, asked, connections=3, seconds=30, requests=10))
    assert (len(counts.waits), counts.errors) == (10, 0)


def test_a_reply_that_is_no_200_is_an_error() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno")

    async def measure() -> Counts:
        port = free_port()
        asked = request(port, "/v1/chat/completions", "bench", "sk-fake", streamed=False).encode()
        async with await asyncio.start_server(refuse, "127.0.0.1", port):
            return await run(port, asked, connections=1, seconds=5, requests=1)

    counts = asyncio.run(measure())
    assert counts.errors == 1
    assert "503" in counts.sample


@pytest.mark.parametrize(
    ("reply", "is_whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n", False),
    ],
)
def test_a_reply_is_whole_when_its_framing_says_so(reply: bytes, is_whole: bool) -> None:
    assert whole(bytearray(reply)) is is_whole


def test_the_first_event_comes_before_the_end() -> None:
    with running_upstream() as port:
        asked = request(port, "/v1/chat/completions", "bench", "sk-fake", streamed=True).encode()
        with connected(port, "", "") as connection:
            waits = measured(connection, asked, 0.1)
    assert waits.errors == 0 and len(waits.first) == len(waits.last) > 0
    assert all(0 < first <= last for first, last in zip(waits.first, waits.last, strict=True))


def test_slow_streams_come_whole_and_at_their_pace() -> None:
    with running_upstream(slow_events=13, pause=0.02) as port:
        asked = request(port, "/v1/chat/completions", "bench-slow", "sk-fake", streamed=True).encode()
        seen = asyncio.run(run_slow(port, asked, streams=5, expected=10, ramp=0.1))
    assert (seen.whole, seen.events, seen.lost, seen.reordered, seen.errors) == (5, 50, 0, 0, 0)
    assert 0.01 < seen.gap < 5


@pytest.mark.parametrize(
    ("numbers", "ended", "whole_lost_reordered"),
    [
        ((0, 1, 2), True, (1, 0, 0)),
        ((0, 2), True, (0, 1, 0)),
        ((0, 1), True, (0, 1, 0)),
        ((0, 2, 1), True, (0, 1, 1)),
        ((0, 1, 2), False, (0, 0, 0)),
    ],
)
def test_what_is_lost_or_out_of_order_is_seen(
    numbers: tuple[int, ...], ended: bool, whole_lost_reordered: tuple[int, ...]
) -> None:
    seen = Seen()
    watched = Watched(seen, expected=3, asked=1.0)
    data = b"".join(b'data: {"content": " word%d"}\n\n' % number for number in numbers)
    data += b"data: [DONE]\n\n" if ended else b""
    for at in range(len(data)):
        watched.take(data[at : at + 1], 2.0)
    watched.end()
    assert (int(seen.whole), seen.lost, seen.reordered) == whole_lost_reordered
    assert (seen.first, seen.gap) == (1.0, 0.0)


def test_a_slope_is_that_of_the_line() -> None:
    points = [(float(x), 3.0 + 0.5 * x) for x in range(8)]
    assert slope(points) == pytest.approx(0.5)
    assert settled(points) == points[2:]
    assert slope(points[:1]) == slope([(1.0, 1.0), (1.0, 2.0)]) == 0.0


@pytest.mark.parametrize(
    ("goal", "figure", "verdict"),
    [
        (Goal(2.0, at_least=True, floor=1.5), 2.0, "met"),
        (Goal(2.0, at_least=True, floor=1.5), 1.6, "missed, but not the least"),
        (Goal(2.0, at_least=True, floor=1.5), 1.4, "missed"),
        (Goal(3.0), 3.0, "met"),
        (Goal(3.0), 3.1, "missed"),
    ],
)
def test_a_goal_stands_beside_its_figure(goal: Goal, figure: float, verdict: str) -> None:
    assert goal.judge(figure) == verdict
    printed = goals([Judged("what", figure, " ms", goal)]).splitlines()[1]
    assert printed.startswith(f"what  {figure:.2f} ms") and printed.endswith(verdict)


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert table(("a", "b"), [("long", "1"), ("x", "234")]) == "a       b\nlong    1\nx     234"


def test_compare_is_meant_where_no_command_is_named() -> None:
    assert arguments(["--quick"]).command == arguments([]).command == "compare"
    assert arguments(["soak", "--requests", "5"]).requests == 5
    assert arguments(["--with", "litellm=/x"]).others == ["litellm=/x"]


def test_others_are_named_or_told_how_to_get(capsys: pytest.CaptureFixture[str]) -> None:
    assert programs(["portkey=/opt/gateway"], quick=True) == {"portkey": "/opt/gateway"}
    assert "not compared: litellm (pip install" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="not nobody"):
        programs(["nobody"], quick=True)
    assert "http://127.0.0.1:7/v1" in litellm_config(7)


def bench(*args: str) -> list[str]:
    command = [str(ROOT / "scripts" / "bench"), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_bench_prints_its_tables() -> None:
    printed = bench("--rounds", "1", "--seconds", "0.3", "--connections", "4")
    for case in CASES:
        start = printed.index(next(row for row in printed if row.startswith(f"{case.name}  ")))
        assert [row.split("  ")[0] for row in printed[start + 1 : start + 4]] == [UPSTREAM, BARE, OURS]
        assert printed[start + 2].split()[3] == "1.00"
    judged = printed[next(n for n, row in enumerate(printed) if row.startswith("goal ")) + 1 :]
    assert len(judged) == 10
    assert all(row.endswith(("met", "missed", "missed, but not the least")) for row in judged)


def test_the_soak_loses_nothing() -> None:
    """Whole streams only: how much memory and how long a gap is for whoever reads the figures."""
    args = ("--streams", "8", "--seconds", "1", "--pause", "0.1", "--requests", "60", "--reloads", "2")
    printed = bench("soak", *args, "--connections", "2")
    (row,) = (row.split() for row in printed if row.startswith(f"{OURS}  "))
    assert row[1:5] == ["8", "80", "0", "0"]
    assert any(row.startswith("60 requests, 2 reloads: ") for row in printed)


def test_the_fuzz_tells_how_many_failed() -> None:
    """None where the recordings are; without them there is nothing to draw from."""
    if SHARED.is_dir():
        assert bench("fuzz", "--cases", "20")[-1].startswith("20 cases of ")
        return
    done = subprocess.run([str(ROOT / "scripts" / "bench"), "fuzz"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (1, MISSING)
