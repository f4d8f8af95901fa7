"""Coze bots, API v3 (`/v3/chat`); bots published before it are reached through `coze_v2`, which this module composes.

Speech and transcripts, which are no bot's, are in `coze_sound`.

    messages  coze_messages; coze_files, for what has to be uploaded first
    calls     coze_calls
    errors    coze_fault

The model is the bot. Coze is always asked for a stream: without one it would have to be polled. What a bot defines by
itself (temperature, tools, length) is dropped: the tools that it has its caller call are its own plugins.
https://www.coze.com/docs/developer_guides/chat_v3
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
from addon.dialects import coze_calls, coze_files, coze_sound, coze_v2
from addon.dialects.coze_fault import fault_in, fault_of, read_error
from addon.dialects.coze_files import uploads
from addon.dialects.coze_messages import bot_id, turns, user_id

Json = dict[str, Any]
NOT_TEXT = ("audio", "card")
"""Content types of answers that are no text."""


def build(request: ChatRequest, target: Target) -> Outbound:
    """The request to the bot, always for a stream; the results that its chat waits for; or the first file."""
    if _is_old(target):
        return coze_v2.build(request, target)
    told = coze_calls.results(request)
    if told is not None:
        return coze_calls.outbound(target, told)
    waiting = uploads(request.messages)
    chat = _chat(request, target, {upload.param: "" for upload in waiting})
    return coze_files.outbound(target, waiting[0]) if waiting else chat


def follow_up(request: ChatRequest, target: Target, bodies: bytes, count: int) -> FollowUp | None:
    """The next file; behind the last one, the request to the bot, which names them all."""
    waiting = [] if _is_old(target) or coze_calls.results(request) is not None else uploads(request.messages)
    if count > len(waiting):
        return None
    replies = json.loads(bodies)
    if fault_in(replies[-1]) is not None:
        return None
    if count < len(waiting):
        return FollowUp(coze_files.outbound(target, waiting[count]))
    ids = {upload.param: coze_files.file_id(reply) for upload, reply in zip(waiting, replies, strict=True)}
    return FollowUp(_chat(request, target, ids), live=True)


def _chat(request: ChatRequest, target: Target, ids: Mapping[str, str]) -> Outbound:
    """`ids` are the files' ids, by the paths of their parts."""
    document = {
        "bot_id": bot_id(target),
        "user_id": user_id(request, target),
        "stream": True,
        "auto_save_history": True,
        "additional_messages": [turn.document for turn in turns(request, target, ids)],
    }
    return Outbound(
        method="POST",
        url=f"{target.base_url}/v3/chat",
        headers=(("content-type", "application/json"), ("accept", "text/event-stream")),
        body=json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def reader(request: ChatRequest, target: Target) -> Reader:
    return coze_v2.StreamReader() if _is_old(target) else StreamReader()


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    """A JSON reply: an error, since a stream was asked for; or the old API's whole answer."""
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
    elif _is_old(target):
        yield from coze_v2.read_document(document)
    else:
        raise ValueError("Coze answered without a stream")


class StreamReader:
    """One streamed answer. Frames are named; their data are documents of a chat or of a message."""

    def __init__(self) -> None:
        self._streamed: set[str] = set()

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.event == "done":
            yield Ended()
            return
        document = _document(frame.data)
        match frame.event:
            case "conversation.chat.created":
                yield Started(id=str(document.get("id") or ""), created=document.get("created_at"))
            case "conversation.message.delta":
                yield from self._spoken(document)
            case "conversation.message.completed" if document.get("id") not in self._streamed:
                # The whole text once more, unless nothing of it was streamed.
                yield from self._spoken(document)
            case "conversation.chat.completed":
                yield from _usage(document)
                yield Finished("stop")
            case "conversation.chat.requires_action":
                calls = list(coze_calls.calls(document))
                yield from calls
                yield from _usage(document)
                # A workflow may wait for an answer instead; its question has been asked as a message.
                yield Finished("tool_calls" if calls else "stop")
            case "conversation.chat.failed":
                yield from _usage(document)
                yield Failed(fault_in(document) or fault_of({}))
            case "conversation.chat.canceled":
                yield Failed(Fault(FaultKind.SERVER_ERROR, 502, "the chat was cancelled at Coze"))
            case "error":
                yield Failed(fault_of(document))
            case "" if document.get("code"):
                yield Failed(fault_of(document))

    def close(self) -> Iterable[Event]:
        return ()

    def _spoken(self, message: Json) -> Iterator[Event]:
        """Only answers are shown; a bot's steps, searches and suggested questions are not."""
        if message.get("type") != "answer" or message.get("content_type") in NOT_TEXT:
            return
        self._streamed.add(message.get("id", ""))
        if message.get("reasoning_content"):
            yield ReasoningDelta(message["reasoning_content"])
        if message.get("content"):
            yield TextDelta(message["content"])


def _is_old(target: Target) -> bool:
    return target.config.get("api_version", "").strip() == "v2"


def _document(data: bytes) -> Json:
    """The document of a frame; an error event may hold bare text."""
    try:
        document = json.loads(data)
    except ValueError:
        document = data.decode("utf-8", "replace")
    return document if isinstance(document, dict) else {"msg": document}


def _usage(chat: Json) -> Iterator[Event]:
    usage = chat.get("usage") or {}
    if usage.get("token_count"):
        yield UsageReported(
            Usage(prompt=usage.get("input_count"), completion=usage.get("output_count"), total=usage.get("token_count"))
        )


CHAT = Codec(
    build=build,
    reader=reader,
    read_reply=read_reply,
    follow_up=follow_up,
    remembers=True,
)
DIALECT = Dialect(
    name="coze",
    codecs={
        Endpoint.CHAT: CHAT,
        Endpoint.SPEECH: coze_sound.SPEECH,
        Endpoint.TRANSCRIPTIONS: coze_sound.TRANSCRIPTS,
    },
    read_error=read_error,
)
