"""Coze's old API (`/open_api/v2/chat`), for bots that were published before v3. Text only, no usage.

Composed by `coze`, which decides by the channel's configuration. Must not know v3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Ended, Event, Failed, Finished, TextDelta
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest
from addon.dialects.coze_fault import fault_of
from addon.dialects.coze_messages import Turn, bot_id, text_only, turns, user_id

Json = dict[str, Any]


def build(request: ChatRequest, target: Target) -> Outbound:
    """The last turn is the query, those before it the history."""
    *history, last = text_only(turns(request, target))
    document = {
        "bot_id": bot_id(target),
        "user": user_id(request, target),
        "query": last.text,
        "chat_history": [_past(turn) for turn in history],
        "stream": True,
    }
    return Outbound(
        method="POST",
        url=f"{target.base_url}/open_api/v2/chat",
        headers=(("content-type", "application/json"), ("accept", "text/event-stream")),
        body=json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def _past(turn: Turn) -> Json:
    kind = {"type": "answer"} if turn.role == "assistant" else {}
    return {"role": turn.role, **kind, "content": turn.text, "content_type": "text"}


def read_document(document: Json) -> Iterator[Event]:
    """A whole reply: its first answer."""
    answers = [message for message in document.get("messages") or () if message.get("type") == "answer"]
    if not answers:
        raise ValueError("a reply without an answer")
    yield TextDelta(answers[0].get("content") or "")
    yield Finished("stop")


class StreamReader:
    """One streamed answer: frames without names, whose documents say what they are."""

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        match document.get("event"):
            case "message":
                message = document.get("message") or {}
                if message.get("type") == "answer" and message.get("content"):
                    yield TextDelta(message["content"])
            case "done":
                yield Finished("stop")
                yield Ended()
            case "error":
                yield Failed(fault_of(document))
            case _ if document.get("code"):
                yield Failed(fault_of(document))

    def close(self) -> Iterable[Event]:
        return ()
