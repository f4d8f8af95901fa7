"""`scripts/bench fuzz`: numbered cases, one after the other; says which failed, so that each can be run again alone."""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback
from collections import Counter

from tests.corpus.fuzzing import check, drawn, talks
from tests.recordings import MISSING

SHOWN = 20
"""Failures that are told in full."""


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first case (%(default)s)")
    return parser.parse_args(given)


def fuzz(chosen: argparse.Namespace) -> int:
    """1 if a case failed, or if there is nothing to draw from."""
    if not talks():
        print(MISSING, file=sys.stderr)
        return 1
    logging.disable(logging.CRITICAL)  # what the translators say about bytes that are meant to be odd
    started, failed, kinds = time.monotonic(), 0, Counter[str]()
    for number in range(chosen.seed, chosen.seed + chosen.cases):
        change, problem = outcome(number)
        kinds[change] += 1
        if problem:
            failed += 1
            if failed <= SHOWN:
                print(problem)
        if number % 1000 == 999:
            print(f"{sum(kinds.values())} of {chosen.cases} cases, {failed} failed", file=sys.stderr)
    drawn_from = f"{len(talks())} recorded streams"
    counts = ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
    print(f"{chosen.cases} cases of {drawn_from} ({counts}), {failed} failed, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def outcome(number: int) -> tuple[str, str]:
    """The change of this case, and what is wrong with its outcome, if anything is."""
    case = drawn(number)
    try:
        check(case)
    except Exception:  # whatever a case brings up is what is looked for
        where = traceback.format_exc(limit=-2)
        return case.change, f"{case}\n{where[-1500:]}"
    return case.change, ""


if __name__ == "__main__":
    sys.exit(fuzz(arguments(sys.argv[1:])))
