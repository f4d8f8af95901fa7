"""Another machine, as far as a server can tell: a network namespace with a cable to this one. Knows Linux only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from tests.services import needed

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`here` is this machine's address on the cable, `there` the other one's."""

    here: str
    there: str
    thread: ThreadPoolExecutor

    def call(
        self, function: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Runs it over there: sockets belong to the network of the thread that makes them."""
        return self.thread.submit(function, *args, **kwargs).result(60)


@contextlib.contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Skips where no namespace can be made."""
    ip = needed("namespaces")
    number = os.getpid() % 60_000
    name = f"oneapi{number}"
    # 198.18.0.0/15 is set aside for tests of networks (RFC 2544)
    here, there = (f"198.18.{number // 250}.{number % 250 + last}" for last in (0, 1))
    try:
        for command in (
            f"netns add {name}",
            f"link add {name}a type veth peer name {name}b netns {name}",
            f"addr add {here}/32 peer {there} dev {name}a",
            f"link set {name}a up",
            f"-n {name} addr add {there}/32 peer {here} dev {name}b",
            f"-n {name} link set {name}b up",
            f"-n {name} link set lo up",
        ):
            subprocess.run([ip, *command.split()], check=True, capture_output=True)
        with ThreadPoolExecutor(1, initializer=_move, initargs=(name,)) as thread:
            yield Elsewhere(here, there, thread)
    finally:
        subprocess.run([ip, "netns", "del", name], check=False, capture_output=True)


def _move(name: str) -> None:
    """This thread alone. (os.setns exists from Python 3.12 on.)"""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/var/run/netns/{name}").open("rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
