"""Conversations as inputs of Replicate's language models."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects.replicate_input import chat_input
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, result

PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
SYSTEM = {"role": "system", "content": "Be brief."}


def made(request: ChatRequest, model: str = "meta/llama", **fields: Any) -> dict[str, Any]:
    return chat_input(request, Target("https://api.replicate.com", "r8_fake", model, **fields))


def test_one_question_is_the_prompt() -> None:
    assert made(chat()) == {"prompt": "Hello"}
    assert made(chat(SYSTEM, USER)) == {"prompt": "Hello", "system_prompt": "Be brief."}
    assert made(chat(SYSTEM)) == {"prompt": "Be brief."}
    assert made(chat(USER), system_prompt="Be loud.")["system_prompt"] == "Be loud."


def test_a_conversation_says_who_speaks() -> None:
    called = {"role": "assistant", "content": "I look.", "tool_calls": [call("w", "get_weather", '{"city":"Paris"}')]}
    assert made(chat(USER, called, result("w", "18 C")))["prompt"] == (
        'user: Hello\nassistant: I look.\nget_weather({"city":"Paris"})\ntool: 18 C\nassistant:'
    )
    assert made(chat(USER, {"role": "assistant", "content": "Hi"}))["prompt"] == "user: Hello\nassistant: Hi"


def test_tools_are_refused() -> None:
    with pytest.raises(CannotCarry) as refused:
        made(chat(tools=[WEATHER]))
    assert refused.value.param == "tools"


def test_knobs() -> None:
    fields = {"temperature": 0.5, "top_p": 0.9, "top_k": 5, "seed": 3, "presence_penalty": 1, "frequency_penalty": 1}
    found = made(chat(**fields, stop=["a", "b"], max_tokens=9, reasoning_effort="low"))
    assert found == {"prompt": "Hello", **fields, "stop_sequences": "a,b", "max_tokens": 9, "reasoning_effort": "low"}


@pytest.mark.parametrize(
    ("model", "length", "pictures"),
    [
        ("openai/gpt-5", "max_completion_tokens", {"image_input": ["https://x/1.png", "https://x/2.png"]}),
        ("google/gemini-2.5-flash", "max_output_tokens", {"images": ["https://x/1.png", "https://x/2.png"]}),
        ("yorickvp/llava-13b", "max_tokens", {"image": "https://x/2.png"}),
    ],
)
def test_models_name_pictures_and_length_each_in_their_way(model: str, length: str, pictures: dict[str, Any]) -> None:
    parts = [{"type": "image_url", "image_url": {"url": f"https://x/{number}.png"}} for number in (1, 2)]
    found = made(chat({"role": "user", "content": [{"type": "text", "text": "What?"}, *parts]}, max_tokens=5), model)
    assert found == {"prompt": "What?", length: 5, **pictures}


def test_a_format_is_asked_for_in_words() -> None:
    assert "JSON object" in made(chat(response_format={"type": "json_object"}))["system_prompt"]


@pytest.mark.parametrize(
    ("message", "fields", "param"),
    [
        (USER, {"n": 2}, "n"),
        ({"role": "user", "content": " "}, {}, "messages"),
        ({"role": "user", "content": [{"type": "video", "video": {}}]}, {}, "messages[0].content[0]"),
        (
            {"role": "user", "content": [PICTURE, {"type": "file", "file": {"file_id": "f"}}]},
            {},
            "messages[0].content[1]",
        ),
    ],
)
def test_what_a_prompt_cannot_say_is_refused(message: Any, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        made(chat(message, **fields))
    assert refused.value.param == param
