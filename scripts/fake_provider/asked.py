"""What a request asks for, in whatever dialect, and what we say to it. Knows no sockets and no answers' shapes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the built-in replies need it. `model` is a bot id for Coze, a deployment for Azure."""

    dialect: str
    kind: str
    model: str
    stream: bool
    prompt: str
    tools: tuple[str, ...]
    body: Json


@dataclass(frozen=True, slots=True)
class Said:
    """What the fake says: text token by token, perhaps reasoning before it, or a call of the first tool offered."""

    tokens: tuple[str, ...]
    prompt_tokens: int
    reasoning: tuple[str, ...] = ()
    tool: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    @property
    def completion_tokens(self) -> int:
        return len(self.tokens) + len(self.reasoning) + len(self.arguments)


ROUTES: tuple[tuple[str, str, str], ...] = (
    (r"/openai/deployments/(?P<model>[^/]+)/chat/completions", "azure", "chat"),
    (r"/openai/deployments/(?P<model>[^/]+)/completions", "azure", "completions"),
    (r"/openai/deployments/(?P<model>[^/]+)/embeddings", "azure", "embeddings"),
    (r"/openai/v1/chat/completions", "azure", "chat"),
    (r"/openai/v1/completions", "azure", "completions"),
    (r"/openai/v1/embeddings", "azure", "embeddings"),
    (r"/openai/(deployments/(?P<model>[^/]+)|v1)/images/(generations|edits)", "azure", "images"),
    (r"/openai/(deployments/(?P<model>[^/]+)|v1)/audio/speech", "azure", "speech"),
    (r"/openai/(deployments/(?P<model>[^/]+)|v1)/audio/transcriptions", "azure", "transcriptions"),
    (r"/openai/(deployments/(?P<model>[^/]+)|v1)/audio/translations", "azure", "translations"),
    (r"/openai/(v1/)?models", "azure", "models"),
    (r"/v1beta/openai/chat/completions", "openai", "chat"),
    (r"/v1(beta)?/models/(?P<model>[^/:]+):generateContent", "gemini", "chat"),
    (r"/v1(beta)?/models/(?P<model>[^/:]+):streamGenerateContent", "gemini", "chat-stream"),
    (r"/v1(beta)?/models/(?P<model>[^/:]+):(batchEmbedContents|embedContent)", "gemini", "embeddings"),
    (r"/v1beta/models", "gemini", "models"),
    (r"/v1/messages", "anthropic", "chat"),
    (r"/v3/chat", "coze", "chat"),
    (r"/v3/chat/retrieve", "coze", "retrieve"),
    (r"/v3/chat/message/list", "coze", "messages"),
    (r"/open_api/v2/chat", "coze-v2", "chat"),
    # Whatever stands before: providers put the OpenAI dialect under /api, /compatible-mode, /openai ..
    (r".*/chat/completions", "openai", "chat"),
    (r".*/completions", "openai", "completions"),
    (r".*/embeddings", "openai", "embeddings"),
    (r".*/images/(generations|edits|variations)", "openai", "images"),
    (r".*/audio/speech", "openai", "speech"),
    (r".*/audio/transcriptions", "openai", "transcriptions"),
    (r".*/audio/translations", "openai", "translations"),
    (r".*/moderations", "openai", "moderations"),
    (r".*/rerank", "openai", "rerank"),
    (r".*/models", "openai", "models"),
)


def read(path: str, query: str, body: Json) -> Asked | None:
    """None: no provider we play has such a path."""
    for pattern, dialect, kind in ROUTES:
        if found := re.fullmatch(pattern, path):
            named = found.groupdict().get("model") or ""
            return Asked(
                dialect=dialect,
                kind=kind.removesuffix("-stream"),
                model=named or _model_in(body),
                stream=kind.endswith("-stream") or _member(body, "stream") in (True, "true"),
                prompt=_prompt_in(body),
                tools=_tools_in(body),
                body={"_query": query, **body} if isinstance(body, dict) else {"_query": query},
            )
    return None


def say(asked: Asked) -> Said:
    """A friendly echo. Prompt tokens are the prompt's words, completion tokens the pieces that are streamed."""
    words = len(asked.prompt.split()) or 1
    text = f"You said: {asked.prompt or '(nothing)'} - this is the fake provider, playing {asked.dialect}."
    tokens = tuple(re.findall(r"\s*\S+", text))
    if asked.model.startswith("fake-tool") and asked.tools:
        return Said((), words, tool=asked.tools[0], arguments=('{"question"', ": ", json.dumps(asked.prompt), "}"))
    if asked.model.startswith("fake-reasoning"):
        return Said(tokens, words, reasoning=("They ", "said ", "something."))
    return Said(tokens, words)


def _member(body: Json, name: str) -> Json:
    return body.get(name) if isinstance(body, dict) else None


def _model_in(body: Json) -> str:
    return str(_member(body, "model") or _member(body, "bot_id") or "").removeprefix("models/")


def _prompt_in(body: Json) -> str:
    """The last thing a person said, wherever this dialect puts it."""
    for name in ("messages", "contents", "additional_messages"):
        turns = _member(body, name)
        if isinstance(turns, list) and turns:
            return _text(turns[-1])
    for name in ("query", "prompt", "input"):
        if value := _member(body, name):
            return _text(value)
    return ""


def _text(value: Json) -> str:
    match value:
        case str():
            return value
        case list():
            return " ".join(part for part in map(_text, value) if part)
        case dict():
            inner = value.get("content", value.get("parts", value.get("text", "")))
            return _text(inner) or ("(picture)" if "image" in str(value.get("type", "")) else "")
        case _:
            return ""


def _tools_in(body: Json) -> tuple[str, ...]:
    found: list[str] = []
    tools = _member(body, "tools")
    for tool in tools if isinstance(tools, list) else []:
        declared = tool.get("functionDeclarations") or tool.get("function_declarations") or [tool.get("function", tool)]
        found += [str(one["name"]) for one in declared if "name" in one]
    return tuple(found)
