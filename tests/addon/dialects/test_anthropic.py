"""Anthropic's dialect as a whole: what was recorded comes out equal, however it was cut, and clients can read it.

Mid-stream errors, refusals, parallel calls, 429 and 529 were never recorded: tests/recordings/anthropic says from
which page each was written.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.canon.outbound import Target
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.dialects.anthropic import DIALECT
from tests.addon.dialects.native import Reading, Said, chat, read_by_openai, said_by, said_in
from tests.recordings import Recording, cases, recordings

TARGET = Target("https://api.anthropic.com", "sk-fake-anthropic", "claude-sonnet-4-5")
READING = Reading(DIALECT, TARGET)
REASONS = {
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "model_context_window_exceeded": "length",
}
"""Any other one is an end."""


def native(recording: Recording) -> bool:
    """Anthropic's recordings also hold its OpenAI endpoint, which is not this dialect."""
    return "/v1/messages" in recording.url


def plays_through(recording: Recording) -> bool:
    broken = not recording.streamed or "error" in recording.name or "cut" in recording.name
    failed = b'"type": "error"' in recording.body or b'"type":"error"' in recording.body
    return native(recording) and recording.status == 200 and not (recording.own and broken) and not failed


GOOD = [found for found in recordings(["anthropic"], ["chat", "chat-stream"]) if plays_through(found)]


def blocks_of(recording: Recording) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """An oracle that shares nothing with the dialect: content blocks, the delta with the stop reason, and usage."""
    if not recording.streamed:
        message = json.loads(recording.body)
        return message["content"], message, message["usage"]
    blocks: list[dict[str, Any]] = []
    usage: dict[str, Any] = {}
    ending: dict[str, Any] = {}
    for line in recording.body.decode().splitlines():
        if not line.startswith("data:"):
            continue
        event = json.loads(line[5:])
        if event["type"] == "message_start":
            usage |= event["message"]["usage"]
        elif event["type"] == "content_block_start":
            blocks.append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            for key, value in event["delta"].items():
                if key in ("text", "thinking", "signature", "partial_json"):
                    blocks[event["index"]][key] = blocks[event["index"]].get(key, "") + value
        elif event["type"] == "message_delta":
            usage |= {name: count for name, count in (event["usage"] or {}).items() if count is not None}
            ending = event["delta"]
    for block in blocks:
        if block.get("partial_json"):
            block["input"] = json.loads(block["partial_json"])
    return blocks, ending, usage


