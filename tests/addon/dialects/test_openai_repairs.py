"""Repairs of whole documents; what is in OpenAI's dialect is left alone."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest

from addon.dialects import openai_repairs as repairs


@pytest.mark.parametrize(
    ("reason", "called", "wanted"),
    [
        ("stop", False, "stop"),
        ("STOP", False, "stop"),
        ("length", False, "length"),
        ("tool_calls", False, "tool_calls"),
        ("function_call", False, "function_call"),
        ("content_filter", False, "content_filter"),
        ("eos", False, "stop"),
        ("normal", False, "stop"),
        ("model_length", False, "length"),
        ("MAX_TOKENS", False, "length"),
        ("model_context_window_exceeded", False, "length"),
        ("sensitive", False, "content_filter"),
        ("tool_use", False, "tool_calls"),
        ("unheard_of", False, "stop"),
        ("unheard_of", True, "tool_calls"),
        (None, True, None),
        ("", True, None),
    ],
)
def test_finish_reason_is_always_openais(reason: Any, called: bool, wanted: str | None) -> None:
    assert repairs.finish_reason(reason, called) == wanted
    assert wanted is None or wanted in repairs.OPENAI_REASONS


@pytest.mark.parametrize("reason", sorted(repairs.FAILURES))
def test_finish_reason_of_a_failure_is_an_error(reason: str) -> None:
    with pytest.raises(repairs.BrokenOff, match=reason) as broken:
        repairs.finish_reason(reason, False)
    assert (broken.value.fault.status, broken.value.fault.message) == (502, str(broken.value))


def test_finish_reasons_map_to_openais_only() -> None:
    assert set(repairs.FINISH_REASONS.values()) <= repairs.OPENAI_REASONS


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"object": "k", "created": 1, "service_tier": None}, None),
        ({"object": "k", "service_tier": "flex"}, None),
        ({"object": "k.done", "service_tier": "on_demand"}, {"object": "k"}),
        ({"created": "1715361795"}, {"object": "k", "created": 1715361795}),
        ({"object": "k", "created": 17.9}, {"object": "k", "created": 17}),
        ({"object": "k", "created": "yesterday"}, None),
    ],
)
def test_repair_head(document: dict[str, Any], wanted: dict[str, Any] | None) -> None:
    before = copy.deepcopy(document)
    assert repairs.repair_head(document, "k") == (wanted is not None)
    assert document == (before if wanted is None else wanted)


USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    "document",
    [
        {"x_groq": {"id": "r", "usage": dict(USAGE)}, "choices": [{}]},
        {"choices": [{"usage": None}, {"usage": dict(USAGE)}]},
        {"choices": None, "bot_usage": {"model_usage": [{**USAGE}, {"prompt_tokens": 0}]}},
    ],
)
def test_lift_usage_finds_it(document: dict[str, Any]) -> None:
    assert repairs.lift_usage(document)
    assert document["usage"] == USAGE
    assert not repairs.lift_usage(document)


@pytest.mark.parametrize(
    "document",
    [{}, {"usage": dict(USAGE), "x_groq": {"usage": {}}}, {"x_groq": {"id": "r"}}, {"bot_usage": {"model_usage": []}}],
)
def test_lift_usage_leaves_openais_dialect_alone(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    assert not repairs.lift_usage(document)
    assert document == before


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        (dict(USAGE), None),
        (
            {"prompt_tokens": 1, "completion_tokens": None},
            {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1},
        ),
        ({"total_tokens": 9}, {"prompt_tokens": 0, "completion_tokens": 9, "total_tokens": 9}),
        ({}, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
    ],
)
def test_repair_usage_has_three_numbers(usage: dict[str, Any], wanted: dict[str, int] | None) -> None:
    before = copy.deepcopy(usage)
    assert repairs.repair_usage(usage) == (wanted is not None)
    assert usage == (before if wanted is None else wanted)


def test_repair_embeddings() -> None:
    good = {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [1]}]}
    assert not repairs.repair_embeddings(copy.deepcopy(good), "asked")
    single = {"data": {"embedding": [1]}}
    assert repairs.repair_embeddings(single, "m")
    assert single == good


def test_counts_are_whole_numbers() -> None:
    document = {"usage": {"prompt_tokens": 12.0, "completion_tokens": 3.0, "total_tokens": 15.0, "cost": 0.0}}
    assert repairs.lift_usage(document)
    assert document["usage"] == {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15, "cost": 0.0}
    assert all(isinstance(document["usage"][name], int) for name in repairs.COUNTS)
    assert not repairs.lift_usage(document)


def test_value_completions_become_choices() -> None:
    document = {"value": " text"}
    assert repairs.value_completions(document)
    assert document == {"choices": [{"index": 0, "text": " text", "finish_reason": None, "logprobs": None}]}
    assert not repairs.value_completions(document)
    assert not repairs.value_completions({"value": 5})


def test_listed_completions_become_choices() -> None:
    """docs.aleph-alpha.com: POST /complete."""
    listed = [{"completion": "a", "finish_reason": "maximum_tokens"}, {"completion": "b"}]
    document = {"completions": listed, "num_tokens_prompt_total": 3, "num_tokens_generated": 9}
    assert repairs.value_completions(document)
    assert [(one["index"], one["text"], one["finish_reason"]) for one in document["choices"]] == [
        (0, "a", "maximum_tokens"),
        (1, "b", None),
    ]
    assert document["usage"] == {"prompt_tokens": 3, "completion_tokens": 9}
    assert repairs.finish_reason("maximum_tokens", called=False) == "length"
    for other in ({"completions": [{"text": "a"}]}, {"completions": 3}):
        assert not repairs.value_completions(dict(other))
    assert repairs.value_completions(bare := {"completions": [{"completion": "a"}]}) and "usage" not in bare


def test_int8_embeddings_become_numbers() -> None:
    text = base64.b64encode(bytes([0, 127, 128, 255])).decode()
    document = {"model": "pplx-embed-v1", "data": [{"embedding": text}, {"embedding": [0.5]}]}
    assert repairs.int8_embeddings(document)
    assert document["data"] == [{"embedding": [0.0, 127.0, -128.0, -1.0]}, {"embedding": [0.5]}]
    assert not repairs.int8_embeddings({"model": "text-embedding-3-small", "data": [{"embedding": text}]})
    assert not repairs.int8_embeddings({"model": "pplx-embed-v1"})


def test_placeholder_usage_is_no_usage() -> None:
    document = {"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 1}}
    assert repairs.placeholder_usage(document)
    assert document == {}
    assert not repairs.placeholder_usage(document)
    assert not repairs.placeholder_usage({"usage": {"prompt_tokens": 11, "completion_tokens": 1}})


THOUGHT = {"google": {"thought": True}}


@pytest.mark.parametrize(
    ("delta", "wanted"),
    [
        (
            {"content": "<thought>Think ", "extra_content": THOUGHT},
            {"content": "", "reasoning_content": "Think ", "extra_content": THOUGHT},
        ),
        (
            {"content": "first.", "extra_content": THOUGHT},
            {"content": "", "reasoning_content": "first.", "extra_content": THOUGHT},
        ),
        ({"content": "</thought>Hello"}, {"content": "Hello"}),
    ],
)
def test_thoughts_leave_the_text_of_a_stream(delta: dict[str, Any], wanted: dict[str, Any]) -> None:
    document = {"choices": [{"delta": delta}]}
    assert repairs.thought_tags(document)
    assert document["choices"][0]["delta"] == wanted


def test_thoughts_leave_the_text_of_a_whole_reply() -> None:
    message: dict[str, Any] = {"content": "<thought>Think.</thought>Hello </thought>", "extra_content": THOUGHT}
    assert repairs.thought_tags({"choices": [{"message": message}]})
    assert (message["reasoning_content"], message["content"]) == ("Think.", "Hello </thought>")


@pytest.mark.parametrize(
    "message", [{"content": "A <thought>"}, {"content": None}, {"content": "a", "extra_content": 1}]
)
def test_text_without_thoughts_stays(message: dict[str, Any]) -> None:
    before = dict(message)
    assert not repairs.thought_tags({"choices": [{"message": message}]})
    assert message == before
    assert not repairs.thought_tags({})


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"content": "<think>Hm</think>\n\nHi"}, {"content": "Hi", "reasoning_content": "Hm"}),
        ({"content": "<think>Hm"}, {"content": "", "reasoning_content": "Hm"}),
        ({"content": "<thi"}, None),
        ({"content": "Hi"}, None),
        ({"content": None, "tool_calls": []}, None),
        ({"content": "<think>", "reasoning_content": "Hm"}, None),
        ({"content": "<think>", "reasoning": "Hm"}, None),
    ],
)
def test_tagged_thoughts_of_a_whole_message(message: Any, wanted: Any) -> None:
    document = {"choices": [{"message": copy.deepcopy(message)}, {"delta": {"content": "<think>"}}]}
    assert repairs.tagged_thoughts(document) == (wanted is not None)
    assert document["choices"][0]["message"] == (wanted or message)
    assert not repairs.tagged_thoughts({"choices": None})


@pytest.mark.parametrize(
    ("calls", "reason", "wanted"),
    [([{"id": "a"}], "stop", "tool_calls"), ([], "stop", "stop"), ([{"id": "a"}], "length", "length")],
)
def test_calls_at_stop_end_with_calls(calls: list[Any], reason: str, wanted: str) -> None:
    document = {"choices": [{"message": {"tool_calls": calls}, "finish_reason": reason}]}
    assert repairs.calls_at_stop(document) == (reason != wanted)
    assert document["choices"][0]["finish_reason"] == wanted


def test_rows_name_repairs_and_edits_that_exist() -> None:
    from addon.dialects.openai_edits import EDITS
    from rules.providers import PROVIDERS

    for row in PROVIDERS.values():
        assert set(row.quirks.get("repairs", ())) <= repairs.REPAIRS.keys()
        assert set(row.quirks.get("edits", ())) <= EDITS.keys()
