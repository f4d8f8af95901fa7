"""The built-in replies of OpenAI, of those who speak its dialect, and of Azure, which bends it. Knows no sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.fake_provider import media
from scripts.fake_provider.answer import Answer, document, sse, stream
from scripts.fake_provider.asked import Asked, Said

CREATED = 1_700_000_000
MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo", "text-embedding-3-small")


def answer(asked: Asked, said: Said) -> Answer:
    match asked.kind:
        case "chat" if asked.stream:
            return stream(_chat_events(asked, said))
        case "chat":
            return document(_chat(asked, said))
        case "completions" if asked.stream:
            return stream(_completion_events(asked, said))
        case "completions":
            return document(_completion(asked, {"text": said.text, "finish_reason": "stop"}, usage=_usage(said)))
        case "embeddings":
            return document(_embeddings(asked, said))
        case kind if kind in media.KINDS:
            return media.answer(asked, said)
        case _:
            listed = [{"id": m, "object": "model", "created": CREATED, "owned_by": "fake"} for m in MODELS]
            return document({"object": "list", "data": listed})


def error(asked: Asked, status: int, message: str) -> dict[str, Any]:
    if asked.dialect == "azure":
        return {"error": {"code": str(status), "message": message}}
    kinds = {401: "invalid_request_error", 429: "insufficient_quota", 400: "invalid_request_error"}
    return {
        "error": {
            "message": message,
            "type": kinds.get(status, "server_error"),
            "param": None,
            "code": "invalid_api_key" if status == 401 else None,
        }
    }


def _usage(said: Said) -> dict[str, Any]:
    return {
        "prompt_tokens": said.prompt_tokens,
        "completion_tokens": said.completion_tokens,
        "total_tokens": said.prompt_tokens + said.completion_tokens,
    }


def _chat(asked: Asked, said: Said) -> dict[str, Any]:
    thought = {"reasoning_content": "".join(said.reasoning)} if said.reasoning else {}
    message: dict[str, Any] = {"role": "assistant", **thought, "content": said.text or None}
    if said.tool:
        call = {"name": said.tool, "arguments": "".join(said.arguments)}
        message["tool_calls"] = [{"id": "call_fake_1", "type": "function", "function": call}]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(said)}
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": CREATED,
        "model": asked.model,
        "choices": [choice],
        "usage": _usage(said),
    }


def _finish(said: Said) -> str:
    return "tool_calls" if said.tool else "stop"


def _chat_events(asked: Asked, said: Said) -> Iterator[bytes]:
    if asked.dialect == "azure":
        yield sse({"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []})
    yield _delta(asked, {"role": "assistant", "content": ""})
    for piece in said.reasoning:
        yield _delta(asked, {"reasoning_content": piece})
    if said.tool:
        start = {"name": said.tool, "arguments": ""}
        yield _delta(asked, {"tool_calls": [{"index": 0, "id": "call_fake_1", "type": "function", "function": start}]})
    for piece in said.arguments:
        yield _delta(asked, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    for piece in said.tokens:
        yield _delta(asked, {"content": piece})
    yield _delta(asked, {}, finish=_finish(said))
    if (asked.body.get("stream_options") or {}).get("include_usage"):
        yield sse({**_chunk(asked), "choices": [], "usage": _usage(said)})
    yield sse("[DONE]")


def _chunk(asked: Asked) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": CREATED, "model": asked.model}


def _delta(asked: Asked, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return sse({**_chunk(asked), "choices": [choice]})


def _completion(asked: Asked, choice: dict[str, Any], usage: dict[str, Any] | None = None) -> dict[str, Any]:
    value = {"id": "cmpl-fake", "object": "text_completion", "created": CREATED, "model": asked.model}
    return {**value, "choices": [{"index": 0, "logprobs": None, **choice}], **({"usage": usage} if usage else {})}


def _completion_events(asked: Asked, said: Said) -> Iterator[bytes]:
    for piece in said.tokens:
        yield sse(_completion(asked, {"text": piece, "finish_reason": None}))
    wanted = (asked.body.get("stream_options") or {}).get("include_usage")
    yield sse(_completion(asked, {"text": "", "finish_reason": "stop"}))
    if wanted:
        yield sse({**_completion(asked, {}, usage=_usage(said)), "choices": []})
    yield sse("[DONE]")


def _embeddings(asked: Asked, said: Said) -> dict[str, Any]:
    given = asked.body.get("input", "")
    inputs = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    data = [{"object": "embedding", "index": n, "embedding": vector(item)} for n, item in enumerate(inputs)]
    usage = {"prompt_tokens": said.prompt_tokens, "total_tokens": said.prompt_tokens}
    return {"object": "list", "data": data, "model": asked.model, "usage": usage}


def vector(item: object) -> list[float]:
    """Four numbers that depend on the text and nothing else."""
    text = str(item).encode()
    return [round(sum(text[start::4]) % 1000 / 1000, 3) for start in range(4)]
