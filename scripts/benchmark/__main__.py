"""The command: starts everything on loopback, measures in interleaved rounds, prints tables and each goal of the issue.

Nothing fails for a missed goal; a failed request, a broken stream or a wrong case does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

from scripts.benchmark.others import HOW
from tests.e2e.server import ROOT


def compare(chosen: argparse.Namespace) -> int:
    from scripts.benchmark.compare import compare as run

    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 0.6
    return run(chosen)


def soak(chosen: argparse.Namespace) -> int:
    from scripts.benchmark.soak import soak as run

    return run(chosen)


def fuzz(chosen: argparse.Namespace) -> int:
    """In a process of its own: it is the corpus of the tests, and needs the recordings beside the repository."""
    command = [sys.executable, "-m", "tests.corpus.fuzz", "--cases", str(chosen.cases), "--seed", str(chosen.seed)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


RUNS: dict[str, Callable[[argparse.Namespace], int]] = {"compare": compare, "soak": soak, "fuzz": fuzz}


def arguments(given: list[str]) -> argparse.Namespace:
    """`compare` is meant where no command is named."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _compare(commands.add_parser("compare", help="bare mitmdump and ours side by side (the default)"))
    _soak(commands.add_parser("soak", help="many slow streams, then many requests while the rules change"))
    _fuzz(commands.add_parser("fuzz", help="seeded changes of every recorded stream, read by the relay's translators"))
    if given[:1] not in (["-h"], ["--help"]) and (not given or given[0].startswith("-")):
        given = ["compare", *given]
    return parser.parse_args(given)


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each measuring everything once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds per measurement (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="kept-alive connections (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work at all?")
    how = "; ".join(f"{name}: {text}" for name, text in HOW.items())
    parser.add_argument("--with", dest="others", action="append", default=[], metavar="NAME[=PROGRAM]", help=how)


def _soak(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--streams", type=int, default=500, help="slow streams at once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each of them takes (%(default)s)")
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two of its events (%(default)s)")
    parser.add_argument("--requests", type=int, default=100_000, help="requests afterwards (%(default)s)")
    parser.add_argument("--reloads", type=int, default=100, help="changes of the rules meanwhile (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="connections for the requests (%(default)s)")


def _fuzz(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=10_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case (%(default)s)")


def main() -> int:
    chosen = arguments(sys.argv[1:])
    return RUNS[chosen.command](chosen)


if __name__ == "__main__":
    sys.exit(main())
