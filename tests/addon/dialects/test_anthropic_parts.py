"""Messages as Anthropic's turns and blocks."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from addon.canon.dialogue import tool_names
from addon.canon.request import CannotCarry
from addon.dialects.anthropic_parts import CONTINUE, turns
from tests.addon.dialects.native import PIXEL, USER, call, chat, result

PDF = base64.b64encode(b"%PDF-1.7").decode()
NOTE = base64.b64encode("Grüße".encode()).decode()


def sent(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    request = chat(*messages)
    return turns(request.messages, {name: name for name in tool_names(request)})


def block(part: dict[str, Any]) -> dict[str, Any]:
    [turn] = sent({"role": "user", "content": [part]})
    [only] = turn["content"]
    assert isinstance(only, dict)
    return only


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def file(**fields: str) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (text("hi"), text("hi")),
        (
            image(f"data:image/png;base64,{PIXEL}"),
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        ),
        (
            image(f"data:image/jpg;base64,{PIXEL}"),
            {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": PIXEL}},
        ),
        (
            image("https://example.test/a.png"),
            {"type": "image", "source": {"type": "url", "url": "https://example.test/a.png"}},
        ),
        (
            file(filename="a.pdf", file_data=f"data:application/pdf;base64,{PDF}"),
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
                "title": "a.pdf",
            },
        ),
        (
            file(file_data=f"data:text/csv;base64,{NOTE}"),
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}},
        ),
        (
            file(file_data=f"data:image/webp;base64,{PIXEL}"),
            {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": PIXEL}},
        ),
        (file(file_id="file_1"), {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
        (
            file(file_data="https://example.test/a.pdf"),
            {"type": "document", "source": {"type": "url", "url": "https://example.test/a.pdf"}},
        ),
    ],
)
def test_a_part_becomes_a_block(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert block(part) == wanted


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}}, "no audio"),
        (image(f"data:image/tiff;base64,{PIXEL}"), "not image/tiff"),
        (file(file_data=f"data:application/zip;base64,{PIXEL}"), "not application/zip"),
        (file(file_data=f"data:text/plain;base64,{PIXEL}"), "UTF-8"),
    ],
)
def test_a_part_that_cannot_be_carried_is_named(part: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotCarry, match=says) as refused:
        sent(USER, {"role": "user", "content": [text("look:"), part]})
    assert refused.value.param == "messages[1].content[1]"


def test_neighbours_of_the_same_side_become_one_turn() -> None:
    assert sent(
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "three"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "four"}]},
    ) == [
        {"role": "user", "content": [text("one"), text("two")]},
        {"role": "assistant", "content": [text("three"), text("four")]},
    ]


def test_blank_messages_vanish() -> None:
    assert sent(USER, {"role": "assistant", "content": " \n"}, {"role": "user", "content": ""}) == [
        {"role": "user", "content": [text("Hello")]}
    ]


def test_a_conversation_that_the_assistant_begins_gets_an_opening() -> None:
    found = sent({"role": "assistant", "content": "Welcome."}, USER)
    assert [turn["role"] for turn in found] == ["user", "assistant", "user"]
    assert found[0]["content"] == [text(CONTINUE)]


def test_results_of_parallel_calls_share_one_turn_and_stand_first() -> None:
    found = sent(
        USER,
        {
            "role": "assistant",
            "content": "Both.",
            "tool_calls": [call("a", "get_weather", '{"city":"Paris"}'), call("b", "get_time", "")],
        },
        result("b", "noon"),
        {"role": "user", "content": "Well?"},
        result("a", [text("rain"), image(f"data:image/png;base64,{PIXEL}")]),
    )
    assert found[1]["content"] == [
        text("Both."),
        {"type": "tool_use", "id": "a", "name": "get_weather", "input": {"city": "Paris"}},
        {"type": "tool_use", "id": "b", "name": "get_time", "input": {}},
    ]
    assert [one["type"] for one in found[2]["content"]] == ["tool_result", "tool_result", "text"]
    assert found[2]["content"][0] == {"type": "tool_result", "tool_use_id": "b", "content": [text("noon")]}
    assert [one["type"] for one in found[2]["content"][1]["content"]] == ["text", "image"]


def test_an_empty_result_has_no_content() -> None:
    found = sent(USER, {"role": "assistant", "tool_calls": [call("a", "f", "{}")]}, result("a", ""))
    assert found[2]["content"] == [{"type": "tool_result", "tool_use_id": "a"}]


def test_ids_are_made_fit_and_unique_and_results_follow_them() -> None:
    step = [{"role": "assistant", "tool_calls": [call("fc:1", "f", "{}")]}, result("fc:1", "x")]
    found = sent(USER, *step, *step)
    assert [turn["content"][0]["id"] for turn in found[1::2]] == ["fc_1", "fc_1_2"]
    assert [turn["content"][0]["tool_use_id"] for turn in found[2::2]] == ["fc_1", "fc_1_2"]


def test_an_old_function_call_and_its_result_fit_together() -> None:
    found = sent(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "x"},
    )
    assert found[2]["content"][0]["tool_use_id"] == found[1]["content"][0]["id"]


def test_a_result_without_a_call_is_refused() -> None:
    with pytest.raises(CannotCarry, match="No earlier assistant message") as refused:
        sent(USER, result("lost", "x"))
    assert refused.value.param == "messages[1].tool_call_id"


def test_an_assistant_says_only_text() -> None:
    with pytest.raises(CannotCarry, match="only text") as refused:
        sent(USER, {"role": "assistant", "content": [text("see"), image("https://example.test/a.png")]})
    assert refused.value.param == "messages[1].content[1]"


def test_signed_thoughts_go_back_first_and_foreign_ones_do_not() -> None:
    details = [
        {"type": "anthropic.thinking", "index": 0, "thinking": "Hm.", "signature": "c2ln"},
        {"type": "anthropic.thinking", "thinking": "unsigned"},
        {"type": "anthropic.redacted_thinking", "index": 1, "data": "ZGF0YQ=="},
        {"type": "reasoning.text", "text": "someone else's", "signature": "x"},
    ]
    found = sent(
        USER, {"role": "assistant", "content": "So.", "reasoning_content": "Hm.", "reasoning_details": details}
    )
    assert found[1]["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "ZGF0YQ=="},
        text("So."),
    ]
