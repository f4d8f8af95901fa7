"""Tables of text: what was measured, and each goal beside its figure. Must not know how figures come about."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from scripts.benchmark.cases import Goal

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure and its goal; `unit` is written behind both: " x bare", " ms"."""

    what: str
    figure: float
    unit: str
    goal: Goal

    def row(self) -> Row:
        least = "" if self.goal.floor is None else f" (at least {self.goal.floor:g})"
        way = ">=" if self.goal.at_least else "<="
        goal = f"{way} {self.goal.limit:g}{least}{self.unit}"
        return self.what, f"{self.figure:.2f}{self.unit}", goal, self.goal.judge(self.figure)


def machine() -> str:
    return f"mitmproxy {version('mitmproxy')}, Python {platform.python_version()}, {os.cpu_count()} cores"


def table(head: Row, rows: Sequence[Row], right: bool = True) -> str:
    """Columns as wide as they must be; the first is aligned left, the others right (or left)."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join("  ".join(_cells(row, widths, right)).rstrip() for row in (head, *rows))


def _cells(row: Row, widths: list[int], right: bool) -> Iterator[str]:
    yield row[0].ljust(widths[0])
    for cell, width in zip(row[1:], widths[1:], strict=True):
        yield cell.rjust(width) if right else cell.ljust(width)


def goals(judged: Sequence[Judged]) -> str:
    return table(("goal", "measured", "wished for", ""), [one.row() for one in judged], right=False)
