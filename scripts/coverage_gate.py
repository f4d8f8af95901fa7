"""Reads what the tests covered, prints a line per module, and fails when a pure room is below 100 %.

A pure room does no I/O, so nothing excuses a line that no test has run. Knows coverage's data, runs no test.
"""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
PURE = (
    "addon/canon/*",
    "addon/control/*",
    "addon/wire/*",
    "addon/face/*",
    "addon/dialects/*",
    "addon/signing/*",
    "addon/meter*",
    "addon/pipe.py",
    "addon/verdict.py",
    "addon/plan.py",
    "addon/admission.py",
    "addon/attempts.py",
    "addon/cooling.py",
    "addon/realtime.py",
    "addon/socket_answers.py",
    "addon/routes.py",
    "addon/waiting.py",
    "addon/errors.py",
    "rules/health.py",
    "rules/patience.py",
    "rules/pricing.py",
    "rules/providers*.py",
    "rules/values.py",
)
# Modules before this many missing lines are named one by one, then counted.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Module:
    path: str
    statements: int
    missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        return 100.0 if not self.statements else 100 * (1 - len(self.missing) / self.statements)

    @property
    def pure(self) -> bool:
        return any(fnmatch.fnmatch(self.path, pattern) for pattern in PURE)


def modules(data: coverage.Coverage) -> Iterator[Module]:
    """Every module of the product, those that no test imported included."""
    for package in ("addon", "admin", "rules"):
        for path in sorted((ROOT / package).rglob("*.py")):
            _, statements, _, missing, _ = data.analysis2(str(path))
            yield Module(str(path.relative_to(ROOT)), len(statements), tuple(missing))


def line(module: Module) -> str:
    missed = ", ".join(map(str, module.missing[:SHOWN])) + (" .." if len(module.missing) > SHOWN else "")
    mark = "pure" if module.pure else ""
    return f"{module.percent:6.1f} %  {module.statements:5d}  {mark:4}  {module.path}  {missed}".rstrip()


def main() -> int:
    data = coverage.Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    data.load()
    found = [module for module in modules(data) if module.statements]
    print("\ncovered  lines  room  module  missing")
    for module in found:
        print(line(module))
    lines, missed = sum(m.statements for m in found), sum(len(m.missing) for m in found)
    print(f"{100 * (1 - missed / lines):6.1f} %  {lines:5d}        all")
    short = [module.path for module in found if module.pure and module.missing]
    if short:
        print(f"Pure rooms below 100 %: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
