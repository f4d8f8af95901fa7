"""Each module of the product has its tests where one looks for them: addon/a/b.py -> tests/addon/a/test_b.py."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.source import ROOT, modules

# Modules without behaviour of their own, or whose behaviour only shows in a running process: where each is tested.
EXEMPT = {
    "addon.canon.codec": "types only: the dialects' tests",
    "addon.canon.endpoint": "names only: the tests of whoever offers one",
    "addon.canon.frame": "types only: the framings' tests",
    "addon.canon.outbound": "types only: the dialects' tests",
    "addon.oneapi": "composition root: tests/e2e",
    "rules.models": "tables without behaviour: the stores' tests",
}


def twin(path: Path) -> Path:
    return Path("tests", path.parent, f"test_{path.stem.strip('_')}.py")


def does_something(path: Path) -> bool:
    """A package's `__init__` that only documents or re-exports needs no twin."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return path.name != "__init__.py" or any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in ast.walk(tree))


def needed() -> dict[str, Path]:
    """Migrations are run, all of them, by the tests of the database."""
    return {
        name: twin(path)
        for name, path in modules()
        if does_something(path) and not name.startswith("rules.migrations.")
    }


def test_every_module_has_its_twin() -> None:
    missing = [
        f"{name}: {path}" for name, path in needed().items() if name not in EXEMPT and not (ROOT / path).exists()
    ]
    assert missing == []


def test_an_exempt_module_exists_and_has_no_twin() -> None:
    stale = [name for name in EXEMPT if name not in needed() or (ROOT / needed()[name]).exists()]
    assert stale == []


def test_every_twin_has_its_module() -> None:
    alone = [
        str(path.relative_to(ROOT))
        for package in ("addon", "admin", "rules")
        for path in (ROOT / "tests" / package).rglob("test_*.py")
        if not _source(path).exists()
    ]
    assert alone == []


def _source(path: Path) -> Path:
    place = path.relative_to(ROOT / "tests")
    stem = place.stem.removeprefix("test_")
    return ROOT / place.parent / ("__init__.py" if stem == "init" else f"{stem}.py")
