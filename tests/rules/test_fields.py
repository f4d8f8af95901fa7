from __future__ import annotations

from typing import Any

import pytest

from rules import fields
from rules.errors import Invalid


def refused(check: fields.Check, value: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(value, "thing")
    assert caught.value.field == "thing"
    return caught.value


def test_only_the_given_fields_are_checked_and_unknown_ones_refused() -> None:
    checks = {"a": fields.whole(), "b": fields.text(3)}
    assert fields.checked({"a": "5"}, checks) == {"a": 5}
    with pytest.raises(Invalid) as caught:
        fields.checked({"a": 1, "c": 2}, checks)
    assert caught.value.field == "c"


@pytest.mark.parametrize(("value", "clean"), [(None, ""), ("", ""), (" a ", "a"), ("令牌", "令牌")])
def test_text_is_trimmed(value: Any, clean: str) -> None:
    assert fields.text(3)(value, "thing") == clean


@pytest.mark.parametrize("value", ["abcd", "a\nb", "a\x00", "a\x7f", "\ud800", 5, ["a"]])
def test_text_that_no_column_should_hold_is_refused(value: Any) -> None:
    refused(fields.text(3), value)


def test_text_of_several_lines_is_kept_as_it_is() -> None:
    assert fields.text(20, lines=True)(" a\n\tb ", "thing") == " a\n\tb "


@pytest.mark.parametrize(("value", "clean"), [(0, 0), ("7", 7), (" -1 ", -1), (3.0, 3)])
def test_whole_numbers_are_read(value: Any, clean: int) -> None:
    assert fields.whole()(value, "thing") == clean


@pytest.mark.parametrize("value", [True, 1.5, "1.5", "", "x", None, 2**63, float("inf"), "٣"])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    refused(fields.whole(), value)


def test_a_number_out_of_range_is_refused_in_the_words_of_its_field() -> None:
    assert refused(fields.whole(0, message="额度不能为负数"), -1).message == "额度不能为负数"
    refused(fields.one_of((1, 2)), 3)
    assert fields.one_of((1, 2))("2", "thing") == 2


@pytest.mark.parametrize(("value", "clean"), [(True, 1), (0, 0), ("true", 1), ("false", 0)])
def test_flags_are_read(value: Any, clean: int) -> None:
    assert fields.flag(value, "thing") == clean


def test_what_is_no_flag_is_refused() -> None:
    refused(fields.flag, "yes")
    refused(fields.flag, 2)


@pytest.mark.parametrize("value", [" a,b ,,a", ["a", "b", "a"]])
def test_comma_lists_are_trimmed_and_without_doubles(value: Any) -> None:
    assert fields.comma_list(5)(value, "thing") == "a,b"


def test_a_long_item_of_a_list_is_refused() -> None:
    refused(fields.comma_list(2), "a,abc")


@pytest.mark.parametrize("value", [{"a": "模"}, ' {"a": "模"} '])
def test_string_maps_are_stored_as_compact_json(value: Any) -> None:
    stored = fields.string_map("bad")(value, "thing")
    assert stored == '{"a": "模"}'
    assert fields.read_map(stored) == {"a": "模"}


@pytest.mark.parametrize("value", ["", "  ", None, {}, "{}"])
def test_an_empty_map_is_no_text(value: Any) -> None:
    assert fields.string_map("bad")(value, "thing") == ""


@pytest.mark.parametrize("value", ["{", "[]", "5", {"a": 1}, '{"a": null}'])
def test_what_is_no_string_map_is_refused_in_its_words(value: Any) -> None:
    assert refused(fields.string_map("模型映射"), value).message == "模型映射"


@pytest.mark.parametrize("stored", ["", "{", "[1]"])
def test_a_stored_map_that_cannot_be_read_is_empty(stored: str) -> None:
    assert fields.read_map(stored) == {}
