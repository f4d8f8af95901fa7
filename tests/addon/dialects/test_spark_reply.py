"""Spark's replies, as its documentation shows them: what is odd is put right, and a code is a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.dialects.spark import DIALECT
from addon.dialects.spark_reply import StreamReader
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.composed import Composed, assert_same
from tests.addon.dialects.native import chat, read_by_openai
from tests.recordings import Recording, recordings

TARGET = Target("https://spark-api-open.xf-yun.com", "fake-password", "4.0Ultra")
READING = Composed(DIALECT, TARGET)
GOOD = [one for one in recordings(["xunfei"], ["chat", "chat-stream"]) if "error" not in one.document["features"]]


def expected(recording: Recording) -> oracle.Told:
    """An oracle that shares nothing with the dialect."""
    told = oracle.Told()
    known = told.choice(0)
    texts = oracle.data_lines(recording.body) if recording.streamed else [recording.body.decode()]
    for frame in (json.loads(text) for text in texts if text != "[DONE]"):
        told.note_usage(frame.get("usage"))
        for choice in frame["choices"]:
            said = choice.get("delta") or choice["message"]
            known.text += said["content"]
            known.reasoning += said.get("reasoning_content", "")
            if one := said.get("tool_calls"):
                known.calls.append(oracle.Call(one.get("id", ""), **one["function"]))
    known.finish = "tool_calls" if known.calls else "stop"
    return told


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD])
def test_a_documented_reply_comes_out_equal(recording: Recording) -> None:
    assert_same(READING.told(recording), expected(recording))
    if recording.streamed:
        assert_same(READING.told_at_every_cut(recording), expected(recording))


@pytest.mark.parametrize("streamed", [True, False])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    found = [one for one in GOOD if one.streamed == streamed]
    outputs = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in found]
    for recording, said in zip(found, read_by_openai(streamed, outputs), strict=True):
        wanted = expected(recording).choices[0]
        assert (said.text, said.finish) == (wanted.text, wanted.finish)
        assert [name for name, _ in said.calls] == [one.name for one in wanted.calls]


def test_a_code_is_a_fault_whatever_stands_beside() -> None:
    fault = READING.fault(b'{"code":11200,"message":"AppIdNoAuthError:(0x0001)","sid":"cha2"}')
    assert (fault.kind, fault.status, fault.code) == (FaultKind.FORBIDDEN, 403, "11200")
    fault = READING.fault(b'{"code":10013,"message":"refused","choices":[{"message":{"content":"x"}}]}')
    assert fault.kind is FaultKind.CONTENT_FILTER


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10003, FaultKind.BAD_REQUEST),
        (10007, FaultKind.RATE_LIMITED),
        (10008, FaultKind.OVERLOADED),
        (10012, FaultKind.SERVER_ERROR),
        (10014, FaultKind.CONTENT_FILTER),
        (10016, FaultKind.FORBIDDEN),
        (11201, FaultKind.OUT_OF_BALANCE),
        (11202, FaultKind.RATE_LIMITED),
        ("10110", FaultKind.OVERLOADED),
    ],
)
def test_what_a_code_means(code: Any, kind: FaultKind) -> None:
    assert READING.fault(json.dumps({"header": {"code": code, "message": "x"}}).encode()).kind is kind


def test_an_output_that_is_refused_midway_ends_the_stream() -> None:
    [recording] = [one for one in recordings(["xunfei"], ["chat-stream"]) if "refused" in one.name]
    fault = READING.fault_in_stream(recording.body)
    assert (fault.kind, fault.code) == (FaultKind.CONTENT_FILTER, "10014")


def test_what_is_no_document_is_the_readers_business() -> None:
    reader = StreamReader(chat(stream=True), TARGET)
    for garbage in (b"[1]", b"{"):
        with pytest.raises(ValueError):
            list(reader.read(Frame(garbage)))
    assert list(reader.close()) == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"error":{"message":"HMAC secret key does not match"}}', FaultKind.BAD_KEY),
        (400, b'{"code":10907,"message":"too many tokens","sid":"x"}', FaultKind.BAD_REQUEST),
        (
            500,
            b'{"error":{"message":"invalid user","type":"api_error","param":null,"code":null}}',
            FaultKind.SERVER_ERROR,
        ),
    ],
)
def test_an_error_with_a_status(status: int, body: bytes, kind: FaultKind) -> None:
    assert DIALECT.read_error(status, {}, body).kind is kind
