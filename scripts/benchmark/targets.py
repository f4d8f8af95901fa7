"""What is measured: the upstream itself, bare mitmdump, ours, and others' gateways, each started on loopback.

Must not know what is measured about them.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scripts.benchmark.cases import CLAUDE, MODEL, Case
from scripts.benchmark.upstream import SLOW_MODEL
from tests.e2e.server import ROOT, Gateway, end, running_mitmdump, running_oneapi

QUIET = ("-q", "--set", "flow_detail=0")
TOKEN = "sk-fake-bench"  # noqa: S105
UPSTREAM, BARE, OURS = "upstream alone", "bare mitmdump", "oneapi"


@dataclass(frozen=True, slots=True)
class Place:
    """A port, and the process behind it (0: it is not measured itself)."""

    port: int
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """`translates`: it is asked as an OpenAI client asks; the others are given the provider's own requests.

    `headers`: what its requests need besides.
    """

    name: str
    plain: Place
    streaming: Place
    token: str = TOKEN
    translates: bool = False
    headers: Callable[[Case], dict[str, str]] = field(default=lambda case: {})

    def place(self, streamed: bool) -> Place:
        return self.streaming if streamed else self.plain

    def request(self, case: Case) -> str:
        port = self.place(case.streamed).port
        if self.translates:
            return case.asked_of_gateway(port, self.token, self.headers(case))
        return case.asked_of_upstream(port, self.token)


@contextlib.contextmanager
def running_upstream(slow_events: int = 100, pause: float = 0.2) -> Iterator[int]:
    """Its port. A stream of the slow model has `slow_events` events, `pause` seconds apart."""
    command = [sys.executable, "-m", "scripts.benchmark.upstream"]
    command += ["--slow-events", str(slow_events), "--pause", str(pause)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        end(process)


def upstream_alone(port: int) -> Target:
    return Target(UPSTREAM, Place(port), Place(port))


def bare(stack: contextlib.ExitStack, upstream: int) -> Target:
    """mitmdump as it comes; for streams it must be told not to wait for the end of the body."""
    mode = f"reverse:http://127.0.0.1:{upstream}"
    plain = stack.enter_context(running_mitmdump(mode, script=None, args=QUIET))
    streaming = running_mitmdump(mode, script=None, args=(*QUIET, "--set", "stream_large_bodies=1"))
    return Target(BARE, _place(plain), _place(stack.enter_context(streaming)))


def ours(stack: contextlib.ExitStack, upstream: int) -> tuple[Target, Gateway]:
    """A gateway with a channel of each kind, and a token; as users run it: billed and logged."""
    gateway = stack.enter_context(running_oneapi())
    address = f"http://127.0.0.1:{upstream}"
    gateway.add_channel(name="bench", base_url=address, models=[MODEL, SLOW_MODEL])
    gateway.add_channel(name="bench-claude", type=14, base_url=address, models=[CLAUDE])
    # Asked with the new token, so that it is live as well.
    gateway.token = gateway.add_token(name="bench")
    gateway.await_models(MODEL, CLAUDE, SLOW_MODEL)
    return Target(OURS, _place(gateway), _place(gateway), gateway.token, translates=True), gateway


def _place(gateway: Gateway) -> Place:
    return Place(gateway.port, gateway.process.pid)
