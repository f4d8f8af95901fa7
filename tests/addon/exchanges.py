"""Exchanges in the middle of things: what an Anthropic channel answers, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

from addon.attempts import Steps, Terms, attempts
from addon.canon.request import ChatRequest
from addon.dialects import DIALECTS
from addon.exchange import Exchange
from addon.plan import Candidate, Means, candidate
from addon.translation import Reply
from tests.builders import caller, channel, chat, snapshot

JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream; charset=utf-8"}
MEANS = Means(DIALECTS, {})
TERMS = Terms(retries=2, id="r1", now=1_800_000_000, prompt_estimate=9)


def reply(status: int = 200, document: Any = None, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, headers or JSON, json.dumps(document).encode())


def said(text: str = "hello", usage: dict[str, int] | None = None) -> dict[str, Any]:
    """A whole Messages reply."""
    counted = {"input_tokens": 5, "output_tokens": 2} if usage is None else usage
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": text}],
        "usage": counted,
    }


def event(document: dict[str, Any]) -> bytes:
    return f"event: {document['type']}\ndata: {json.dumps(document)}\n\n".encode()


def streamed(text: str = "hello", end: bool = True) -> list[bytes]:
    """The events of a streamed Messages reply."""
    events = [
        {
            "type": "message_start",
            "message": {"id": "msg_1", "model": "claude-x", "usage": {"input_tokens": 5, "output_tokens": 1}},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
    ]
    if end:
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        ]
    return [event(one) for one in events]


def candidates(count: int = 1, kind: int = 14, **fields: Any) -> tuple[Candidate, ...]:
    made = []
    for number in range(1, count + 1):
        one = channel(id=number, type=kind, name=f"channel {number}", models=("claude-x",), **fields)
        found = candidate(snapshot(channels=[one]), caller(), one, chat().endpoint, "claude-x", MEANS, TERMS.now)
        assert found is not None
        made.append(found)
    return tuple(made)


def steps(request: ChatRequest | None = None, count: int = 1, retries: int = 2) -> Steps:
    return attempts(request or chat(model="claude-x"), candidates(count), Terms(retries, "r1", TERMS.now, 9))


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def exchange(request: ChatRequest | None = None, count: int = 1, retries: int = 2) -> tuple[Exchange, Clock]:
    request, clock = request or chat(model="claude-x"), Clock()
    made = Exchange(
        id="r1",
        caller=caller(),
        request=request,
        steps=steps(request, count, retries),
        prompt_estimate=9,
        created_at=TERMS.now,
        began=clock.now,
        clock=clock,
    )
    made.start()
    return made, clock
