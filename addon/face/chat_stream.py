"""Streamed chat replies: events to `chat.completion.chunk` objects.

Must not know providers. The order is OpenAI's: role, content, finish per choice, usage, `[DONE]`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from addon.canon.events import (
    Finished,
    ImageMade,
    Opaque,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
)
from addon.canon.request import ChatRequest
from addon.face.function_calls import call_id, speaks_functions
from addon.face.images import image_document
from addon.face.stream_encoder import Delta, Ids, Spoken, StreamEncoder


def _choice(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


class ChatStreamEncoder(StreamEncoder):
    """One streamed chat reply."""

    OBJECT: ClassVar[str] = "chat.completion.chunk"

    def __init__(self, request: ChatRequest, ids: Ids) -> None:
        super().__init__(ids, request.include_usage)
        self._functions = speaks_functions(request)

    def _opening(self, choice: int) -> dict[str, Any]:
        return _choice(choice, {"role": "assistant", "content": ""})

    def _empty(self, choice: int) -> dict[str, Any]:
        return _choice(choice, {})

    def _choices(self, event: Spoken) -> list[dict[str, Any]]:
        if isinstance(event, Finished):
            return [_choice(event.choice, {}, self._reason(event))]
        delta = self._delta(event)
        return [_choice(event.choice, delta)] if delta else []

    def _reason(self, event: Finished) -> str:
        return "function_call" if self._functions and event.reason == "tool_calls" else event.reason

    def _delta(self, event: Delta) -> dict[str, Any]:
        """The delta of one event; empty if there is nothing to say."""
        match event:
            case TextDelta():
                return {"content": event.text} if event.text else {}
            case ReasoningDelta():
                return {"reasoning_content": event.text} if event.text else {}
            case RefusalDelta():
                return {"refusal": event.text} if event.text else {}
            case Opaque():
                return {"reasoning_details": [event.detail]}
            case ImageMade():
                return {"images": [image_document(event)]}
            case ToolCallStarted():
                return self._call(event)
            case ToolArguments():
                return self._arguments(event)

    def _call(self, event: ToolCallStarted) -> dict[str, Any]:
        if self._functions:
            return {} if event.index else {"function_call": {"name": event.name, "arguments": ""}}
        call: dict[str, Any] = {
            "index": event.index,
            "id": event.id or call_id(self._ids.id, event.choice, event.index),
            "type": "function",
            "function": {"name": event.name, "arguments": ""},
        }
        if event.extra:
            call["extra_content"] = event.extra
        return {"tool_calls": [call]}

    def _arguments(self, event: ToolArguments) -> dict[str, Any]:
        if not event.text:
            return {}
        if self._functions:
            return {} if event.index else {"function_call": {"arguments": event.text}}
        return {"tool_calls": [{"index": event.index, "function": {"arguments": event.text}}]}
