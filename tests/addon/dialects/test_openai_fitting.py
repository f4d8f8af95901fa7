"""The pieces that edits share, each by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.request import CannotCarry
from addon.dialects import openai_fitting as fit
from addon.dialects.openai_splice import DROP, DocumentEdit, apply

USER = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "Be brief."}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


def changed(body: dict[str, Any], *steps: Any, edit: DocumentEdit | None = None) -> dict[str, Any]:
    """The document after these steps, each of which takes the body and the edit."""
    edit = edit or DocumentEdit()
    for step in steps:
        step(body, edit)
    found = json.loads(apply(json.dumps(body).encode(), edit))
    assert isinstance(found, dict)
    return found


def test_messages_are_the_objects_among_them() -> None:
    assert list(fit.messages({"messages": [USER, "odd"]})) == [(0, USER)]
    assert list(fit.messages({})) == []


def test_drop_takes_what_is_there_and_what_would_be_added() -> None:
    edit = DocumentEdit(top={"b": 1})
    fit.drop({"a": 1}, edit, "a", "b", "c")
    assert edit.top == {"a": DROP, "b": DROP}


@pytest.mark.parametrize(("value", "wanted"), [(1, 1), (0.5, 0.5), (True, None), ("1", None), (None, None)])
def test_number_is_a_number(value: Any, wanted: Any) -> None:
    assert fit.number({"x": value}, "x") == wanted


@pytest.mark.parametrize(("value", "wanted"), [(-1, 0), (3, 1), (0.5, 0.5), ("x", "x")])
def test_clamp_keeps_to_the_range(value: Any, wanted: Any) -> None:
    assert changed({"x": value}, lambda body, edit: fit.clamp(body, edit, "x", 0, 1)) == {"x": wanted}


@pytest.mark.parametrize(
    ("stop", "most", "longest", "wanted"),
    [
        ("END", 4, 0, "END"),
        (["a", "b", "c"], 2, 0, ["a", "b"]),
        (["a", "你好你好"], 4, 11, ["a"]),
        ("你好你好", 4, 11, None),
        (None, 4, 0, None),
    ],
)
def test_stops_are_few_and_short(stop: Any, most: int, longest: int, wanted: Any) -> None:
    found = changed({"stop": stop}, lambda body, edit: fit.fewer_stops(body, edit, most, longest))
    assert found.get("stop") == wanted


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        (None, {"tools": [1]}),
        ("auto", {"tools": [1], "tool_choice": "auto"}),
        ("none", {}),
        ("required", {"tools": [1], "tool_choice": "auto"}),
        ({"type": "function"}, {"tools": [1], "tool_choice": "auto"}),
    ],
)
def test_only_auto_is_left_of_choices(choice: Any, wanted: dict[str, Any]) -> None:
    body = {"tools": [1], **({} if choice is None else {"tool_choice": choice})}
    assert changed(body, fit.only_auto) == wanted


def test_schemas_are_whole() -> None:
    whole = {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}
    body = {"tools": [whole, {"type": "web_search"}, {"type": "function", "function": {"name": "b"}}]}
    empty = {"type": "object", "properties": {}}
    assert changed(body, fit.whole_schemas)["tools"] == [
        whole,
        {"type": "web_search"},
        {"type": "function", "function": {"name": "b", "parameters": empty}},
    ]
    edit = DocumentEdit()
    fit.whole_schemas({"tools": [whole]}, edit)
    assert not edit
    dropped = DocumentEdit(top={"tools": DROP})
    assert changed(body, fit.whole_schemas, edit=dropped) == {}


def test_empty_answers_get_a_blank() -> None:
    call: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [{}]}
    body = {"messages": [USER, {"role": "assistant", "content": ""}, {"role": "assistant"}, call]}
    answers = changed(body, fit.no_empty_answers)["messages"]
    assert [one.get("content") for one in answers] == ["hi", " ", " ", None]


@pytest.mark.parametrize(
    ("messages", "roles"),
    [
        ([SYSTEM], ["user"]),
        ([SYSTEM, {**SYSTEM, "role": "developer"}], ["system", "user"]),
        ([SYSTEM, USER], ["system", "user"]),
    ],
)
def test_someone_has_to_ask(messages: list[Any], roles: list[str]) -> None:
    found = changed({"messages": messages}, fit.someone_asks)
    assert [one["role"] for one in found["messages"]] == roles


def test_schema_is_told_in_words_where_there_is_only_a_plain_mode() -> None:
    found = changed({"messages": [SYSTEM, USER], "response_format": SCHEMA}, fit.plain_json)
    assert found["response_format"] == {"type": "json_object"}
    assert found["messages"][0]["content"].startswith("Be brief.\n\nAnswer with one valid JSON object")
    assert '{"type":"object"}' in found["messages"][0]["content"]


def test_json_is_told_in_words_where_there_is_no_mode_at_all() -> None:
    for wanted in (SCHEMA, {"type": "json_object"}, {"type": "json_schema", "json_schema": None}):
        body = {"messages": [USER], "response_format": wanted}
        found = changed(body, lambda body, edit: fit.plain_json(body, edit, mode=False))
        assert "response_format" not in found
        assert [one["role"] for one in found["messages"]] == ["system", "user"]


@pytest.mark.parametrize("wanted", [{"type": "json_object"}, {"type": "text"}, None, "json"])
def test_plain_mode_stays(wanted: Any) -> None:
    body = {"messages": [USER], "response_format": wanted}
    assert changed(body, fit.plain_json) == body


def test_instruction_joins_the_words_that_are_there() -> None:
    parts = {"role": "system", "content": [{"type": "text", "text": "A"}]}
    assert changed({"messages": [parts]}, lambda body, edit: fit.instruct(body, edit, "B"))["messages"] == [
        {"role": "system", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]}
    ]
    front = DocumentEdit(first_message={"role": "system", "content": "A"})
    found = changed({"messages": [USER]}, lambda body, edit: fit.instruct(body, edit, "B"), edit=front)
    assert found["messages"][0] == {"role": "system", "content": "A\n\nB"}
    replaced = DocumentEdit(messages={0: {"content": "C"}})
    found = changed({"messages": [SYSTEM]}, lambda body, edit: fit.instruct(body, edit, "B"), edit=replaced)
    assert found["messages"] == [{"role": "system", "content": "C\n\nB"}]


@pytest.mark.parametrize(
    ("given", "wanted"), [("low", "low"), ("HIGH", "high"), ("none", "low"), ("odd", None), (3, 3)]
)
def test_efforts_have_the_providers_words(given: Any, wanted: Any) -> None:
    words = {"low": "low", "none": "low", "high": "high"}
    found = changed({"reasoning_effort": given}, lambda body, edit: fit.efforts(body, edit, words))
    assert found.get("reasoning_effort") == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"reasoning_effort": "minimal"}, {"thinking": {"type": "disabled"}}),
        ({"reasoning_effort": "high"}, {"thinking": {"type": "enabled"}}),
        ({"reasoning_effort": "high", "thinking": {"type": "disabled"}}, {"thinking": {"type": "disabled"}}),
        ({}, {}),
    ],
)
def test_effort_becomes_a_switch(body: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert changed(body, fit.thinking_switch) == wanted


@pytest.mark.parametrize("kind", ["image_url", "input_audio", "file"])
def test_text_only_names_the_part_that_cannot_go(kind: str) -> None:
    body = {"messages": [USER, {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": kind}]}]}
    with pytest.raises(CannotCarry, match=f"Nobody reads text only; leave out this {kind}") as refused:
        fit.text_only(body, "Nobody")
    assert refused.value.param == "messages[1].content[1]"


def test_text_only_lets_text_pass() -> None:
    fit.text_only({"messages": [USER, {"role": "user", "content": ["odd", {"type": "text", "text": "a"}]}]}, "Nobody")


def test_no_system_gives_its_words_to_the_user() -> None:
    assert [one["role"] for one in changed({"messages": [SYSTEM, USER]}, fit.no_system)["messages"]] == ["user"] * 2
    front = DocumentEdit(first_message=SYSTEM)
    assert changed({"messages": [USER]}, fit.no_system, edit=front)["messages"][0]["role"] == "user"
