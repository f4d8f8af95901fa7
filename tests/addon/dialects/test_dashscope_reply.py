"""DashScope's replies: the shapes beside those that were recorded (test_dashscope)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.dialects.dashscope_reply import StreamReader, read_reply, usage_of
from tests.addon.dialects.native import chat

TARGET = Target("https://dashscope.aliyuncs.com", "sk-fake", "qwen-plus")


def events(document: Any) -> list[Any]:
    return list(read_reply(chat(), TARGET, json.dumps(document).encode()))


def test_an_error_inside_a_good_reply() -> None:
    [failed] = events({"code": "Throttling", "message": "slow down", "request_id": "r"})
    assert isinstance(failed, Failed)
    assert failed.fault.kind is FaultKind.RATE_LIMITED


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"output": {}}', b'{"output": {"choices": [{}]}}', b"<html>"])
def test_garbage_is_no_reply(body: bytes) -> None:
    with pytest.raises((ValueError, LookupError)):
        list(read_reply(chat(), TARGET, body))


def test_what_was_used_until_an_error_is_told() -> None:
    reader = StreamReader(chat(stream=True), TARGET)
    said = reader.read(
        Frame(b'{"code":"InternalError","message":"x","usage":{"input_tokens":3,"output_tokens":1}}', "error")
    )
    [usage, failed] = said
    assert isinstance(usage, UsageReported)
    assert (usage.usage.prompt, usage.usage.completion) == (3, 1)
    assert isinstance(failed, Failed)


def test_an_empty_frame_says_nothing() -> None:
    assert list(StreamReader(chat(stream=True), TARGET).read(Frame(b" "))) == []


@pytest.mark.parametrize(
    ("usage", "wanted"),
    [
        (None, {}),
        ({}, {}),
        ({"image_count": 1}, {}),
        ({"models": []}, {}),
        (
            {"models": [{"input_tokens": 2, "output_tokens": 1}, {"input_tokens": 3}]},
            {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
        ),
        (
            {
                "input_tokens": 9,
                "output_tokens": 5,
                "cached_tokens": 4,
                "audio_tokens": 2,
                "input_tokens_details": {"text_tokens": 7, "odd": "x"},
                "output_tokens_details": {"reasoning_tokens": 3},
            },
            {
                "prompt_tokens": 9,
                "completion_tokens": 5,
                "total_tokens": 14,
                "prompt_tokens_details": {"text_tokens": 7, "cached_tokens": 4, "audio_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
        ),
    ],
)
def test_counts(usage: Any, wanted: dict[str, Any]) -> None:
    assert usage_of({"usage": usage}) == wanted
