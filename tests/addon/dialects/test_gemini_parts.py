"""Messages as Gemini's contents and parts."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.dialogue import tool_names
from addon.canon.request import CannotCarry, File
from addon.dialects.gemini_models import abilities
from addon.dialects.gemini_parts import CONTINUE, NO_SIGNATURE, Setting, contents, file_part
from tests.addon.dialects.native import PIXEL, USER, call, chat, result

API = "https://generativelanguage.googleapis.com/v1beta"
SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}


def setting(model: str = "gemini-2.5-flash", names: dict[str, str] | None = None) -> Setting:
    return Setting(names or {}, abilities(model), API)


def sent(*messages: dict[str, Any], model: str = "gemini-2.5-flash") -> list[dict[str, Any]]:
    request = chat(*messages)
    return contents(request.messages, setting(model, {name: name for name in tool_names(request)}))


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def file(**fields: str) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def inline(media_type: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media_type, "data": PIXEL}}


def fetched(uri: str) -> dict[str, Any]:
    return {"fileData": {"fileUri": uri}}


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (text("hi"), {"text": "hi"}),
        (image(f"data:image/heic;base64,{PIXEL}"), inline("image/heic")),
        (image("https://youtu.be/abc"), fetched("https://youtu.be/abc")),
        (image(f"{API}/files/1"), fetched(f"{API}/files/1")),
        ({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}}, inline("audio/mp3")),
        (file(filename="a.pdf", file_data=f"data:application/pdf;base64,{PIXEL}"), inline("application/pdf")),
        (file(file_data=f"data:text/plain;base64,{PIXEL}"), inline("text/plain")),
        (file(file_id="files/abc"), fetched(f"{API}/files/abc")),
        (file(file_id=f"{API}/files/abc"), fetched(f"{API}/files/abc")),
        (file(file_data="https://www.youtube.com/watch?v=1"), fetched("https://www.youtube.com/watch?v=1")),
    ],
)
def test_a_part_becomes_geminis(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent({"role": "user", "content": [part]}) == [{"role": "user", "parts": [wanted]}]


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (image("https://example.test/a.png"), "data URL"),
        (image("https://youtu.be.example.test/a.png"), "data URL"),
        (file(file_data="https://example.test/a.pdf"), "data URL"),
    ],
)
def test_a_part_that_cannot_be_carried_is_named(part: dict[str, Any], says: str) -> None:
    with pytest.raises(CannotCarry, match=says) as refused:
        sent(USER, {"role": "user", "content": [text("look:"), part]})
    assert refused.value.param == "messages[1].content[1]"


def test_a_file_without_a_type_is_refused() -> None:
    with pytest.raises(CannotCarry, match="media type"):
        file_part(File(data=PIXEL), "messages[0].content[0]", setting())


def test_neighbours_of_the_same_side_become_one_and_empty_ones_vanish() -> None:
    assert sent(
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    ) == [
        {"role": "user", "parts": [{"text": "one"}, {"text": "two"}]},
        {"role": "model", "parts": [{"text": "no"}]},
    ]


def test_a_conversation_that_the_assistant_begins_gets_an_opening() -> None:
    found = sent({"role": "assistant", "content": "Welcome."})
    assert found[0] == {"role": "user", "parts": [{"text": CONTINUE}]}


def test_results_of_parallel_calls_share_one_content_in_the_order_of_the_calls() -> None:
    found = sent(
        USER,
        {
            "role": "assistant",
            "content": "Both.",
            "tool_calls": [call("a", "get_weather", '{"city":"Paris"}', **SIGNED), call("b", "get_time", "")],
        },
        result("b", "noon"),
        result("a", [text("ra"), text("in")]),
        {"role": "user", "content": "Well?"},
    )
    assert found[1] == {
        "role": "model",
        "parts": [
            {"text": "Both."},
            {
                "functionCall": {"name": "get_weather", "args": {"city": "Paris"}, "id": "a"},
                "thoughtSignature": "c2ln",
            },
            {"functionCall": {"name": "get_time", "args": {}, "id": "b"}},
        ],
    }
    assert found[2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "get_weather", "response": {"result": "rain"}, "id": "a"}},
            {"functionResponse": {"name": "get_time", "response": {"result": "noon"}, "id": "b"}},
            {"text": "Well?"},
        ],
    }


@pytest.mark.parametrize(
    ("model", "extra", "signatures"),
    [
        ("gemini-3-flash-preview", {}, [NO_SIGNATURE, None]),
        ("gemini-3-flash-preview", SIGNED, ["c2ln", None]),
        ("gemini-3-flash-preview", {"extra_content": {"google": "odd"}}, [NO_SIGNATURE, None]),
        ("gemini-3-flash-preview", {"extra_content": {"google": {"thought_signature": 1}}}, [NO_SIGNATURE, None]),
        ("gemini-2.5-flash", {}, [None, None]),
    ],
)
def test_the_first_call_of_a_turn_is_signed(model: str, extra: dict[str, Any], signatures: list[str | None]) -> None:
    called = {"role": "assistant", "tool_calls": [call("a", "f", "{}", **extra), call("b", "f", "{}")]}
    found = sent(USER, called, model=model)
    assert [part.get("thoughtSignature") for part in found[1]["parts"]] == signatures


def test_a_call_without_an_id_goes_without_one() -> None:
    found = sent(USER, {"role": "assistant", "tool_calls": [call("", "f", "{}")]})
    assert found[1]["parts"][0]["functionCall"] == {"name": "f", "args": {}}


def test_an_old_function_call_and_its_result_fit_together() -> None:
    found = sent(
        USER,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "x"},
    )
    assert found[2]["parts"][0]["functionResponse"]["id"] == found[1]["parts"][0]["functionCall"]["id"]


def test_a_result_without_a_call_is_refused() -> None:
    with pytest.raises(CannotCarry, match="No earlier assistant message") as refused:
        sent(USER, result("lost", "x"))
    assert refused.value.param == "messages[1].tool_call_id"


def test_images_in_results_are_for_gemini_3() -> None:
    history = [
        USER,
        {"role": "assistant", "tool_calls": [call("a", "f", "{}")]},
        result("a", [text("see"), image(f"data:image/png;base64,{PIXEL}")]),
    ]
    found = sent(*history, model="gemini-3-pro-preview")[2]["parts"][0]["functionResponse"]
    assert (found["response"], found["parts"]) == ({"result": "see"}, [inline("image/png")])
    with pytest.raises(CannotCarry, match="only text") as refused:
        sent(*history)
    assert refused.value.param == "messages[2].content[1]"
