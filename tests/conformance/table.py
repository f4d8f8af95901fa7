"""The conformance table: provider x capability, from `table.yaml`. Knows the provider rows, no gateway.

A cell says one of three things:

    text: gpt-4o                                   it works; the model that the test asks for
    usage: {model: .., counted: true}              it works; the provider tells no usage, so we count
    usage: {model: .., characters: true}           it works; the provider counts what it is given, in characters
    tools: {model: .., whole_only: why}            it works; there is no stream of it
    audio: {speech: tts-1, transcriptions: whisper-1}      it works; either may be missing
    vision: {none: why, then: refused}             the provider has none; what becomes of a client that asks for it:
                                                   refused (a clear error, nothing is sent), dropped (a tuning knob that
                                                   is not sent), passed (the provider answers for itself)
    images: {not_yet: why}                         open

A provider's `setup` are fields of its channel (key, config, base_path: what follows the address); `like: name` takes
over another provider's cells. `row: name` is a further way to that provider (another surface or family of models); it
is tested, and not shown in the README. `speaks: name`: the folder of the cases that a line has not in one of its own,
if that is not its dialect's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rules.provider import Provider
from rules.providers import PROVIDERS
from tests.conformance.capabilities import CAPABILITIES

FILE = Path(__file__).parent / "table.yaml"
OUTCOMES = ("refused", "dropped", "passed")
MARKS = {"works": "✓", "counted": "✓*", "none": "–", "not yet": "✗"}


@dataclass(frozen=True, slots=True)
class Cell:
    """`models` by part: `chat` for all that has no parts. `then` is what becomes of a client that asks for what is not
    there; `why` says why it is not."""

    models: dict[str, str] = field(default_factory=dict)
    counted: bool = False
    characters: bool = False
    whole_only: str = ""
    then: str = ""
    why: str = ""

    @property
    def state(self) -> str:
        if self.models:
            return "counted" if self.counted else "works"
        return "none" if self.then else "not yet"


@dataclass(frozen=True, slots=True)
class Line:
    """`shown`: in the README; a further way to a provider is not, and may leave cells out."""

    provider: Provider
    setup: dict[str, Any]
    cells: dict[str, Cell]
    shown: bool = True

    @property
    def models(self) -> list[str]:
        """All that the tests ask for."""
        return list(dict.fromkeys(model for cell in self.cells.values() for model in cell.models.values()))


def cell(written: Any) -> Cell:
    match written:
        case str():
            return Cell({"chat": written})
        case {"not_yet": why}:
            return Cell(why=why)
        case {"none": why, "then": then} if then in OUTCOMES:
            return Cell(why=why, then=then)
        case {"model": model, **more}:
            return Cell({"chat": model}, **more)
        case {"speech": _} | {"transcriptions": _}:
            return Cell(dict(written))
    raise ValueError(f"this is no cell: {written}")


@cache
def lines() -> dict[str, Line]:
    """By the provider's name, in the order of One API's channel types; then the further ways. Raises ValueError for a
    cell that is none."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    named = {provider.name: provider for provider in PROVIDERS.values()}
    ways = [replace(named[one["row"]], name=name) for name, one in document.items() if "row" in one]
    found = {}
    for provider in [*named.values(), *ways]:
        written = document.get(provider.name, {})
        spoken = replace(provider, dialect=written.get("speaks", provider.dialect))
        like = document[written["like"]] if "like" in written else {}
        cells = {**like.get("cells", {}), **written.get("cells", {})}
        setup = {**like.get("setup", {}), **written.get("setup", {})}
        found[provider.name] = Line(
            spoken, setup, {name: cell(value) for name, value in cells.items()}, "row" not in written
        )
    return found


def unknown() -> set[str]:
    """What the file names and no row has."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    strange = set(document) - set(lines())
    return strange | {f"{name}.{one}" for name, line in lines().items() for one in set(line.cells) - set(CAPABILITIES)}


def every() -> Iterator[tuple[Line, str, Cell]]:
    for line in lines().values():
        for capability in CAPABILITIES:
            if capability in line.cells:
                yield line, capability, line.cells[capability]


def markdown() -> list[str]:
    """The table's rows for the README."""
    head = ["provider", *(name.replace("_", " ") for name in CAPABILITIES)]
    rows = [head, ["---"] * len(head)]
    for line in (line for line in lines().values() if line.shown):
        rows.append([line.provider.title_en, *(MARKS[line.cells[name].state] for name in CAPABILITIES)])
    return ["| " + " | ".join(row) + " |" for row in rows]


def open_cells() -> list[str]:
    """A line for each cell that is not there yet, with its reason."""
    return [
        f"- {line.provider.title_en}, {capability.replace('_', ' ')}: {one.why}"
        for line, capability, one in every()
        if one.state == "not yet"
    ]


if __name__ == "__main__":
    print("\n".join([*markdown(), "", *open_cells()]))
