"""Every cell of the conformance table says something, and what works has a case that shows it."""

from __future__ import annotations

import pytest

from tests.conformance import cases
from tests.conformance.capabilities import CAPABILITIES, SEPARATE
from tests.conformance.table import Line, every, lines, unknown


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in lines().items() if line.shown])
def test_every_provider_has_every_cell(line: Line) -> None:
    assert [name for name in CAPABILITIES if name not in line.cells] == []


def test_the_table_names_nothing_strange() -> None:
    assert unknown() == set()


def test_what_works_has_a_case() -> None:
    missing = [
        f"{line.provider.name}: {capability}"
        for line, capability, cell in every()
        if cell.models and capability != "usage" and cases.find(line.provider, capability) is None
    ]
    assert missing == []


def test_what_is_not_there_has_a_reason() -> None:
    assert [f"{line.provider.name}: {name}" for line, name, cell in every() if not cell.models and not cell.why] == []


def test_an_endpoint_that_the_row_offers_is_in_the_table() -> None:
    """A row must not offer what the table denies, nor the other way round."""
    wrong = []
    for line, capability, cell in every():
        if capability in SEPARATE and cell.state != "not yet":
            offered = any(
                endpoint.startswith(SEPARATE[capability].split("/")[0]) for endpoint in line.provider.endpoints
            )
            wrong += [f"{line.provider.name}: {capability}"] * (offered != bool(cell.models))
    assert wrong == []


def test_every_case_is_somebodys() -> None:
    used = {cases.find(line.provider, capability) for line, capability, _ in every()}
    alone = [str(file.relative_to(cases.FOLDER)) for file in cases.FOLDER.rglob("*.yaml") if file not in used]
    assert alone == []
