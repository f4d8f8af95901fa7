"""Measuring: client processes, processor time, memory, and what follows from several rounds. Knows no gateway."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.server import ROOT

Facts = dict[str, Any]


def run_client(room: str, asked: Facts) -> Facts:
    """A client process of its own: it shall not share the interpreter with anything that is measured."""
    command = [sys.executable, "-m", f"scripts.benchmark.{room}"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(asked).encode(), capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"the client ({room}) failed:\n{done.stderr.decode()[-2000:]}")
    facts: Facts = json.loads(done.stdout)
    return facts


def report_errors(where: str, facts: Facts) -> None:
    if facts["errors"]:
        print(f"{where}: {facts['errors']} errors, the first: {facts['sample']}", file=sys.stderr)


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


Point = tuple[float, float]


def slope(points: Sequence[Point]) -> float:
    """Of the straight line that fits best; 0 if there is none."""
    if len(points) < 2:
        return 0.0
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def settled(points: Sequence[Point], share: float = 0.25) -> Sequence[Point]:
    """Without the first part: caches, pools and the allocator grow at first, whatever comes later."""
    return points[int(len(points) * share) :]


@contextmanager
def sampled(read: Callable[[], float], pause: float = 1.0) -> Iterator[list[Point]]:
    """(seconds, value) at the beginning and every `pause` seconds while the block runs."""
    points: list[Point] = []
    stopped, started = threading.Event(), time.monotonic()

    def sample() -> None:
        while True:
            points.append((time.monotonic() - started, read()))
            if stopped.wait(pause):
                return

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield points
    finally:
        stopped.set()
        thread.join()
