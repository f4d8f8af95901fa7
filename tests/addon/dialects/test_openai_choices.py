"""Choices of streamed chunks: what is repaired, what is dropped, what is made up at the end."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from addon.dialects.openai_choices import Choices

Json = dict[str, Any]


def delta(finish: str | None = None, index: int = 0, **fields: Any) -> Json:
    return {"index": index, "delta": fields, "finish_reason": finish}


def repaired(choices: Choices, *given: Json) -> tuple[list[Json], bool]:
    document: Json = {"choices": list(given)}
    changed = choices.repair(document, "seed")
    return document["choices"], changed


def chats(field: str = "reasoning_content") -> Choices:
    return Choices("delta", field)


def test_repair_leaves_openais_chunks_alone() -> None:
    choices = chats()
    for choice in (
        delta(role="assistant", content=""),
        delta(content="a"),
        delta(),
        {**delta(), "logprobs": {"content": [{"token": "a"}]}},
        delta("stop"),
    ):
        before = copy.deepcopy(choice)
        assert repaired(choices, choice) == ([before], False)
    assert choices.all_finished and choices.unfinished() == []


def test_repair_without_choices() -> None:
    document: Json = {"choices": None}
    choices = chats()
    assert choices.repair(document, "") and document == {"choices": []}
    assert not choices.all_finished
    assert choices.unfinished() == []


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"delta": {"content": "a"}}, delta(content="a")),
        ({"index": 0, "delta": {"content": "a"}, "finish_reason": ""}, delta(content="a")),
        (
            {"index": 0, "delta": {"content": "a"}, "message": {"content": "aa"}, "finish_reason": None},
            delta(content="a"),
        ),
        ({"index": 0, "delta": None, "message": {"content": "a"}, "finish_reason": "eos"}, delta("stop", content="a")),
        ({"index": 0, "messages": [{"content": "x"}, {"content": "a"}], "finish_reason": None}, delta(content="a")),
        ({"index": 0, "finish_reason": "length"}, delta("length")),
        ({"index": 0, "delta": {"reasoning": "a"}, "finish_reason": None}, delta(reasoning_content="a")),
        (
            {
                "index": 0,
                "delta": {"annotations": [{"type": "url_citation"}, {"index": 5}, "odd"]},
                "finish_reason": None,
            },
            delta(annotations=[{"type": "url_citation", "index": 0}, {"index": 5}, "odd"]),
        ),
    ],
)
def test_repair_puts_right(given: Json, wanted: Json) -> None:
    assert repaired(chats(), given) == ([wanted], True)


@pytest.mark.parametrize(
    "given",
    [
        {"index": 0, "finish_reason": None, "content_filter_offsets": {}},
        {"index": 0, "delta": {"role": "tool", "content": "found"}, "finish_reason": None},
    ],
)
def test_repair_drops_choices_that_say_nothing(given: Json) -> None:
    assert repaired(chats(), given) == ([], True)


def test_repair_does_not_repeat_the_whole_message() -> None:
    choices = chats()
    repaired(choices, delta(content="all of it"))
    whole = {
        "index": 0,
        "message": {"content": "all of it", "tool_calls": [{"id": "a"}]},
        "finish_reason": "tool_calls",
    }
    [choice], _ = repaired(choices, copy.deepcopy(whole))
    assert "content" not in choice["delta"] and [call["id"] for call in choice["delta"]["tool_calls"]] == ["a"]
    assert repaired(choices, copy.deepcopy(whole)) == ([], True)


def test_repair_ends_a_choice_once() -> None:
    choices = chats()
    repaired(choices, delta("tool_calls", content="a"))
    assert repaired(choices, delta(content="")) == ([], True)
    assert repaired(choices, delta("stop", content="\n")) == ([delta(content="\n")], True)


def test_repair_raises_for_a_failure() -> None:
    with pytest.raises(ValueError, match="network_error"):
        repaired(chats(), delta("network_error"))


def test_unfinished_choices_are_ended_by_what_they_said() -> None:
    choices = chats()
    repaired(choices, delta(content="a"), delta(index=1, tool_calls=[{"id": "a", "function": {"name": "f"}}]))
    assert not choices.all_finished
    assert [(choice["index"], choice["finish_reason"]) for choice in choices.unfinished()] == [
        (0, "stop"),
        (1, "tool_calls"),
    ]
    assert choices.unfinished()[0]["delta"] == {}


def test_completions_have_text() -> None:
    choices = Choices("text", "reasoning_content")
    good = {"index": 0, "text": "a", "finish_reason": None, "logprobs": None}
    assert repaired(choices, dict(good)) == ([good], False)
    assert repaired(choices, {"index": 0, "delta": {"content": "b"}, "finish_reason": None})[0][0]["text"] == "b"
    assert repaired(choices, {"index": 0, "finish_reason": None}) == ([], True)
    assert choices.unfinished() == [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}]


def test_thoughts_in_the_text_are_told_apart_and_never_lost() -> None:
    choices = Choices("delta", "reasoning", tagged=True)
    assert repaired(choices, delta(content="<th")) == ([delta(content="")], True)
    assert repaired(choices, delta(content="ink>Hm"))[0] == [delta(content="", reasoning_content="Hm")]
    assert repaired(choices, delta(content=".</think>H"))[0] == [delta(content="H", reasoning_content=".")]
    assert repaired(choices, delta(content="<think>")) == ([delta(content="<think>")], False)
    assert repaired(choices, delta(index=1, content=" ")) == ([delta(index=1, content="")], True)
    assert repaired(choices, delta("stop", index=1)) == ([delta("stop", index=1, content=" ")], True)
    assert repaired(choices, delta(index=2, content="<"))[1]
    assert choices.leftovers() == [delta(index=2, content="<")]


def test_thoughts_with_a_field_are_not_sought_in_the_text() -> None:
    choices = Choices("delta", "reasoning", tagged=True)
    assert repaired(choices, delta(reasoning="Hm"))[0] == [delta(reasoning_content="Hm")]
    assert repaired(choices, delta(content="<think>")) == ([delta(content="<think>")], False)


def test_an_end_that_the_provider_left_out_tells_what_was_held_back() -> None:
    choices = Choices("delta", "reasoning", tagged=True)
    repaired(choices, delta(content="<think>a</"))
    assert choices.unfinished()[0]["delta"] == {"content": "", "reasoning_content": "</"}


@pytest.mark.parametrize(("calls_at_stop", "reason"), [(True, "tool_calls"), (False, "stop")])
def test_calls_that_end_with_stop_end_with_calls_where_the_row_says_so(calls_at_stop: bool, reason: str) -> None:
    choices = Choices("delta", "reasoning", calls_at_stop=calls_at_stop)
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    choices.repair({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}, "seed")
    end: dict[str, Any] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    choices.repair(end, "seed")
    assert end["choices"][0]["finish_reason"] == reason
