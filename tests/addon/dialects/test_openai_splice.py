"""Edits of documents: the edit is made, and not a byte beside it is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.dialects.openai_splice import DROP, DocumentEdit, Renamed, apply


@pytest.mark.parametrize(
    ("raw", "top", "wanted"),
    [
        ('{"model":"a"}', {"model": "b"}, '{"model":"b"}'),
        ('{ "model" :\t"a" ,\n"x":1.50e1}', {"model": "b"}, '{ "model" :\t"b" ,\n"x":1.50e1}'),
        ('{"m\\u006fdel":"a"}', {"model": "b"}, '{"m\\u006fdel":"b"}'),
        ('{"x":{"model":"a"},"model":"a"}', {"model": "b"}, '{"x":{"model":"a"},"model":"b"}'),
        ('{"x":[{"model":"a"}],"s":"\\"model\\":","model":"a"}', {"model": "b"}, None),
        ('{"model":"a","model":"c"}', {"model": "b"}, '{"model":"b","model":"b"}'),
        ('{"model":{"a":[1,"}"]},"y":2}', {"model": "b"}, '{"model":"b","y":2}'),
        ('{"stream":true}', {"model": "b"}, '{"stream":true,"model":"b"}'),
        ("{ }", {"model": "b"}, '{"model":"b" }'),
        ('{"a":1,"b":2,"c":3}', {"a": DROP}, '{"b":2,"c":3}'),
        ('{"a":1,"b":2,"c":3}', {"b": DROP}, '{"a":1,"c":3}'),
        ('{"a":1,"b":2, "c":3 }', {"c": DROP}, '{"a":1,"b":2 }'),
        ('{"a":1,"b":2,"c":3}', {"b": DROP, "c": DROP}, '{"a":1}'),
        ('{"a":1,"b":2,"c":3}', {"a": DROP, "c": DROP, "d": [4]}, '{"b":2,"d":[4]}'),
        ('{"a":1,"b":2}', {"a": DROP, "b": DROP}, "{}"),
        ('{"a":1,"b":2}', {"a": DROP, "b": DROP, "c": None}, '{"c":null}'),
        ('{"a":1,"a":2,"b":3}', {"a": DROP}, '{"b":3}'),
        ('{"a" : 1}', {"a": Renamed("z")}, '{"z" : 1}'),
        ('{"b":1}', {"a": Renamed("z"), "c": DROP}, '{"b":1}'),
        ('{"a":"\\ud83d","model":"x"}', {"model": "é"}, '{"a":"\\ud83d","model":"é"}'),
    ],
)
def test_apply_edits_members_at_the_top(raw: str, top: dict[str, Any], wanted: str | None) -> None:
    edited = apply(raw.encode(), DocumentEdit(top=top)).decode()
    if wanted is None:
        assert edited == raw[: raw.rindex('"a"')] + '"b"}'
    else:
        assert edited == wanted


@pytest.mark.parametrize(
    ("raw", "edit", "wanted"),
    [
        ('{"messages":[ ]}', DocumentEdit(first_message={"role": "system"}), '{"messages":[{"role":"system"} ]}'),
        (
            '{"messages": [ {"role":"user"} ]}',
            DocumentEdit(first_message={"role": "system"}),
            '{"messages": [{"role":"system"}, {"role":"user"} ]}',
        ),
        (
            '{"messages":[{"role":"user","n":1},{"role":"developer"} ],"messages2":[]}',
            DocumentEdit(messages={1: {"role": "system"}, 0: {"n": DROP}}),
            '{"messages":[{"role":"user"},{"role":"system"} ],"messages2":[]}',
        ),
        (
            '{"m":1,"messages":[["x"],{"role":"user"}]}',
            DocumentEdit(top={"m": 2}, messages={1: {"a": 1}}),
            '{"m":2,"messages":[["x"],{"role":"user","a":1}]}',
        ),
        ('{"messages":[{}]}', DocumentEdit(top={"messages": 1}, messages={0: {"a": 1}}), '{"messages":1}'),
    ],
)
def test_apply_edits_single_messages(raw: str, edit: DocumentEdit, wanted: str) -> None:
    assert apply(raw.encode(), edit).decode() == wanted


def test_apply_returns_the_very_bytes_when_nothing_changes() -> None:
    raw = b"\xff not even JSON"
    assert apply(raw, DocumentEdit()) is raw


@pytest.mark.parametrize("raw", [b"[]", b"", b'{"a":', b"\xff\xfe{", '{"a":1}'.encode("utf-16")])
def test_apply_refuses_what_is_no_object_in_utf8(raw: bytes) -> None:
    with pytest.raises(ValueError):
        apply(raw, DocumentEdit(top={"model": "b"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(["model", "a", "b", "messages", 'quo"te', "é"])


@given(
    st.dictionaries(NAMES, JSON, max_size=6),
    st.dictionaries(NAMES, st.just(DROP) | JSON, max_size=4),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_apply_means_what_editing_the_dict_means(
    document: dict[str, Any], top: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    raw = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    wanted = {name: value for name, value in (document | top).items() if top.get(name) is not DROP}
    assert json.loads(apply(raw, DocumentEdit(top=top))) == wanted


def test_document_edit_is_empty_until_something_is_noted() -> None:
    edit = DocumentEdit()
    assert not edit
    edit.message(3)["role"] = "system"
    assert edit and edit.messages == {3: {"role": "system"}}
