"""The source tree as the tests of this folder see it: tracked files, modules, their imports. Runs nothing."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("addon", "admin", "rules")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or would be, committed, relative to the root. Skips the test where there is no git."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git clone, or there is no git: what is committed cannot be told")
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(sorted(Path(path) for path in listed.stdout.splitlines() if (ROOT / path).is_file()))


def modules() -> Iterator[tuple[str, Path]]:
    """(dotted name, path) of each module of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield dotted(path.relative_to(ROOT)), path.relative_to(ROOT)


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(module, line) of each import, wherever it stands; `from a import b` is a.b when that is a module, else a."""
    name = dotted(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((_module(f"{origin}.{alias.name}", origin), node.lineno) for alias in node.names)


def _module(wanted: str, origin: str) -> str:
    place = ROOT / Path(*wanted.split("."))
    return wanted if place.with_suffix(".py").exists() or (place / "__init__.py").exists() else origin