def expected(recording: Recording) -> Said:
    blocks, ending, usage = blocks_of(recording)
    prompt = sum(usage.get(name) or 0 for name in PROMPT)
    numbers = {
        "prompt": prompt,
        "completion": usage["output_tokens"],
        "total": prompt + usage["output_tokens"],
        "cached": usage.get("cache_read_input_tokens") or 0,
        "written": usage.get("cache_creation_input_tokens") or 0,
        "reasoning": (usage.get("output_tokens_details") or {}).get("thinking_tokens", 0),
    }
    return Said(
        text="".join(block["text"] for block in blocks if block["type"] == "text"),
        reasoning="".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
        refusal=(ending.get("stop_details") or {}).get("explanation", ""),
        calls=[(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"],
        details=[
            {"type": f"anthropic.{block['type']}", "index": index}
            | {key: block[key] for key in ("thinking", "signature", "data") if key in block}
            for index, block in enumerate(block for block in blocks if "thinking" in block["type"])
        ],
        finish=REASONS.get(ending["stop_reason"], "stop"),
        usage={name: number for name, number in numbers.items() if number},
    )


PROMPT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


@pytest.mark.parametrize("recording", cases(["anthropic"], ["chat", "chat-stream"]))
def test_a_recorded_reply_comes_out_equal(recording: Recording) -> None:
    if recording not in GOOD:
        assert recording.own or recording.status != 200 or not native(recording) or b"error" in recording.body
        return
    if recording.streamed:
        assert said_in(READING.streamed(recording.body)) == expected(recording)
    else:
        assert said_by(READING.whole(recording.body)) == expected(recording)


@pytest.mark.parametrize("recording", [pytest.param(one, id=one.id) for one in GOOD if one.streamed])
def test_a_recorded_stream_is_the_same_at_every_cut(recording: Recording) -> None:
    assert said_in(READING.split(recording)) == expected(recording)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_openai_client_reads_every_reply(streamed: bool) -> None:
    kind = [one for one in GOOD if one.streamed is streamed]
    bodies = [READING.streamed(one.body) if streamed else READING.whole(one.body) for one in kind]
    for recording, read in zip(kind, read_by_openai(streamed, bodies), strict=True):
        said = expected(recording)
        assert (read.text, read.calls, read.finish) == (said.text, said.calls, said.finish), recording.id
        assert read.usage["total"] == said.usage["total"], recording.id


def stream_of(name: str) -> tuple[bytes, Any]:
    [recording] = [one for one in recordings(["anthropic"], ["chat-stream"]) if one.name == f"chat-stream.{name}"]
    pipe = READING.pipe()
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    return out, pipe.fault


def test_an_error_before_any_text_shows_nothing_and_is_a_fault() -> None:
    out, fault = stream_of("error-before-any-text")
    assert out == b""
    assert (fault.kind, fault.status, fault.code) == (FaultKind.OVERLOADED, 503, "overloaded")


def test_an_error_after_some_text_ends_the_stream_with_it() -> None:
    out, fault = stream_of("error-after-some-text")
    assert b'"Hel"' in out and b'"error"' in out
    assert fault.message == "Overloaded"


def test_a_cut_stream_does_not_look_complete() -> None:
    out, fault = stream_of("cut-after-some-text")
    assert fault.kind is FaultKind.CUT
    assert b'"finish_reason":"stop"' not in out


@pytest.mark.parametrize(
    ("name", "kind", "status", "code", "retry_after"),
    [
        ("rate-limited", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded", 21),
        ("overloaded", FaultKind.OVERLOADED, 503, "overloaded", None),
        ("low-balance", FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota", None),
    ],
)
def test_an_error_reply_is_a_fault(
    name: str, kind: FaultKind, status: int, code: str, retry_after: float | None
) -> None:
    [recording] = [one for one in recordings(["anthropic"], ["chat"]) if one.name == f"chat.{name}"]
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert (fault.kind, fault.status, fault.code, fault.retry_after) == (kind, status, code, retry_after)
    assert fault.message == json.loads(recording.body)["error"]["message"]


@pytest.mark.parametrize("recording", cases(["anthropic"], ["chat", "chat-stream"]))
def test_a_recorded_error_keeps_its_message(recording: Recording) -> None:
    if recording.status == 200:
        return
    fault = DIALECT.read_error(recording.status, recording.headers, recording.body)
    assert fault.message == json.loads(recording.body)["error"]["message"]


def test_changed_tool_names_come_back_as_the_client_knows_them() -> None:
    tool = {"type": "function", "function": {"name": "get.weather"}}
    reading = Reading(DIALECT, TARGET, chat(tools=[tool]))
    [sent] = json.loads(DIALECT.codecs[Endpoint.CHAT].build(reading.request, TARGET).body)["tools"]
    block = {"type": "tool_use", "id": "toolu_1", "name": sent["name"], "input": {}}
    body = json.dumps({"content": [block], "stop_reason": "tool_use"}).encode()
    assert sent["name"] == "get_weather"
    assert said_by(reading.whole(body)).calls == [("get.weather", {})]
    assert reading.codec.reader is not None
    assert reading.codec.reader(reading.request, TARGET)


def test_the_dialect_is_in_the_table() -> None:
    assert DIALECTS["anthropic"] is DIALECT
    assert set(DIALECT.codecs) == {Endpoint.CHAT}
