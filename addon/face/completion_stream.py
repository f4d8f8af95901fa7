"""Streamed replies of the old completions endpoint: events to `text_completion` chunks.

Must not know providers. Reasoning and calls have no place in this format and are left out.
"""

from __future__ import annotations

from typing import Any, ClassVar

from addon.canon.events import Finished, RefusalDelta, TextDelta
from addon.canon.request import CompletionRequest
from addon.face.stream_encoder import Ids, Spoken, StreamEncoder


def _choice(index: int, text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish_reason}


class CompletionStreamEncoder(StreamEncoder):
    """One streamed completion."""

    OBJECT: ClassVar[str] = "text_completion"

    def __init__(self, request: CompletionRequest, ids: Ids) -> None:
        super().__init__(ids, request.include_usage)

    def _opening(self, choice: int) -> None:
        return None

    def _empty(self, choice: int) -> dict[str, Any]:
        return _choice(choice, "")

    def _choices(self, event: Spoken) -> list[dict[str, Any]]:
        match event:
            case TextDelta() | RefusalDelta():
                return [_choice(event.choice, event.text)] if event.text else []
            case Finished():
                reason = "stop" if event.reason in ("tool_calls", "function_call") else event.reason
                return [_choice(event.choice, "", reason)]
            case _:
                return []
