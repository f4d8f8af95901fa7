"""The comparison: every case against every target in interleaved rounds, then the latencies, then the goals.

Rounds are interleaved so that whatever else the machine does falls on all alike; a ratio is of one round, the median is
over the rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from scripts.benchmark import cases, targets
from scripts.benchmark.cases import ADDED_MS, CASES, FIRST_BYTE_MS, OF_LITELLM, Case
from scripts.benchmark.measure import Facts, cpu_seconds, report_errors, resident, run_client
from scripts.benchmark.others import LITELLM, started_others
from scripts.benchmark.replies import EVENTS
from scripts.benchmark.table import Judged, Row, goals, machine, table
from scripts.benchmark.targets import BARE, OURS, Target

HOST = "api.openai.com"
WARM_UP = 0.5


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask at concurrency 1. `certificate`: PEM, for the proxy door."""

    name: str
    target: Target
    proxy_host: str = ""
    certificate: str = ""

    def asked(self, case: Case, seconds: float) -> Facts:
        through = {"proxy_host": self.proxy_host, "certificate": self.certificate}
        port = self.target.place(case.streamed).port
        request = self.target.request(case)
        if self.proxy_host:
            request = cases.request(443, "/v1/chat/completions", cases.MODEL, self.target.token, case.streamed, HOST)
        return {"port": port, "request": request, "seconds": seconds, **through}


