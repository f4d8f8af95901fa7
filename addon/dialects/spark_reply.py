"""Spark's replies: OpenAI's documents with a `code` of their own, which tells of failures inside a 200.

Composes the readers of `openai`, which put right what else is odd: a single call instead of a list, no ids, no reasons
why it ended. Must not know requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import Event, Failed
from addon.canon.fault import Fault
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest
from addon.dialects import openai_meanings, openai_reply, openai_stream
from addon.dialects.openai_fault import fault_of

GOOD = (None, 0, "0")


class StreamReader:
    """One streamed chat."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._inner = openai_stream.StreamReader(request, target)

    def read(self, frame: Frame) -> Iterable[Event]:
        document = parsed(frame.data)
        fault = failure(document)
        if fault is None:
            yield from self._inner.read(frame)
            return
        # What was used until then is billed.
        yield from openai_meanings.usage_reported(document)
        yield Failed(fault)

    def close(self) -> Iterable[Event]:
        return self._inner.close()


def read_chat(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    fault = failure(parsed(body))
    if fault is not None:
        yield Failed(fault)
        return
    yield from openai_reply.read_chat(request, target, body)


def parsed(data: bytes) -> Mapping[str, Any]:
    """The document; {} for an end marker and everything else, which the reader behind judges."""
    try:
        document = json.loads(data)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def failure(document: Mapping[str, Any]) -> Fault | None:
    """Code and message stand at the top, or as on the WebSocket in a `header`."""
    header = document.get("header")
    told = header if isinstance(header, dict) else document
    if told.get("code") in GOOD:
        return None
    return fault_of({"code": told["code"], "message": told.get("message")}, 200, {})
