from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from addon.face import fields
from addon.face.bad_request import BadRequest

READERS: list[tuple[Callable[..., Any], Any, Any]] = [
    (fields.text, "x", "x"),
    (fields.flag, True, True),
    (fields.integer, 5, 5),
    (fields.integer, 5.0, 5),
    (fields.number, 0.5, 0.5),
    (fields.number, 2, 2),
    (fields.mapping, {"a": 1}, {"a": 1}),
    (fields.array, [1], [1]),
    (fields.objects, [{"a": 1}], [("f[0]", {"a": 1})]),
    (fields.texts, ["a", "b"], ("a", "b")),
]


@pytest.mark.parametrize(("reader", "value", "read"), READERS)
def test_a_reader_gives_a_value_of_its_type(reader: Callable[..., Any], value: Any, read: Any) -> None:
    assert reader({"f": value}, "f") == read


@pytest.mark.parametrize("reader", [fields.text, fields.flag, fields.integer, fields.number])
def test_absent_and_null_are_none(reader: Callable[..., Any]) -> None:
    assert reader({}, "f") is None
    assert reader({"f": None}, "f") is None


def test_absent_lists_are_empty() -> None:
    assert fields.objects({}, "f") == []
    assert fields.texts({"f": None}, "f") == ()
    assert fields.array({}, "f") is None
    assert fields.mapping({}, "f") is None


@pytest.mark.parametrize(
    ("reader", "value", "message"),
    [
        (fields.text, 5, "o.f must be a string, not a number"),
        (fields.text, {}, "o.f must be a string, not an object"),
        (fields.flag, "true", "o.f must be true or false, not a string"),
        (fields.flag, 1, "o.f must be true or false, not a number"),
        (fields.integer, "5", "o.f must be an integer, not a string"),
        (fields.integer, True, "o.f must be an integer, not a boolean"),
        (fields.integer, 5.5, "o.f must be an integer, not 5.5"),
        (fields.number, "0.5", "o.f must be a number, not a string"),
        (fields.number, False, "o.f must be a number, not a boolean"),
        (fields.mapping, [], "o.f must be an object, not an array"),
        (fields.array, {}, "o.f must be an array, not an object"),
        (fields.objects, ["x"], "o.f[0] must be an object, not a string"),
        (fields.objects, [{}, None], "o.f[1] must be an object, not null"),
        (fields.texts, ["a", 1], "o.f[1] must be a string, not a number"),
    ],
)
def test_a_wrong_type_is_named_with_its_path(reader: Callable[..., Any], value: Any, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        reader({"f": value}, "f", "o")
    assert caught.value.message == message
    assert caught.value.param == message.split(" ")[0]


def test_bounds_are_kept() -> None:
    assert fields.integer({"f": 1}, "f", low=1, high=1) == 1
    with pytest.raises(BadRequest, match="f must be at least 1, not 0"):
        fields.integer({"f": 0}, "f", low=1)
    with pytest.raises(BadRequest, match=r"f must be at most 1, not 1\.5"):
        fields.number({"f": 1.5}, "f", high=1)


@pytest.mark.parametrize("value", ["", None])
def test_a_required_text_must_be_there(value: str | None) -> None:
    assert fields.required_text({"f": "x"}, "f") == "x"
    with pytest.raises(BadRequest, match="f is required"):
        fields.required_text({"f": value}, "f")
