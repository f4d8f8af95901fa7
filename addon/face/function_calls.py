"""Small facts about calls that both the streamed and the whole reply need. Must not know providers."""

from __future__ import annotations

from addon.canon.request import ChatRequest


def speaks_functions(request: ChatRequest) -> bool:
    """The client uses the old `functions`: it expects `function_call` back, which holds one call, and no tool calls."""
    return bool(request.body.get("functions")) and not request.body.get("tools")


def call_id(reply_id: str, choice: int, index: int) -> str:
    """An id for a call whose provider gave none; the same in each run, different in each reply."""
    return f"call_{reply_id.removeprefix('chatcmpl-')}_{choice}_{index}"
