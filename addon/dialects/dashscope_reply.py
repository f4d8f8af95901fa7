"""DashScope's chats: its documents are put into OpenAI's letters, and read by the readers of `openai`.

A frame of a stream is a whole document with what is new in it; Qwen-MT repeats what it has said. Knows the three shapes
in which answers come: choices, one text (`result_format: text`, applications), one message (deep research).
Must not know how requests are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import Event, Failed
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import ChatRequest
from addon.dialects import openai_meanings, openai_reply, openai_stream
from addon.dialects.dashscope_fault import fault_of
from addon.dialects.dashscope_models import abilities
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]
NOT_YET = ("null", "", None)
"""Finish reasons of an answer that goes on."""
SAID = ("content", "reasoning_content")


class StreamReader:
    """One streamed chat."""

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self._inner = openai_stream.StreamReader(request, target)
        self._repeats = None if abilities(target.model).increments else Repeats()

    def read(self, frame: Frame) -> Iterable[Event]:
        if not frame.data.strip():
            return
        document = opened(frame.data)
        if frame.event == "error" or "output" not in document:
            # What was used until then is billed.
            yield from openai_meanings.usage_reported({"usage": usage_of(document)})
            yield Failed(fault_of(document))
            return
        chunk = in_openais_letters(document, "delta")
        if self._repeats is not None:
            self._repeats.take_out(chunk)
        yield from self._inner.read(Frame(as_bytes(chunk)))

    def close(self) -> Iterable[Event]:
        return self._inner.close()


class Repeats:
    """Takes out of each frame what the ones before have said."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], str] = {}

    def take_out(self, chunk: Json) -> None:
        for choice in chunk["choices"]:
            for name in SAID:
                whole = choice["delta"].get(name)
                if isinstance(whole, str):
                    key = (choice["index"], name)
                    choice["delta"][name] = whole[len(self._said.get(key, "")) :]
                    self._said[key] = whole


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The events of a whole reply. Raises ValueError or KeyError if the body is none."""
    document = opened(body)
    if "output" not in document:
        yield Failed(fault_of(document))
        return
    yield from openai_reply.read_chat(request, target, as_bytes(in_openais_letters(document, "message")))


def opened(data: bytes) -> Json:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    return document


def in_openais_letters(document: Json, part: str) -> Json:
    """The document as OpenAI's; `part` is delta or message. Raises KeyError or ValueError for what is no answer."""
    choices = [
        {
            "index": choice.get("index", position),
            part: message_of(choice["message"] or {}),
            "finish_reason": reason_of(choice.get("finish_reason")),
            "logprobs": choice.get("logprobs"),
        }
        for position, choice in enumerate(choices_in(document["output"]))
    ]
    found = {"id": document.get("request_id") or "", "choices": choices}
    usage = usage_of(document)
    return {**found, "usage": usage} if usage else found


def choices_in(output: Any) -> list[Json]:
    """The choices, whichever of the three shapes they have. The older models tell the reason beside them."""
    choices = output.get("choices")
    if not isinstance(choices, list):
        message = output.get("message") or {"content": output["text"] or ""}
        choices = [{"message": message}]
    reason = output.get("finish_reason") or output.get("fininshed_reason") or output.get("finished_reason")
    return [{"finish_reason": reason, **choice} for choice in choices]


def reason_of(reason: Any) -> Any:
    return None if reason in NOT_YET else reason


def message_of(message: Mapping[str, Any]) -> Json:
    """The message with its content as one text, and without what it does not say."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if isinstance(part, dict) and part.get("text"))
    return {"role": "assistant", "content": content or "", **picked(message, "reasoning_content", "tool_calls")}


def picked(message: Mapping[str, Any], *names: str) -> Json:
    return {name: message[name] for name in names if message.get(name)}


def usage_of(document: Mapping[str, Any]) -> Json:
    """The counts in OpenAI's names; {} where there are none. An application counts per model."""
    usage = document.get("usage")
    if not isinstance(usage, dict):
        return {}
    rows = usage.get("models")
    counted = [row for row in (rows if isinstance(rows, list) else [usage]) if isinstance(row.get("input_tokens"), int)]
    if not counted:
        return {}
    prompt = sum(row["input_tokens"] for row in counted)
    completion = sum(row.get("output_tokens") or 0 for row in counted)
    found: Json = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    of_prompt = details(usage, "input_tokens_details") | details(usage, "prompt_tokens_details")
    if isinstance(usage.get("cached_tokens"), int):
        of_prompt.setdefault("cached_tokens", usage["cached_tokens"])
    if isinstance(usage.get("audio_tokens"), int):
        of_prompt.setdefault("audio_tokens", usage["audio_tokens"])
    of_completion = details(usage, "output_tokens_details")
    return found | {
        name: counts
        for name, counts in (("prompt_tokens_details", of_prompt), ("completion_tokens_details", of_completion))
        if counts
    }


def details(usage: Mapping[str, Any], name: str) -> Json:
    found = usage.get(name)
    return {key: count for key, count in found.items() if isinstance(count, int)} if isinstance(found, dict) else {}


def as_bytes(document: Json) -> bytes:
    return dumps(document).encode("utf-8", "surrogatepass")
