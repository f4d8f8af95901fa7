"""Gathers the choices of a reply from its events, for a whole reply. Must not know providers, nor ids and usage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from addon.canon.events import (
    Ended,
    Failed,
    Finished,
    FinishReason,
    ImageMade,
    Logprobs,
    Meaning,
    Opaque,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    UsageReported,
    Vector,
)
from addon.face.function_calls import call_id
from addon.face.images import image_document


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Choice:
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    opaque: list[Mapping[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=lambda: defaultdict(_Call))
    logprobs: dict[str, Any] | None = None
    reason: FinishReason | None = None


class Choices:
    """The choices of one reply. `functions`: the client expects the old `function_call`."""

    def __init__(self, reply_id: str, functions: bool) -> None:
        self._reply_id = reply_id
        self._functions = functions
        self._choices: dict[int, _Choice] = defaultdict(_Choice)

    def take(self, meanings: Iterable[Meaning]) -> None:
        """Adds what these events say."""
        for meaning in meanings:
            match meaning:
                case TextDelta():
                    self._choices[meaning.choice].text.append(meaning.text)
                case ReasoningDelta():
                    self._choices[meaning.choice].reasoning.append(meaning.text)
                case RefusalDelta():
                    self._choices[meaning.choice].refusal.append(meaning.text)
                case Opaque():
                    self._choices[meaning.choice].opaque.append(meaning.detail)
                case ImageMade():
                    self._choices[meaning.choice].images.append(image_document(meaning))
                case ToolCallStarted():
                    call = self._choices[meaning.choice].calls[meaning.index]
                    call.id, call.name, call.extra = meaning.id, meaning.name, meaning.extra
                case ToolArguments():
                    self._choices[meaning.choice].calls[meaning.index].arguments.append(meaning.text)
                case Logprobs():
                    choice = self._choices[meaning.choice]
                    choice.logprobs = _merged(choice.logprobs or {}, meaning.value)
                case Finished():
                    self._choices[meaning.choice].reason = meaning.reason
                case Started() | Ended() | UsageReported() | Vector() | Failed():
                    continue

    def chat(self) -> list[dict[str, Any]]:
        """The `choices` of a chat reply."""
        return [
            {
                "index": index,
                "message": self._message(index, choice),
                "logprobs": choice.logprobs,
                "finish_reason": self._reason(choice),
            }
            for index, choice in self._sorted()
        ]

    def completions(self) -> list[dict[str, Any]]:
        """The `choices` of an old completion; reasoning and calls have no place there."""
        return [
            {
                "text": "".join(choice.text + choice.refusal),
                "index": index,
                "logprobs": choice.logprobs,
                "finish_reason": "stop" if choice.reason in (None, "tool_calls", "function_call") else choice.reason,
            }
            for index, choice in self._sorted()
        ]

    def _sorted(self) -> list[tuple[int, _Choice]]:
        """At least one choice: clients read `choices[0]` blindly."""
        return sorted(self._choices.items()) or [(0, _Choice())]

    def _reason(self, choice: _Choice) -> str:
        """A whole reply has no null here, so a provider that names no reason ended in the ordinary way."""
        reason = choice.reason or ("tool_calls" if choice.calls else "stop")
        return "function_call" if self._functions and reason == "tool_calls" else reason

    def _message(self, index: int, choice: _Choice) -> dict[str, Any]:
        text, refusal = "".join(choice.text), "".join(choice.refusal)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if not text and (choice.calls or refusal) else text,
            "refusal": refusal or None,
        }
        if choice.reasoning:
            message["reasoning_content"] = "".join(choice.reasoning)
        if choice.opaque:
            message["reasoning_details"] = choice.opaque
        if choice.images:
            message["images"] = choice.images
        if choice.calls and self._functions:
            first = min(choice.calls)
            message["function_call"] = _function(choice.calls[first])
        elif choice.calls:
            message["tool_calls"] = [self._call(index, at, call) for at, call in sorted(choice.calls.items())]
        return message

    def _call(self, choice: int, index: int, call: _Call) -> dict[str, Any]:
        document: dict[str, Any] = {
            "id": call.id or call_id(self._reply_id, choice, index),
            "type": "function",
            "function": _function(call),
        }
        if call.extra:
            document["extra_content"] = call.extra
        return document


def _function(call: _Call) -> dict[str, Any]:
    return {"name": call.name, "arguments": "".join(call.arguments)}


def _merged(sofar: dict[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Log probabilities are lists under a few names; each list goes on where it stopped."""
    merged = dict(sofar)
    for name, value in later.items():
        before = merged.get(name)
        if isinstance(before, list) and isinstance(value, list):
            merged[name] = before + value
        elif value is not None or name not in merged:
            merged[name] = value
    return merged
