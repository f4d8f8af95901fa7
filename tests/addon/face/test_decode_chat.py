from __future__ import annotations

from typing import Any

import pytest

from addon.canon.request import ChatRequest, ResponseFormat, Tool, ToolChoice
from addon.face.bad_request import BadRequest
from addon.face.decode_chat import MOST_TOKENS, decode_chat

HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def decoded(**fields: Any) -> ChatRequest:
    return decode_chat({**HELLO, **fields}, b"raw", "m")


def test_nothing_is_defaulted() -> None:
    request = decoded()
    assert (request.raw, request.model, request.body) == (b"raw", "m", HELLO)
    assert (request.max_tokens, request.temperature, request.top_p, request.seed) == (None,) * 4
    assert (request.tools, request.tool_choice, request.stop, request.foreign) == ((), None, (), ())
    assert (request.stream, request.include_usage, request.n) == (False, False, 1)


def test_every_knob_is_read() -> None:
    request = decoded(
        stream=True,
        stream_options={"include_usage": True},
        tools=[{"type": "function", "function": {"name": "f"}}],
        tool_choice="required",
        parallel_tool_calls=False,
        max_tokens=10,
        temperature=0.8,
        top_p=1,
        top_k=40,
        n=2,
        stop=["a", "b"],
        seed=-1,
        presence_penalty=-0.5,
        frequency_penalty=0.5,
        logprobs=True,
        top_logprobs=3,
        response_format={"type": "json_object"},
        reasoning_effort="low",
        modalities=["text"],
        user="u",
        service_tier="flex",
        unknown={"kept": True},
    )
    assert request.stream
    assert request.include_usage
    assert request.tools == (Tool("f"),)
    assert request.tool_choice == ToolChoice("required")
    assert request.parallel_tool_calls is False
    assert (request.max_tokens, request.temperature, request.top_p, request.top_k) == (10, 0.8, 1, 40)
    assert (request.n, request.stop, request.seed) == (2, ("a", "b"), -1)
    assert (request.presence_penalty, request.frequency_penalty) == (-0.5, 0.5)
    assert (request.logprobs, request.top_logprobs) == (True, 3)
    assert request.response_format == ResponseFormat("json_object")
    assert (request.reasoning_effort, request.modalities) == ("low", ("text",))
    assert (request.user, request.service_tier) == ("u", "flex")
    assert request.body["unknown"] == {"kept": True}


def test_the_newer_name_of_max_tokens_wins() -> None:
    assert decoded(max_tokens=10, max_completion_tokens=20).max_tokens == 20
    assert decoded(max_completion_tokens=20).max_tokens == 20
    assert decoded(max_tokens=10, max_completion_tokens=None).max_tokens == 10


def test_one_stop_is_a_list_of_one() -> None:
    assert decoded(stop="a").stop == ("a",)
    assert decoded(stop=None).stop == ()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("max_tokens", -1, "max_tokens is invalid"),
        ("max_tokens", MOST_TOKENS + 1, "max_tokens is invalid"),
        ("max_completion_tokens", -1, "max_completion_tokens is invalid"),
        ("max_tokens", "10", "max_tokens must be an integer, not a string"),
        ("temperature", "0.8", "temperature must be a number, not a string"),
        ("temperature", -0.1, "temperature must be at least 0"),
        ("top_p", 1.1, "top_p must be at most 1"),
        ("n", 0, "n must be at least 1"),
        ("n", 129, "n must be at most 128"),
        ("stop", 5, "stop must be a string or an array of strings, not a number"),
        ("stop", ["a", 5], "stop[1] must be a string"),
        ("stream", "true", "stream must be true or false"),
        ("stream_options", [], "stream_options must be an object"),
        ("stream_options", {"include_usage": 1}, "stream_options.include_usage must be true or false"),
        ("logprobs", 1, "logprobs must be true or false"),
        ("top_logprobs", -1, "top_logprobs must be at least 0"),
        ("modalities", "text", "modalities must be an array"),
        ("reasoning_effort", 1, "reasoning_effort must be a string"),
        ("user", 1, "user must be a string"),
        ("seed", 1.5, "seed must be an integer"),
    ],
)
def test_a_wrong_knob_is_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decoded(**{field: value})
    assert message in caught.value.message
    assert caught.value.param == message.split(" ")[0]
