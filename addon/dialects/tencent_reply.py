"""Tencent Cloud's replies: OpenAI's documents in other letters (`FinishReason`), handed to the readers of `openai`.

Must not know requests' formats nor addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.events import Event, Failed
from addon.canon.fault import Fault
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest, EmbeddingRequest
from addon.dialects import openai_meanings, openai_reply, openai_stream
from addon.dialects.openai_splice import dumps
from addon.dialects.tencent_fault import fault_in

Json = dict[str, Any]
WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
COUNTS = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
"""The knowledge engine's names of counts."""


class StreamReader:
    """One streamed chat: each frame is put into OpenAI's letters, and read as OpenAI's."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._inner = openai_stream.StreamReader(request, target)
        self._stop = StopText(request.stop)

    def read(self, frame: Frame) -> Iterable[Event]:
        data = frame.data.strip()
        if not data or data == openai_stream.DONE:
            yield from self._inner.read(frame)
            return
        document, fault = opened(data)
        if fault is not None:
            # What was used until then is billed.
            yield from openai_meanings.usage_reported(document)
            yield Failed(fault)
            return
        for choice in document.get("choices") or ():
            self._stop.cut(choice.get("delta"), bool(choice.get("finish_reason")))
        yield from self._inner.read(Frame(dumps(document).encode("utf-8", "surrogatepass"), frame.event))

    def close(self) -> Iterable[Event]:
        return self._inner.close()


def read_chat(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    document, fault = opened(body)
    if fault is not None:
        yield Failed(fault)
        return
    for choice in document.get("choices") or ():
        StopText(request.stop).cut(choice.get("message"), True)
    yield from openai_reply.read_chat(request, target, dumps(document).encode("utf-8", "surrogatepass"))


def read_embeddings(request: EmbeddingRequest, target: Target, body: bytes) -> Iterator[Event]:
    document, fault = opened(body)
    if fault is not None:
        yield Failed(fault)
        return
    yield from openai_reply.read_embeddings(request, target, dumps(document).encode())


class StopText:
    """Hunyuan's text ends with the stop sequence that ended it; OpenAI's does not. Holds back what may become one."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self._stopped = False

    def cut(self, message: Any, last: bool) -> None:
        """Cuts the `content` of a message or delta, in place; `last`: no text follows it."""
        if not self._stops or not isinstance(message, dict):
            return
        content = message.get("content")
        text = self._held + (content if isinstance(content, str) else "")
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        self._held = "" if found or last else self._beginning(text)
        message["content"] = "" if self._stopped else text[: min(found, default=len(text) - len(self._held))]
        self._stopped |= bool(found)

    def _beginning(self, text: str) -> str:
        """The longest end of the text with which a stop sequence may begin."""
        lengths = range(max(map(len, self._stops)) - 1, 0, -1)
        ends = (text[-length:] for length in lengths if length <= len(text))
        return next((end for end in ends if any(stop.startswith(end) for stop in self._stops)), "")


def opened(data: bytes) -> tuple[Json, Fault | None]:
    """The document in OpenAI's letters, out of its `Response`, and the fault in it."""
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    fault = fault_in(document)
    inner = document.get("Response")
    found: Json = in_small_letters(inner if isinstance(inner, dict) else document)
    if not found.get("id") and found.get("request_id"):
        found["id"] = found["request_id"]
    usage = found.get("usage")
    if isinstance(usage, dict):
        found["usage"] = {COUNTS.get(name, name): count for name, count in usage.items()}
    return found, fault


def in_small_letters(value: Any) -> Any:
    if isinstance(value, dict):
        return {WORD.sub("_", name).lower(): in_small_letters(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_small_letters(inner) for inner in value]
    return value
