"""What may not be committed: paths of somebody's machine, hosts of package registries, keys that look real.

Also what a reviewer would ask about each time: swallowed exceptions, notes to oneself, tests that are switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, tracked

TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".po", ".json", ".sh", ".txt", ".cfg", ""}
ALLOWED_TOP = {"pyproject.toml", "README.md", "LICENSE", "addon", "admin", "rules", "tests", "scripts"}

# Put together here, so that this file does not hold what it forbids.
REGISTRIES = "|".join(
    re.escape(".".join(parts))
    for parts in [
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
    ]
)
HOMES = r"/(?:root|work|home/[a-z][\w-]*|Users/\w+)/"
KEYS = "|".join(
    [
        r"\bsk-(?!fake)(?:proj-|ant-)?[A-Za-z0-9_-]{32,}",
        r"\bAKIA[0-9A-Z]{16}\b",
        r"\bAIza[0-9A-Za-z_-]{35}\b",
        r"\bghp_[0-9A-Za-z]{36}\b",
        r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    ]
)
BLANKET = re.compile(r"except(?: Exception| BaseException)?(?: as \w+)?:\s*(?:pass|\.\.\.)?\s*(?:#.*)?$")
NOTES = r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplemented" + "Error"
SWITCHED_OFF = r"pytest\.mark\." + r"skip\((?!reason=)|assert " + r"True\b"


def text_files() -> Iterator[Path]:
    """Vendored scripts and styles are other people's text."""
    for path in tracked():
        if path.suffix in TEXT and "vendor" not in path.parts and path.name != Path(__file__).name:
            yield path


def found(pattern: str, suffixes: set[str] | None = None, flags: int = 0) -> list[str]:
    wanted = re.compile(pattern, flags)
    places = []
    for path in text_files():
        if suffixes is None or path.suffix in suffixes:
            lines = (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()
            places += [
                f"{path}:{number}: {line.strip()[:80]}" for number, line in enumerate(lines, 1) if wanted.search(line)
            ]
    return places


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a registry's host", REGISTRIES), ("a path of one machine", HOMES), ("a key that looks real", KEYS)],
)
def test_no_file_holds_what_belongs_elsewhere(what: str, pattern: str) -> None:
    assert found(pattern) == [], what


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a note to oneself", NOTES), ("a test switched off", SWITCHED_OFF)],
)
def test_no_python_file_holds_what_needs_a_reason(what: str, pattern: str) -> None:
    assert found(pattern, {".py"}) == [], what


def test_a_blanket_except_says_why() -> None:
    """In a comment on its own line, the one above or the one below."""
    silent = []
    for path in (one for one in text_files() if one.suffix == ".py" and one.parts[0] != "tests"):
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            around = lines[max(0, number - 1) : number + 2]
            if BLANKET.search(line) and not any(re.search(r"#(?! noqa: \S+$)", one) for one in around):
                silent.append(f"{path}:{number + 1}: {line.strip()}")
    assert silent == []


def test_the_top_level_is_what_the_plan_names() -> None:
    tops = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")}
    assert tops - ALLOWED_TOP == set()


@pytest.mark.parametrize("name", ["serve", "test", "check", "bench", "fake-provider"])
def test_a_script_is_executable(name: str) -> None:
    assert (ROOT / "scripts" / name).stat().st_mode & 0o111
