"""Arguments that come in pieces; the paths are those that Google's reference of `PartialArg` names."""

from __future__ import annotations

from typing import Any

import pytest

from addon.dialects.gemini_partial import LIMIT, PartialArguments, steps


def put_together(*pieces: dict[str, Any]) -> dict[str, Any]:
    made = PartialArguments({})
    for piece in pieces:
        made.add(piece)
    return made.value


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.city", ["city"]),
        ("$.foo.bar[0].data", ["foo", "bar", 0, "data"]),
        ("$['with space'][\"quoted\"][12]", ["with space", "quoted", 12]),
        ("$", []),
        ("", []),
    ],
)
def test_a_path_is_a_list_of_steps(path: str, wanted: list[str | int]) -> None:
    assert steps(path) == wanted


def test_texts_of_one_path_are_joined() -> None:
    pieces = [
        {"jsonPath": "$.city", "willContinue": True},
        {"jsonPath": "$.city", "stringValue": "Os", "willContinue": True},
        {"jsonPath": "$.other", "stringValue": "x"},
        {"jsonPath": "$.city", "stringValue": "lo"},
    ]
    assert put_together(*pieces) == {"city": "Oslo", "other": "x"}


def test_every_kind_of_value_finds_its_place() -> None:
    assert put_together(
        {"jsonPath": "$.days", "numberValue": 3.0},
        {"jsonPath": "$.share", "numberValue": 0.5},
        {"jsonPath": "$.exact", "boolValue": False},
        {"jsonPath": "$.none", "nullValue": "NULL_VALUE"},
        {"jsonPath": "$.rows[1].name", "stringValue": "b"},
        {"jsonPath": "$.rows[0].name", "stringValue": "a"},
        {"jsonPath": "$.grid[0][1]", "numberValue": 7},
    ) == {
        "days": 3,
        "share": 0.5,
        "exact": False,
        "none": None,
        "rows": [{"name": "a"}, {"name": "b"}],
        "grid": [[None, 7]],
    }


@pytest.mark.parametrize(
    "pieces",
    [
        [{"stringValue": "x"}],
        [{"jsonPath": "$", "stringValue": "x"}],
        [{"jsonPath": "$.a[0]", "numberValue": 1}, {"jsonPath": "$.a.b", "numberValue": 1}],
        [{"jsonPath": f"$.a[{LIMIT + 1}]", "numberValue": 1}],
    ],
)
def test_a_path_that_leads_nowhere_is_garbage(pieces: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="place"):
        put_together(*pieces)
