"""What only a reply of Tencent's needs: its letters, its stop sequences, its failures. Written from the fact sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.events import Failed, UsageReported
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.dialects.tencent import DIALECT
from addon.dialects.tencent_reply import StopText, StreamReader, in_small_letters, opened
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed
from tests.addon.dialects.native import chat
from tests.splits import same_at_every_split

TARGET = Target("https://hunyuan.tencentcloudapi.com", "AKIDfake|fake", "hunyuan-turbos-latest")


def frame(text: str, finish: str = "", **more: Any) -> bytes:
    choice = {"Index": 0, "Delta": {"Role": "assistant", "Content": text}, "FinishReason": finish}
    usage = {"PromptTokens": 3, "CompletionTokens": 4, "TotalTokens": 7}
    document = {"Note": "…", "Choices": [choice], "Created": 1714028801, "Id": "5c2e", "Usage": usage, **more}
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def test_letters_become_openais() -> None:
    assert in_small_letters({"FinishReason": "a", "ToolCalls": [{"Id": "I"}], "MessageURL": 1, "x_y": None}) == {
        "finish_reason": "a",
        "tool_calls": [{"id": "I"}],
        "message_url": 1,
        "x_y": None,
    }


def test_a_moderated_answer_ends_as_filtered() -> None:
    body = frame("Hi") + frame("", "sensitive", ModerationLevel="1")
    assert oracle.our_stream(Composed(DIALECT, TARGET).streamed(body)).choices[0].finish == "content_filter"


def test_a_failure_in_the_middle_is_told_with_what_it_cost() -> None:
    broken = frame("", ErrorMsg={"Msg": "engine timeout", "Code": 4001})
    fault = Composed(DIALECT, TARGET).fault_in_stream(frame("Hi") + broken)
    assert (fault.kind, fault.status, fault.message) == (FaultKind.SERVER_ERROR, 504, "engine timeout")
    reader = StreamReader(chat(stream=True), TARGET)
    [usage, failed] = reader.read(Frame(broken[5:]))
    assert isinstance(usage, UsageReported) and usage.usage.total == 7
    assert isinstance(failed, Failed)


def test_an_error_document_in_a_stream_is_a_fault() -> None:
    body = b'data: {"Response":{"Error":{"Code":"LimitExceeded","Message":"5 at once"},"RequestId":"x"}}\n\n'
    assert Composed(DIALECT, TARGET).fault_in_stream(body).kind is FaultKind.RATE_LIMITED


def test_a_stream_that_was_cut_is_not_whole() -> None:
    assert Composed(DIALECT, TARGET).fault_in_stream(frame("Hi")).kind is FaultKind.CUT


@pytest.mark.parametrize("data", [b"[]", b"3", b"{"])
def test_garbage_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        opened(data)


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        (["one END"], "one "),
        (["one E", "ND", ""], "one "),
        (["one E", "N", "D", " more"], "one "),
        (["one E", "lse"], "one Else"),
        (["one E"], "one E"),
        (["a##", "", "b"], "a##b"),
        (["a##", "#b"], "a"),
    ],
)
def test_stop_sequence_is_not_part_of_the_text(pieces: list[str], wanted: str) -> None:
    request = {"stop": ["END", "###"]}
    body = b"".join(frame(piece) for piece in pieces) + frame("", "stop")
    reading = Composed(DIALECT, TARGET, **request)
    [out] = same_at_every_split(reading.pipe, body, offsets=range(1, len(body), 97))
    assert oracle.our_stream(out).choices[0].text == wanted
    message = {"Role": "assistant", "Content": "".join(pieces)}
    whole = {"Response": {"RequestId": "r", "Created": 1, "Choices": [{"Message": message, "FinishReason": "stop"}]}}
    assert oracle.our_reply(reading.whole(json.dumps(whole).encode())).choices[0].text == wanted


def test_stop_text_looks_only_at_messages() -> None:
    cutter = StopText(("END",))
    cutter.cut(None, True)
    delta: dict[str, Any] = {"content": None}
    cutter.cut(delta, False)
    assert delta == {"content": ""}
