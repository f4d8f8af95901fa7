"""Repairs of messages and deltas; what is in OpenAI's dialect is left alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from addon.dialects.openai_message import CallNumbers, made_up_id, repair_message, repair_whole_calls


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"role": "assistant", "content": "a"},
        {"role": None, "content": None, "tool_calls": None},
        {"content": "a", "reasoning_content": "b", "reasoning": "b"},
        {"content": "a", "reasoning": None, "reasoning_details": []},
        {"content": "", "reasoning": "", "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}, "odd"]},
        {"function_call": {"name": "f", "arguments": ""}, "audio": {"id": "audio_1"}},
        {"tool_calls": [{"index": 0}]},
    ],
)
def test_repair_message_leaves_openais_dialect_alone(message: dict[str, Any]) -> None:
    before = copy.deepcopy(message)
    assert not repair_message(message, "reasoning_content")
    assert message == before


@pytest.mark.parametrize(
    ("message", "field", "wanted"),
    [
        ({"reasoning": "why"}, "reasoning_content", {"reasoning_content": "why"}),
        ({"reasoning": "why", "reasoning_content": ""}, "reasoning_content", {"reasoning_content": "why"}),
        (
            {
                "content": [
                    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "a", "signature": "s"}]},
                    {"type": "text", "text": "b"},
                ]
            },
            "reasoning_content",
            {"content": "b", "reasoning_content": "a"},
        ),
        (
            {
                "tool_calls": [
                    {"id": "1", "type": "web_search", "web_search": {}},
                    {"id": "2", "function": {"name": "f"}},
                ]
            },
            "reasoning_content",
            {"tool_calls": [{"id": "2", "function": {"name": "f"}}]},
        ),
        ({"tool_calls": [{"id": "1", "type": "web_search"}]}, "reasoning_content", {"tool_calls": None}),
        ({"thoughts": "why", "reasoning_content": None}, "thoughts", {"reasoning_content": "why"}),
        (
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "a"},
                    {"type": "reasoning.summary", "summary": "b"},
                ]
            },
            "reasoning",
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "a"},
                    {"type": "reasoning.summary", "summary": "b"},
                ],
                "reasoning_content": "ab",
            },
        ),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]},
                    {"type": "thinking", "thinking": "b"},
                    {"type": "reference", "reference_ids": [1]},
                    {"type": "text", "text": "c"},
                    "d",
                    7,
                ]
            },
            "reasoning_content",
            {"content": "cd", "reasoning_content": "ab"},
        ),
        ({"content": [{"type": "text", "text": 5}]}, "reasoning_content", {"content": ""}),
        ({"content": {"a": "é"}}, "reasoning_content", {"content": '{"a":"é"}'}),
        ({"audio": {"id": "", "data": ""}, "function_call": {"name": ""}}, "reasoning_content", {}),
        ({"role": ""}, "reasoning_content", {"role": "assistant"}),
        ({"role": "model"}, "reasoning_content", {"role": "assistant"}),
        ({"tool_calls": {"id": "a"}}, "reasoning_content", {"tool_calls": [{"id": "a"}]}),
    ],
)
def test_repair_message_puts_right(message: dict[str, Any], field: str, wanted: dict[str, Any]) -> None:
    assert repair_message(message, field)
    assert message == wanted


def call(**fields: Any) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}, **fields}


def test_repair_whole_calls_leaves_openais_dialect_alone() -> None:
    message = {"tool_calls": [call(), call(id="call_2", type="custom", custom={"name": "c", "input": "x"})]}
    before = copy.deepcopy(message)
    assert not repair_whole_calls(message, "seed")
    assert message == before
    assert not repair_whole_calls({"tool_calls": None}, "seed")
    assert not repair_whole_calls({}, "seed")


def test_repair_whole_calls_completes_them() -> None:
    bare = {"function": {"name": "f", "arguments": {"city": "Paris"}}}
    message = {"tool_calls": [copy.deepcopy(bare), copy.deepcopy(bare), call(type="builtin_function"), "odd"]}
    assert repair_whole_calls(message, "seed")
    first, second, third, odd = message["tool_calls"]
    assert first["function"]["arguments"] == '{"city":"Paris"}'
    assert first["id"].startswith("call_") and first["id"] != second["id"]
    assert (first["type"], third["type"], odd) == ("function", "function", "odd")
    empty = {"tool_calls": [{"id": "a", "type": "function", "function": {"name": "f"}}, {"id": "b", "type": "custom"}]}
    assert repair_whole_calls(empty, "seed")
    assert empty["tool_calls"][0]["function"] == {"name": "f", "arguments": ""}


def test_made_up_id_is_the_same_for_the_same_call() -> None:
    assert made_up_id("a", 1) == made_up_id("a", 1) != made_up_id("a", 2)


def numbered(*fragments: dict[str, Any]) -> tuple[list[dict[str, Any]], list[bool]]:
    """Each fragment in a delta of its own, repaired, and whether that changed it."""
    numbers = CallNumbers()
    changed = [numbers.repair({"tool_calls": [fragment]}, "seed") for fragment in fragments]
    return list(fragments), changed


def fragment(arguments: str | None = None, name: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {**fields, "function": {key: value for key, value in function.items() if value is not None}}


def test_call_numbers_leave_openais_fragments_alone() -> None:
    fragments = [
        fragment("", "f", index=0, id="call_a", type="function"),
        fragment('{"a"', index=0),
        fragment(":1}", index=0),
        fragment("", "g", index=1, id="call_b", type="function"),
        fragment("{}", index=1),
        {"index": 1},
    ]
    before = copy.deepcopy(fragments)
    assert numbered(*fragments) == (before, [False] * 6)


@pytest.mark.parametrize("bad_index", [{}, {"index": None}, {"index": -1}, {"index": True}, {"index": "0"}])
def test_call_numbers_count_where_the_provider_does_not(bad_index: dict[str, Any]) -> None:
    found, changed = numbered(
        fragment('{"a":', "f", id="call_a", type="function", **bad_index),
        fragment("1}", **bad_index),
        fragment("{}", "g", id="call_b", type="function", **bad_index),
        fragment("", id="call_a", **bad_index),
        fragment("{}", "h", **bad_index),
    )
    assert [one["index"] for one in found] == [0, 0, 1, 0, 2]
    assert "id" not in found[3] and found[4]["id"].startswith("call_") and found[4]["type"] == "function"
    assert all(changed)


def test_call_numbers_let_a_bare_fragment_continue_the_latest_call() -> None:
    numbers = CallNumbers()
    numbers.repair({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": ""}}]}, "s")
    delta = {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}
    assert not numbers.repair(delta, "s")
    assert delta == {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}


def test_call_numbers_tell_two_calls_with_one_index_apart() -> None:
    found, _ = numbered(
        fragment("{}", "f", index=0, id="call_a", type="function"),
        fragment("{}", "g", index=0, id="call_b", type="function"),
        fragment("", index=0),
        fragment("", "h", index=3, id="call_c", type="function"),
        fragment("", "i", index=1, id="call_d", type="function"),
    )
    assert [one["index"] for one in found] == [0, 1, 1, 2, 3]


def test_call_numbers_drop_what_belongs_to_the_first_fragment_only() -> None:
    found, _ = numbered(
        fragment("{", "f", index=0, id="call_a", type="function"),
        {"index": 0, "id": "", "type": None, "function": {"name": "", "arguments": "}"}},
        {"index": 0, "id": "call_a", "type": "function", "function": {"name": "f", "arguments": None}},
        {"index": 0, "id": "call_other", "function": {"arguments": "x"}},
        {"index": 0, "function": {"name": "_more", "arguments": {"a": 1}}},
    )
    assert found[1:] == [
        {"index": 0, "function": {"arguments": "}"}},
        {"index": 0, "type": "function", "function": {"arguments": ""}},
        {"index": 0, "function": {"arguments": "x"}},
        {"index": 0, "function": {"name": "_more", "arguments": '{"a":1}'}},
    ]


def test_call_numbers_begin_with_text_arguments() -> None:
    found, _ = numbered(fragment(None, "f", index=0, id="call_a", type="function"))
    assert found[0]["function"]["arguments"] == ""
    numbers = CallNumbers()
    assert not numbers
    assert numbers.repair({"tool_calls": [{"index": 0, "id": "a"}]}, "seed")
    assert numbers
