"""The gate knows which rooms are pure, and says what is missing where."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.coverage_gate import PURE, ROOT, Module, line


@pytest.mark.parametrize(
    ("path", "pure"),
    [
        ("addon/dialects/gemini.py", True),
        ("addon/canon/request.py", True),
        ("addon/meter.py", True),
        ("rules/providers_china.py", True),
        ("addon/stream.py", False),
        ("rules/ledger.py", False),
    ],
)
def test_a_pure_room_is_known_by_its_path(path: str, pure: bool) -> None:
    assert Module(path, 1, ()).pure is pure


def test_every_pattern_of_a_pure_room_finds_something() -> None:
    assert [pattern for pattern in PURE if not list(ROOT.glob(pattern))] == []


def test_missing_lines_are_named_and_then_counted() -> None:
    short = Module("addon/pipe.py", 40, tuple(range(1, 21)))
    assert short.percent == 50
    assert line(short).startswith("  50.0 %     40  pure  addon/pipe.py  1, 2, 3")
    assert line(short).endswith(" ..")


def test_a_module_without_statements_is_covered() -> None:
    assert Module(str(Path("addon") / "x.py"), 0, ()).percent == 100
