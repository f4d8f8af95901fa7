"""The table of what we play, and how each of them says no. Knows no sockets."""

from __future__ import annotations

from typing import Any, Protocol

from scripts.fake_provider import anthropic, coze, gemini, openai
from scripts.fake_provider.answer import Answer, Headers, document, sse
from scripts.fake_provider.asked import Asked, Said, say


class Player(Protocol):
    """What each of the modules beside this one offers."""

    def answer(self, asked: Asked, said: Said) -> Answer: ...

    def error(self, asked: Asked, status: int, message: str) -> dict[str, Any]: ...


PLAYERS: dict[str, Player] = {
    "openai": openai,
    "azure": openai,
    "anthropic": anthropic,
    "gemini": gemini,
    "coze": coze,
    "coze-v2": coze,
}


def answer(asked: Asked) -> Answer:
    return PLAYERS[asked.dialect].answer(asked, say(asked))


def refuse(asked: Asked, status: int, message: str, headers: Headers = ()) -> Answer:
    """Coze says no with a 200, unless the caller asks for a status that no front door would hide."""
    return document(PLAYERS[asked.dialect].error(asked, status, message), status, headers)


def error_event(asked: Asked, message: str) -> bytes:
    """An error in the middle of a stream that began with 200."""
    if asked.dialect.startswith("coze"):
        return coze.error_event(asked, message)
    value = PLAYERS[asked.dialect].error(asked, 529 if asked.dialect == "anthropic" else 500, message)
    return sse(value, event="error" if asked.dialect == "anthropic" else "")
