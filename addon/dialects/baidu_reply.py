"""Replies of Baidu's Qianfan v1: put into OpenAI's shape, and handed to the readers of `openai`.

Must not know requests' formats nor addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Event, Failed
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, EmbeddingRequest
from addon.dialects import openai_reply, openai_stream
from addon.dialects.baidu_fault import fault_in
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]


class StreamReader:
    """One streamed chat. There is no end marker: the last frame says that it is the last."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._inner = openai_stream.StreamReader(request, target)

    def read(self, frame: Frame) -> Iterable[Event]:
        document = opened(frame.data)
        fault = fault_in(document)
        if fault is not None:
            yield Failed(fault)
            return
        last = document.get("is_end") is True
        yield from self._inner.read(Frame(written(chat(document, "delta", last))))

    def close(self) -> Iterable[Event]:
        return self._inner.close()


def read_chat(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    document = opened(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    if "result" not in document and "function_call" not in document:
        raise ValueError("a reply without an answer")
    yield from openai_reply.read_chat(request, target, written(chat(document, "message", True)))


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    fault = fault_in(opened(body))
    if fault is not None:
        yield Failed(fault)
        return
    yield from openai_reply.read_embeddings(request, target, body)


def opened(data: bytes) -> Json:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    return document


def written(document: Json) -> bytes:
    return dumps(document).encode("utf-8", "surrogatepass")


def chat(document: Json, part: str, last: bool) -> Json:
    """The document as OpenAI writes it; `part` is "delta" in a stream, else "message"."""
    message: Json = {"role": "assistant", "content": document.get("result") or ""}
    called = document.get("function_call")
    if isinstance(called, dict):
        function = {"name": called.get("name"), "arguments": called.get("arguments")}
        message["tool_calls"] = [{"index": 0, "type": "function", "function": function}]
        if called.get("thoughts"):
            message["reasoning_content"] = called["thoughts"]
    choice = {"index": 0, part: message, "finish_reason": reason(document) if last else None}
    return {
        "id": document.get("id"),
        "created": document.get("created"),
        "choices": [choice],
        "usage": usage(document.get("usage")),
    }


def reason(document: Json) -> str:
    """Why the reply ended, in a word that the reader knows."""
    if document.get("need_clear_history"):
        return "content_filter"  # the text is a refusal, and the conversation should not go on
    given = document.get("finish_reason")
    if document.get("is_truncated") and given in (None, "", "normal"):
        return "length"
    called = given == "function_call" or (not given and document.get("function_call"))
    return "tool_calls" if called else str(given or "stop")


def usage(given: Any) -> Json | None:
    """Its counts; the total is not always their sum."""
    if not isinstance(given, dict):
        return None
    prompt, completion = given.get("prompt_tokens") or 0, given.get("completion_tokens") or 0
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