@dataclass(slots=True)
class Results:
    """The facts of each round, by who and what: (target, case) and (way, case)."""

    loads: dict[tuple[str, str], list[Facts]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[tuple[str, str], list[Facts]] = field(default_factory=lambda: defaultdict(list))

    def load(self, target: str, case: Case, fact: str) -> float:
        return float(statistics.median(one[fact] for one in self.loads[target, case.name]))

    def ratio(self, target: str, to: str, case: Case, fact: str) -> float:
        pairs = zip(self.loads[target, case.name], self.loads[to, case.name], strict=True)
        return float(statistics.median(mine[fact] / its[fact] if its[fact] else 0.0 for mine, its in pairs))

    def wait(self, way: str, case: Case, fact: str) -> float:
        return float(statistics.median(one[fact] for one in self.waits[way, case.name]))

    def added(self, way: str, case: Case, fact: str) -> float:
        """Milliseconds over asking the upstream itself, in the same round."""
        pairs = zip(self.waits[way, case.name], self.waits["direct", case.name], strict=True)
        return float(statistics.median(mine[fact] - direct[fact] for mine, direct in pairs))

    @property
    def errors(self) -> int:
        kept = (*self.loads.values(), *self.waits.values())
        return sum(one["errors"] for rounds in kept for one in rounds)


def compare(chosen: argparse.Namespace) -> int:
    """Prints its tables; 1 if any request failed, whatever the goals."""
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(targets.running_upstream())
        us, gateway = targets.ours(stack, upstream)
        bare = targets.bare(stack, upstream)
        others = started_others(stack, upstream, chosen)
        measured = [targets.upstream_alone(upstream), bare, us, *others]
        ways = list(ways_to(measured[0], bare, us, gateway.url))
        results = rounds(measured, ways, chosen)
        memory = {target.name: resident(target.plain.pid) for target in measured}
    print(report(results, measured, ways, memory, chosen))
    return 1 if results.errors else 0


def ways_to(direct: Target, bare: Target, us: Target, url: str) -> Iterator[Way]:
    certificate = httpx.get(f"{url}/ca.pem", trust_env=False).raise_for_status().text
    yield Way("direct", direct)
    yield Way(BARE, bare)
    yield Way("base URL", us)
    yield Way("intercepted TLS", us, HOST, certificate)


def rounds(measured: list[Target], ways: list[Way], chosen: argparse.Namespace) -> Results:
    results = Results()
    for target in measured:
        for case in CASES:
            load(target, case, chosen.connections, min(WARM_UP, chosen.seconds))
    for number in range(chosen.rounds):
        print(f"round {number + 1} of {chosen.rounds} ..", file=sys.stderr)
        for case in CASES:
            for target in measured:
                facts = load(target, case, chosen.connections, chosen.seconds)
                results.loads[target.name, case.name].append(facts)
        for case in (CASES[0], CASES[2]):
            for way in ways:
                facts = run_client("latency", way.asked(case, chosen.seconds / 2))
                report_errors(f"{way.name}, {case.name}, one at a time", facts)
                results.waits[way.name, case.name].append(facts)
    return results


def load(target: Target, case: Case, connections: int, seconds: float) -> Facts:
    """One measurement, with the CPU milliseconds that the target spent per request."""
    place = target.place(case.streamed)
    before = cpu_seconds(place.pid)
    asked = {"port": place.port, "request": target.request(case), "connections": connections, "seconds": seconds}
    facts = run_client("load", asked)
    spent = cpu_seconds(place.pid) - before
    facts["cpu_ms"] = 1000 * spent / facts["requests"] if facts["requests"] else 0.0
    report_errors(f"{target.name}, {case.name}", facts)
    return facts


def report(
    results: Results, measured: list[Target], ways: list[Way], memory: dict[str, float], chosen: argparse.Namespace
) -> str:
    title = (
        f"{machine()}, {chosen.connections} connections, {chosen.rounds} rounds of {chosen.seconds:g} s, medians; "
        f"CPU is of the measured process, per request; memory is that of the process for JSON, at the end"
    )
    parts = [title]
    for case in CASES:
        head = (case.name, "requests/s", "of bare", "p50 ms", "p99 ms", "CPU ms", "memory MB")
        parts.append(table(head, [load_row(results, target, case, memory) for target in measured]))
    waits = ("one at a time, p50", "JSON ms", "added", "first event ms", "added")
    parts.append(table(waits, [wait_row(results, way.name) for way in ways]))
    parts.append(goals(list(judged(results, [target.name for target in measured]))))
    return "\n\n".join(parts)


def load_row(results: Results, target: Target, case: Case, memory: dict[str, float]) -> Row:
    def median(fact: str) -> float:
        return results.load(target.name, case, fact)

    behind = bool(target.plain.pid)
    return (
        target.name,
        f"{median('per_second'):.0f}",
        f"{results.ratio(target.name, BARE, case, 'per_second'):.2f}",
        f"{median('p50_ms'):.1f}",
        f"{median('p99_ms'):.1f}",
        f"{median('cpu_ms'):.2f}" if behind else "-",
        f"{memory[target.name]:.0f}" if behind else "-",
    )


def wait_row(results: Results, way: str) -> Row:
    figures = ((CASES[0], "last_ms"), (CASES[2], "first_ms"))
    reads: tuple[Callable[[str, Case, str], float], ...] = (results.wait, results.added)
    return way, *(f"{read(way, case, fact):.2f}" for case, fact in figures for read in reads)


def judged(results: Results, names: list[str]) -> Iterator[Judged]:
    """Each goal of the issue that a comparison can tell, in its order."""
    for case in CASES:
        ratio = results.ratio(OURS, BARE, case, "per_second")
        yield Judged(f"{case.name}: requests/s", ratio, " x bare", case.speed)
        if LITELLM in names and case is CASES[0]:
            of_it = results.ratio(OURS, LITELLM, case, "per_second")
            yield Judged(f"{case.name}: requests/s", of_it, " x LiteLLM", OF_LITELLM)
    for way, goal in ADDED_MS.items():
        yield Judged(f"added latency, {way}", results.added(way, CASES[0], "last_ms"), " ms", goal)
    for way in ADDED_MS:
        first = results.added(way, CASES[2], "first_ms")
        yield Judged(f"added time to the first byte of a stream, {way}", first, " ms", FIRST_BYTE_MS)
    for case in CASES:
        if case.cpu:
            ratio = results.ratio(OURS, BARE, case, "cpu_ms")
            per_event = 1000 * results.load(OURS, case, "cpu_ms") / EVENTS
            kind = "translated" if case.anthropic else "passed"
            yield Judged(f"CPU per streamed event, {kind} ({per_event:.0f} µs)", ratio, " x bare", case.cpu)
