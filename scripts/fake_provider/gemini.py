"""The built-in replies of Gemini's generateContent family. Knows no sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scripts.fake_provider.answer import Answer, document, sse, stream
from scripts.fake_provider.asked import Asked, Said
from scripts.fake_provider.openai import vector


def answer(asked: Asked, said: Said) -> Answer:
    match asked.kind:
        case "chat" if asked.stream and "alt=sse" in asked.body.get("_query", ""):
            return stream(sse(event).replace(b"\n", b"\r\n") for event in _events(asked, said))
        case "chat" if asked.stream:
            return stream(_array(list(_events(asked, said))), content_type="application/json")
        case "chat":
            return document(_reply(asked, said, _parts(said), "STOP"))
        case "embeddings":
            return document(_embeddings(asked))
        case _:
            methods = ["generateContent", "countTokens"]
            named = {"name": "models/gemini-2.5-flash", "displayName": "Fake", "supportedGenerationMethods": methods}
            return document({"models": [named]})


def error(asked: Asked, status: int, message: str) -> dict[str, Any]:
    words = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
    return {"error": {"code": status, "message": message, "status": words.get(status, "INTERNAL")}}


def _parts(said: Said) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if said.reasoning:
        parts.append({"text": "".join(said.reasoning), "thought": True})
    if said.tokens:
        parts.append({"text": said.text})
    if said.tool:
        call = {"name": said.tool, "args": json.loads("".join(said.arguments))}
        parts.append({"functionCall": call, "thoughtSignature": "ZmFrZQ=="})
    return parts


def _reply(asked: Asked, said: Said, parts: list[dict[str, Any]], finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    answered = len(said.tokens) + len(said.arguments)
    usage = {
        "promptTokenCount": said.prompt_tokens,
        "candidatesTokenCount": answered,
        "totalTokenCount": said.prompt_tokens + said.completion_tokens,
        **({"thoughtsTokenCount": len(said.reasoning)} if said.reasoning else {}),
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": asked.model, "responseId": "fake"}


def _events(asked: Asked, said: Said) -> Iterator[dict[str, Any]]:
    for piece in said.reasoning:
        yield _reply(asked, said, [{"text": piece, "thought": True}], None)
    for piece in said.tokens:
        yield _reply(asked, said, [{"text": piece}], None)
    last = [part for part in _parts(said) if "functionCall" in part] or [{"text": ""}]
    yield _reply(asked, said, last, "STOP")


def _array(events: list[dict[str, Any]]) -> Iterator[bytes]:
    """Without alt=sse the stream is one JSON array, element by element."""
    for number, event in enumerate(events):
        yield (b"[" if number == 0 else b",\r\n") + json.dumps(event, indent=2).encode()
    yield b"]\n"


def _embeddings(asked: Asked) -> dict[str, Any]:
    if "requests" in asked.body:
        return {"embeddings": [{"values": vector(one.get("content"))} for one in asked.body["requests"]]}
    return {"embedding": {"values": vector(asked.body.get("content"))}}
