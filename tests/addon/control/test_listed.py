from __future__ import annotations

from typing import Any

import pytest

from addon.control.listed import MOST, Listed, listed, read_openai, rows
from tests.addon.control.asking import target_for

TARGET = target_for("openai")


@pytest.mark.parametrize(
    "document",
    [
        {"object": "list", "data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        {"models": [{"name": "models/a"}, {"model": "b"}]},
        {"data": [{"id": "a"}, "b", {"id": "b"}, {"id": "c", "active": False}, {"id": ""}, {}]},
    ],
)
def test_lists_of_openais_kin(document: Any) -> None:
    assert read_openai(TARGET, [document]) == (Listed("a"), Listed("b"))


@pytest.mark.parametrize("document", [{}, {"data": {}}, {"data": None}, "x", 1, {"object": "list"}])
def test_what_is_no_list(document: Any) -> None:
    with pytest.raises(ValueError, match="no list"):
        rows(document, "data", "models")


def test_what_cannot_be_a_name_is_left_out() -> None:
    assert listed(["a", " b ", "c,d", "e\nf", "", None, 7, "x" * 256]) == (Listed("a"), Listed("b"))


def test_a_list_has_an_end() -> None:
    assert len(listed(map(str, range(MOST + 1)))) == MOST
