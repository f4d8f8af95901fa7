"""The calls that a Coze bot wants made by its caller (client-side plugins), and their results.

A chat that waits for results is named by its own and its conversation's id. Clients keep neither: both are written into
the ids of the calls, which come back with the results. Facts: coze.com/docs/developer_guides/chat_submit_tool_outputs.
Must not know turns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from addon.canon.dialogue import RESULT_ROLES
from addon.canon.events import Event, ToolArguments, ToolCallStarted
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest

Json = Mapping[str, Any]
CALL = re.compile(r"coze_(?P<conversation>\d+)_(?P<chat>\d+)_(?P<call>.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Results:
    """What a waiting chat is told: (its id of the call, the result) for each."""

    conversation: str
    chat: str
    outputs: tuple[tuple[str, str], ...]


def calls(chat: Json) -> Iterator[Event]:
    """The calls in a chat that requires action; questions of a workflow are none."""
    outputs = (chat.get("required_action") or {}).get("submit_tool_outputs") or {}
    wanted = [call for call in outputs.get("tool_calls") or () if call.get("function")]
    for index, call in enumerate(wanted):
        name = f"coze_{chat.get('conversation_id')}_{chat.get('id')}_{call.get('id')}"
        yield ToolCallStarted(index, name, call["function"]["name"])
        yield ToolArguments(index, call["function"].get("arguments") or "{}")


def results(request: ChatRequest) -> Results | None:
    """The results at the end of a conversation, if one chat waits for all of them."""
    answers: list[tuple[re.Match[str], str]] = []
    for message in reversed(request.messages):
        if message.role not in RESULT_ROLES:
            break
        found = CALL.fullmatch(message.tool_call_id)
        if found is None:
            return None
        answers.insert(0, (found, message.text))
    chats = {(found["conversation"], found["chat"]) for found, _ in answers}
    if len(chats) != 1:
        return None
    [(conversation, chat)] = chats
    return Results(conversation, chat, tuple((found["call"], text) for found, text in answers))


def outbound(target: Target, told: Results) -> Outbound:
    """The results; the chat goes on with a stream."""
    query = urlencode({"conversation_id": told.conversation, "chat_id": told.chat})
    outputs = [{"tool_call_id": call, "output": text} for call, text in told.outputs]
    return Outbound(
        method="POST",
        url=f"{target.base_url}/v3/chat/submit_tool_outputs?{query}",
        headers=(("content-type", "application/json"), ("accept", "text/event-stream")),
        body=json.dumps({"tool_outputs": outputs, "stream": True}, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )
