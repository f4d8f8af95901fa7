"""The command: starts everything on loopback, measures in interleaved rounds, prints one table."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.e2e.server import ROOT, Gateway, end, running_mitmdump, running_oneapi

MODEL = "bench"
KINDS = ("JSON", "stream")
QUIET = ("-q", "--set", "flow_detail=0")


@dataclass(slots=True)
class Target:
    """Something to measure: one port per kind of reply, and the processes behind them."""

    name: str
    ports: dict[str, int]
    pids: dict[str, int]
    token: str = "sk-fake-bench"  # noqa: S105
    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def median(self, kind: str, name: str) -> float:
        return float(statistics.median(one[name] for one in self.rounds[kind]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each measuring everything once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds per measurement (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="kept-alive connections (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="one round of one second: does it work at all?")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 1.0
    return chosen


def main() -> int:
    chosen = arguments()
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(running_upstream())
        targets = [
            Target("upstream alone", dict.fromkeys(KINDS, upstream), {}),
            bare(stack, upstream),
            ours(stack, upstream),
        ]
        for target in targets:
            measure(target, chosen.connections, min(1.0, chosen.seconds), keep=False)
        for number in range(chosen.rounds):
            print(f"round {number + 1} of {chosen.rounds} ..", file=sys.stderr)
            for target in targets:
                measure(target, chosen.connections, chosen.seconds)
        memory = {target.name: resident(target.pids.get("JSON", 0)) for target in targets}
    print(table(targets, memory, chosen))
    return 1 if any(one["errors"] for t in targets for kind in KINDS for one in t.rounds[kind]) else 0


@contextlib.contextmanager
def running_upstream() -> Iterator[int]:
    command = [sys.executable, "-m", "scripts.benchmark.upstream"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        end(process)


def bare(stack: contextlib.ExitStack, upstream: int) -> Target:
    """mitmdump as it comes; for streams it must be told not to wait for the end of the body."""
    mode = f"reverse:http://127.0.0.1:{upstream}"
    plain = stack.enter_context(running_mitmdump(mode, script=None, args=QUIET))
    streaming = running_mitmdump(mode, script=None, args=(*QUIET, "--set", "stream_large_bodies=1"))
    return _target("bare mitmdump", plain, stack.enter_context(streaming))


def ours(stack: contextlib.ExitStack, upstream: int) -> Target:
    gateway = stack.enter_context(running_oneapi())
    gateway.add_channel(name="bench", base_url=f"http://127.0.0.1:{upstream}", models=[MODEL])
    target = _target("oneapi", gateway, gateway)
    target.token = gateway.add_token(name="bench")
    return target


def _target(name: str, plain: Gateway, streaming: Gateway) -> Target:
    both = dict(zip(KINDS, (plain, streaming), strict=True))
    return Target(name, {k: g.port for k, g in both.items()}, {k: g.process.pid for k, g in both.items()})


def measure(target: Target, connections: int, seconds: float, keep: bool = True) -> None:
    for kind in KINDS:
        before = cpu_seconds(target.pids.get(kind, 0))
        facts = load(target, kind, connections, seconds)
        spent = cpu_seconds(target.pids.get(kind, 0)) - before
        facts["cpu_ms"] = 1000 * spent / facts["requests"] if facts["requests"] else 0.0
        if facts["errors"]:
            print(f"{target.name}, {kind}: {facts['errors']} errors, the first: {facts['sample']}", file=sys.stderr)
        if keep:
            target.rounds[kind].append(facts)


def load(target: Target, kind: str, connections: int, seconds: float) -> dict[str, Any]:
    """A client process of its own: it shall not share the interpreter with anything that is measured."""
    asked = {
        "port": target.ports[kind],
        "request": request(target.ports[kind], target.token, kind == "stream"),
        "connections": connections,
        "seconds": seconds,
    }
    command = [sys.executable, "-m", "scripts.benchmark.load"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(asked).encode(), capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"the load against {target.name} failed:\n{done.stderr.decode()[-2000:]}")
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def request(port: int, token: str, stream: bool) -> str:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Say something small."}], "max_tokens": 200}
    body = json.dumps({**asked, **({"stream": True} if stream else {})})
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        f"authorization: Bearer {token}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def resident(pid: int) -> float:
    """Megabytes in memory; 0 where there is no /proc."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


HEAD = ("", "requests/s", "of bare", "p50 ms", "p99 ms", "CPU ms", "memory MB")


def table(targets: list[Target], memory: dict[str, float], chosen: argparse.Namespace) -> str:
    lines = [
        f"mitmproxy {version('mitmproxy')}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{chosen.connections} connections, {chosen.rounds} rounds of {chosen.seconds:g} s, medians; "
        "a stream has 100 events; CPU is of the measured process, per request"
    ]
    for kind in KINDS:
        rows = [(kind, *HEAD[1:]), *(row(target, targets[1], kind, memory) for target in targets)]
        widths = [max(len(one[column]) for one in rows) for column in range(len(HEAD))]
        widths[0] = max(len(target.name) for target in targets)
        lines += ["", *("  ".join(_cells(one, widths)) for one in rows)]
    return "\n".join(lines)


def _cells(one: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    yield one[0].ljust(widths[0])
    yield from (cell.rjust(width) for cell, width in zip(one[1:], widths[1:], strict=True))


def row(target: Target, reference: Target, kind: str, memory: dict[str, float]) -> tuple[str, ...]:
    speed = target.median(kind, "per_second")
    ratio = speed / reference.median(kind, "per_second") if reference.median(kind, "per_second") else 0.0
    behind = bool(target.pids)
    return (
        target.name,
        f"{speed:.0f}",
        f"{ratio:.2f}",
        f"{target.median(kind, 'p50_ms'):.1f}",
        f"{target.median(kind, 'p99_ms'):.1f}",
        f"{target.median(kind, 'cpu_ms'):.2f}" if behind else "-",
        f"{memory[target.name]:.0f}" if behind else "-",
    )


if __name__ == "__main__":
    sys.exit(main())
