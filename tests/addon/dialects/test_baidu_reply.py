"""What was not recorded of Qianfan v1's replies, from the fact sheet: moderation, lengths, failures, garbage."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.dialects.baidu import DIALECT
from addon.dialects.baidu_reply import opened, reason, usage
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed

READING = Composed(DIALECT, Target("https://aip.baidubce.com", "fake-ak|fake-sk", "ERNIE-4.0-8K"))


def frame(**fields: Any) -> bytes:
    known = {"id": "as-1", "created": 1, "sentence_id": 0, "is_end": False, "is_truncated": False, "result": "Hi"}
    return b"data: " + json.dumps(known | fields).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"finish_reason": "normal"}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "normal", "is_truncated": True}, "length"),
        ({"is_truncated": True}, "length"),
        ({}, "stop"),
        ({"need_clear_history": True, "ban_round": -1, "finish_reason": "stop"}, "content_filter"),
    ],
)
def test_end_has_a_reason(fields: dict[str, Any], wanted: str) -> None:
    body = frame() + frame(result="", is_end=True, **fields)
    assert oracle.our_stream(READING.streamed(body)).choices[0].finish == wanted
    whole = {"id": "as-1", "created": 1, "result": "Hi", **fields}
    assert oracle.our_reply(READING.whole(json.dumps(whole).encode())).choices[0].finish == wanted


def test_a_call_without_reason_ends_as_one() -> None:
    assert reason({"finish_reason": "function_call"}) == "tool_calls"
    called = {"id": "as-1", "created": 1, "result": "", "function_call": {"name": "now", "arguments": "{}"}}
    [call] = oracle.our_reply(READING.whole(json.dumps(called).encode())).choices[0].calls
    assert call.name == "now" and call.id.startswith("call_")


def test_total_is_counted_anew() -> None:
    counted = usage({"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 99})
    assert counted == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    assert usage(None) is None


def test_error_in_place_of_a_stream_is_a_fault() -> None:
    body = b'{"error_code":110,"error_msg":"Access token invalid or no longer valid"}'
    assert READING.fault(body).kind is FaultKind.BAD_KEY
    assert READING.fault_in_stream(frame() + b"data: " + body + b"\n\n").kind is FaultKind.BAD_KEY


def test_stream_without_its_last_frame_was_cut() -> None:
    assert READING.fault_in_stream(frame()).kind is FaultKind.CUT


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"id":"as-1"}'])
def test_garbage_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        READING.events(body)


def test_frame_is_an_object() -> None:
    with pytest.raises(ValueError, match="object"):
        opened(b"1")
