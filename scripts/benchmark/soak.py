"""The soak: many slow streams at once, then very many requests while the rules change. Memory is watched all the while.

Bare mitmdump has the same streams first, so that what the machine itself does to them can be seen.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scripts.benchmark import targets
from scripts.benchmark.cases import (
    CASES,
    FLAT_MB_PER_MINUTE,
    GAP_SECONDS,
    MEMORY_MB,
    MODEL,
    NONE,
    SLOPE_MB_PER_10000,
    slow_request,
)
from scripts.benchmark.measure import Facts, Point, report_errors, resident, run_client, sampled, settled, slope
from scripts.benchmark.table import Judged, Row, goals, machine, table
from scripts.benchmark.targets import Target
from tests.e2e.server import Gateway

CLOSING = 3
"""Events of a stream that carry no number: the reason, the usage, the end."""
RAMP = 1 / 12
"""The share of the time within which the streams begin: in one instant, the first ones would wait for the last ones."""
SLICE_SECONDS = 600.0
"""More than a slice of requests ever takes."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What the streams through one target brought, and its memory: (seconds, MB)."""

    target: str
    facts: Facts
    memory: list[Point]

    @property
    def highest(self) -> float:
        return max(megabytes for _, megabytes in self.memory)

    @property
    def per_minute(self) -> float:
        return 60 * slope(settled(self.memory))


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What the requests brought, and the memory after each slice: (requests so far, MB)."""

    requests: int
    reloads: int
    errors: int
    memory: list[Point]

    @property
    def per_10000(self) -> float:
        return 10_000 * slope(settled(self.memory))


def soak(chosen: argparse.Namespace) -> int:
    """Prints its tables; 1 if any request failed or a stream broke, whatever the goals."""
    allow_many_files()
    events = round(chosen.seconds / chosen.pause)
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(targets.running_upstream(events + CLOSING, chosen.pause))
        with contextlib.ExitStack() as first:
            streams = [streamed(targets.bare(first, upstream), chosen, events)]
        us, _ = targets.ours(stack, upstream)
        streams.append(streamed(us, chosen, events))
    with contextlib.ExitStack() as stack:
        # A gateway of its own: what the streams have left would hide what the requests leave.
        upstream = stack.enter_context(targets.running_upstream())
        us, gateway = targets.ours(stack, upstream)
        requests = reloaded(us, gateway, chosen)
    print(report(streams, requests, chosen))
    return 1 if requests.errors or any(one.facts["errors"] for one in streams) else 0


def allow_many_files() -> None:
    """Each stream is two connections; the usual limit of 1024 is for those who do not ask."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def streamed(target: Target, chosen: argparse.Namespace, events: int) -> Streamed:
    place = target.streaming
    print(f"{chosen.streams} streams of {chosen.seconds:g} s through {target.name} ..", file=sys.stderr)
    asked = {
        "port": place.port,
        "request": slow_request(place.port, target.token),
        "streams": chosen.streams,
        "expected": events,
        "ramp": chosen.seconds * RAMP,
    }
    with sampled(lambda: resident(place.pid)) as memory:
        facts = run_client("slow_streams", asked)
    report_errors(f"streams through {target.name}", facts)
    return Streamed(target.name, facts, memory)


def reloaded(us: Target, gateway: Gateway, chosen: argparse.Namespace) -> Reloaded:
    """In as many slices as there are reloads."""
    (channel,) = (one["id"] for one in gateway.api("GET", "/channel/search", keyword="bench") if one["name"] == "bench")
    memory, errors, done = list[Point](), 0, 0
    with ThreadPoolExecutor(1) as beside:
        for number in range(chosen.reloads):
            share = chosen.requests * (number + 1) // chosen.reloads - chosen.requests * number // chosen.reloads
            client = beside.submit(load, us, share, chosen.connections)
            reload(gateway, channel, f"bench-{number}")
            facts = client.result()
            report_errors(f"slice {number + 1}", facts)
            errors += facts["errors"]
            done += facts["requests"]
            memory.append((done, resident(us.plain.pid)))
            if number % 10 == 9:
                print(f"{done} requests, {number + 1} reloads: {memory[-1][1]:.1f} MB", file=sys.stderr)
    return Reloaded(done, chosen.reloads, errors, memory)


def load(us: Target, requests: int, connections: int) -> Facts:
    asked = {"requests": requests, "connections": connections, "seconds": SLICE_SECONDS}
    return run_client("load", {**asked, "port": us.plain.port, "request": us.request(CASES[0])})


def reload(gateway: Gateway, channel: int, model: str) -> None:
    """Changes a rule while requests run, and waits until it is live."""
    gateway.api("PUT", "/channel/", {"id": channel, "models": f"{MODEL},{model}"})
    gateway.await_models(model, seconds=30)


def report(streams: list[Streamed], requests: Reloaded, chosen: argparse.Namespace) -> str:
    pace = f"{chosen.streams} streams, {1 / chosen.pause:g} events/s each, {chosen.seconds:g} s"
    head = (pace, "whole", "events", "lost", "reordered", "gap s", "first s", "memory MB", "MB/minute")
    first, last = requests.memory[0][1], requests.memory[-1][1]
    slices = f"{requests.requests} requests, {requests.reloads} reloads: {first:.1f} MB, then {last:.1f} MB"
    parts = [machine(), table(head, [stream_row(one) for one in streams]), slices]
    return "\n\n".join([*parts, goals(list(judged(streams[-1], requests)))])


def stream_row(one: Streamed) -> Row:
    facts = one.facts
    counts = (str(facts[name]) for name in ("whole", "events", "lost", "reordered"))
    times = (f"{facts[name]:.2f}" for name in ("gap", "first"))
    return one.target, *counts, *times, f"{one.highest:.0f}", f"{one.per_minute:.2f}"


def judged(ours: Streamed, requests: Reloaded) -> Iterator[Judged]:
    yield Judged("lost events", ours.facts["lost"], "", NONE)
    yield Judged("reordered events", ours.facts["reordered"], "", NONE)
    yield Judged("largest gap", ours.facts["gap"], " s", GAP_SECONDS)
    yield Judged("resident memory under streams", ours.highest, " MB", MEMORY_MB)
    yield Judged("its slope, after the first quarter", ours.per_minute, " MB/minute", FLAT_MB_PER_MINUTE)
    yield Judged("memory slope under reloads", requests.per_10000, " MB/10,000 requests", SLOPE_MB_PER_10000)
