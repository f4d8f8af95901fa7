"""The built-in replies of Coze: v3 (events) and v2 (old bots). Knows no sockets.

A v3 chat without a stream is a task: the reply says in_progress, and the client asks /v3/chat/retrieve and
/v3/chat/message/list for the rest. What was said is carried in the chat id, so that this stays a pure function.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from scripts.fake_provider.answer import Answer, document, sse, stream
from scripts.fake_provider.asked import Asked, Said


def answer(asked: Asked, said: Said) -> Answer:
    if asked.dialect == "coze-v2":
        return stream(_old_events(said)) if asked.stream else document(_old_reply(said))
    match asked.kind:
        case "chat" if asked.stream:
            return stream(_events(asked, said))
        case "chat":
            chat_id = base64.urlsafe_b64encode(said.text.encode()).decode()
            return document({"code": 0, "msg": "", "data": _chat(asked, said, "in_progress", chat_id)})
        case "retrieve":
            return document({"code": 0, "msg": "", "data": _chat(asked, said, "completed", _chat_id(asked))})
        case _:
            text = base64.urlsafe_b64decode(_chat_id(asked)).decode()
            return document({"code": 0, "msg": "", "data": [_message(asked, text, "answer")]})


def error(asked: Asked, status: int, message: str) -> dict[str, Any]:
    return {"code": 4100 if status == 401 else status * 10, "msg": message}


def error_event(asked: Asked, message: str) -> bytes:
    if asked.dialect == "coze-v2":
        return sse({"event": "error", "error_information": {"err_code": 702, "err_msg": message}}, space="")
    return sse({"code": 5000, "msg": message}, event="error", space="")


def _chat_id(asked: Asked) -> str:
    return parse_qs(str(asked.body["_query"])).get("chat_id", [""])[0]


def _chat(asked: Asked, said: Said, status: str, chat_id: str = "fake-chat") -> dict[str, Any]:
    done = status == "completed"
    usage = {"token_count": 0, "output_count": 0, "input_count": 0}
    if done:
        output, given = said.completion_tokens, said.prompt_tokens
        usage = {"token_count": output + given, "output_count": output, "input_count": given}
    known = {"id": chat_id, "conversation_id": "fake-conversation", "bot_id": asked.model}
    return {**known, "status": status, "last_error": {"code": 0, "msg": ""}, "usage": usage}


def _message(asked: Asked, text: str, kind: str) -> dict[str, Any]:
    known = {
        "id": "fake-message",
        "conversation_id": "fake-conversation",
        "chat_id": "fake-chat",
        "bot_id": asked.model,
    }
    return {**known, "role": "assistant", "type": kind, "content": text, "content_type": "text"}


def _events(asked: Asked, said: Said) -> Iterator[bytes]:
    yield sse(_chat(asked, said, "created"), event="conversation.chat.created", space="")
    yield sse(_chat(asked, said, "in_progress"), event="conversation.chat.in_progress", space="")
    for piece in said.reasoning:
        thought = {**_message(asked, "", "answer"), "reasoning_content": piece}
        yield sse(thought, event="conversation.message.delta", space="")
    for piece in said.tokens:
        yield sse(_message(asked, piece, "answer"), event="conversation.message.delta", space="")
    yield sse(_message(asked, said.text, "answer"), event="conversation.message.completed", space="")
    yield sse(_message(asked, "And what else?", "follow_up"), event="conversation.message.completed", space="")
    yield sse(_chat(asked, said, "completed"), event="conversation.chat.completed", space="")
    yield sse('"[DONE]"', event="done", space="")


def _old_message(text: str, kind: str = "answer") -> dict[str, Any]:
    return {"role": "assistant", "type": kind, "content": text, "content_type": "text"}


def _old_reply(said: Said) -> dict[str, Any]:
    messages = [_old_message("{}", "verbose"), _old_message(said.text), _old_message("And what else?", "follow_up")]
    return {"conversation_id": "fake-conversation", "code": 0, "msg": "success", "messages": messages}


def _old_events(said: Said) -> Iterator[bytes]:
    known = {"event": "message", "index": 0, "conversation_id": "fake-conversation"}
    for number, piece in enumerate(said.tokens):
        last = number == len(said.tokens) - 1
        yield sse({**known, "message": _old_message(piece), "is_finish": last}, space="")
    yield sse({"event": "done"}, space="")
