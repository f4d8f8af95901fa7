"""Replicate: a prediction per answer, which is waited for, polled, or followed at the address of its stream.

Inputs are each model's own; those below are what its language models share. https://replicate.com/docs/reference/http
Must not know channels, nor pictures (`replicate_images`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.codec import Codec, Dialect, FollowUp, Reader
from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    Usage,
    UsageReported,
)
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, Endpoint
from addon.canon.thoughts import Thoughts
from addon.dialects import plain_fault, replicate_images, replicate_sound
from addon.dialects.plain_fault import fault_of
from addon.dialects.replicate_input import chat_input
from addon.dialects.replicate_prediction import RUNNING, created, failure, poll, read_at, stream_address

Json = dict[str, Any]


def build(request: ChatRequest, target: Target) -> Outbound:
    return created(target, chat_input(request, target), streamed=request.stream)


def follow_up(request: ChatRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The stream of a prediction that has one, if a stream was asked for; else what has become of it."""
    prediction = json.loads(body)
    if prediction["status"] not in RUNNING:
        return None
    address = stream_address(prediction)
    if request.stream and address and count == 1:
        return FollowUp(read_at(address, target, ("accept", "text/event-stream")), live=True)
    return poll(target, prediction, count)


class StreamReader:
    """Reads the stream of one prediction: its output is plain text, not JSON, and every blank counts.

    Models that think write their thoughts into it, between tags.
    """

    def __init__(self) -> None:
        self.thoughts = Thoughts()

    def read(self, frame: Frame) -> Iterable[Event]:
        match frame.event:
            case "output":
                return list(spoken(*self.thoughts.split(frame.data.decode("utf-8", "replace"))))
            case "error":
                return [Failed(fault_of(FaultKind.SERVER_ERROR, detail(frame.data)))]
            case "done":
                return list(self.done(frame.data))
        return []

    def close(self) -> Iterable[Event]:
        return []

    def done(self, data: bytes) -> Iterator[Event]:
        reason = json.loads(data or b"{}").get("reason")
        if reason:
            yield Failed(fault_of(FaultKind.SERVER_ERROR, f"Replicate broke off: {reason}"))
            return
        yield from spoken(*self.thoughts.rest())
        yield Finished("stop")
        yield Ended()


def spoken(thought: str, text: str) -> Iterator[Event]:
    if thought:
        yield ReasoningDelta(thought)
    if text:
        yield TextDelta(text)


def detail(data: bytes) -> str:
    """An error tells of itself in JSON, or in plain words."""
    try:
        document = json.loads(data)
    except ValueError:
        document = data.decode("utf-8", "replace")
    text = document.get("detail") if isinstance(document, dict) else document
    return str(text or "the prediction failed")


def reader(request: ChatRequest, target: Target) -> Reader:
    return StreamReader()


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The events of a prediction that has ended. Raises KeyError or ValueError for what is none."""
    prediction = json.loads(body)
    fault = failure(prediction)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(id=prediction.get("id") or "")
    output = prediction["output"]
    thoughts = Thoughts()
    yield from spoken(*thoughts.split("".join(map(str, output)) if isinstance(output, list) else text_of(output)))
    yield from spoken(*thoughts.rest())
    metrics = prediction.get("metrics") or {}
    yield UsageReported(Usage(prompt=metrics.get("input_token_count"), completion=metrics.get("output_token_count")))
    yield Finished("stop")


def text_of(output: Any) -> str:
    if output is None:
        return ""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    return plain_fault.read_error(status, headers, body)


PICTURES = Codec(
    build=replicate_images.build,
    reader=None,
    read_reply=replicate_images.read_reply,
    follow_up=replicate_images.follow_up,
    gathers=True,
    keeps=True,
    remembers=True,
)

DIALECT = Dialect(
    name="replicate",
    codecs={
        Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply, follow_up=follow_up),
        Endpoint.IMAGES: PICTURES,
        Endpoint.IMAGE_EDITS: PICTURES,
        Endpoint.SPEECH: replicate_sound.SPEECH,
        Endpoint.TRANSCRIPTIONS: replicate_sound.HEARD,
        Endpoint.TRANSLATIONS: replicate_sound.HEARD,
    },
    read_error=read_error,
)
