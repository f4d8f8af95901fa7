"""Gemini's replies as events: the document, the stream, and embeddings.

Facts: ai.google.dev/api/generate-content#generatecontentresponse. Each frame of a stream is a whole document; calls
come whole as well, unless Vertex streams their arguments. Unknown parts are ignored. Must not know how the request was
built, but for the tool names it had to change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.dialogue import compact
from addon.canon.events import (
    Ended,
    Event,
    Failed,
    Finished,
    FinishReason,
    ImageMade,
    Logprobs,
    ReasoningDelta,
    RefusalDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
    Vector,
)
from addon.canon.frame import Frame
from addon.dialects.gemini_fault import fault_of
from addon.dialects.gemini_partial import PartialArguments

BLOCKED = "BLOCKED"
"""Our word for a prompt that was not let through; Gemini tells it outside of the candidates."""
FINISH_REASONS: Mapping[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            BLOCKED,
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
        ),
        "content_filter",
    ),
}
"""finishReason -> finish_reason; one that is not here is a stop (malformed calls and the like)."""

Document = Mapping[str, Any]


@dataclass(slots=True)
class Choice:
    """What one candidate has said so far."""

    calls: int = 0
    open: PartialArguments | None = None
    """The arguments of the latest call, while more of them may come."""
    images: int = 0
    reason: str = ""
    explanation: str = ""

    @property
    def finish(self) -> FinishReason:
        """Gemini says STOP after a function call."""
        found = FINISH_REASONS.get(self.reason, "stop")
        return "tool_calls" if found == "stop" and self.calls else found


class Reader:
    """Reads one stream. `names` are the tool names that were changed for Gemini: theirs -> the client's."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.begun = False
        self.choices: dict[int, Choice] = {}
        self.failed = False

    def read(self, frame: Frame) -> Iterable[Event]:
        """Raises ValueError for a frame of another shape."""
        try:
            return list(self.documents(json.loads(frame.data)))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not Gemini's format: {error!r}") from error

    def close(self) -> Iterable[Event]:
        """The finish reasons: only the last one of a candidate counts, and the end of the body ends the reply. If a
        candidate has none, the reply was cut, and nothing is said."""
        if self.failed or not self.choices or not all(choice.reason for choice in self.choices.values()):
            return
        for index, choice in sorted(self.choices.items()):
            if choice.finish == "content_filter" and choice.explanation:
                yield RefusalDelta(choice.explanation, index)
            yield Finished(choice.finish, index)
        yield Ended()

    def documents(self, document: Any) -> Iterator[Event]:
        """The events of one document, or of an array of them."""
        for part in document if isinstance(document, list) else [document]:
            yield from self.document(part)

    def document(self, document: Document) -> Iterator[Event]:
        if "error" in document:
            self.failed = True
            yield Failed(fault_of(document))
            return
        if not self.begun:
            self.begun = True
            yield Started(id=document.get("responseId") or "")
        for candidate in document.get("candidates") or ():
            yield from self.candidate(candidate)
        feedback = document.get("promptFeedback") or {}
        if feedback.get("blockReason") or feedback.get("blockReasonMessage"):
            self.choices[0] = Choice(reason=BLOCKED, explanation=feedback.get("blockReasonMessage") or "")
        if document.get("usageMetadata"):
            yield UsageReported(usage_of(document["usageMetadata"]))

    def candidate(self, candidate: Document) -> Iterator[Event]:
        index = candidate.get("index") or 0
        choice = self.choices.setdefault(index, Choice())
        for part in (candidate.get("content") or {}).get("parts") or ():
            yield from self.part(part, index, choice)
        if candidate.get("finishReason"):
            yield from self.call_ended(index, choice)
        if tokens := logprobs_of(candidate.get("logprobsResult") or {}):
            yield Logprobs({"content": tokens, "refusal": None}, index)
        choice.reason = candidate.get("finishReason") or choice.reason
        choice.explanation = candidate.get("finishMessage") or choice.explanation

    def part(self, part: Document, index: int, choice: Choice) -> Iterator[Event]:
        if part.get("text"):
            yield ReasoningDelta(part["text"], index) if part.get("thought") else TextDelta(part["text"], index)
        elif (inline := part.get("inlineData")) and is_picture(inline):
            yield ImageMade(choice.images, f"data:{inline['mimeType']};base64,{inline['data']}", index)
            choice.images += 1
        elif isinstance(call := part.get("functionCall"), dict):
            if call.get("name") or not call:
                yield from self.call_ended(index, choice)
            if call.get("name"):
                signature = part.get("thoughtSignature") or part.get("thought_signature")
                yield self.call(call, signature, index, choice)
            if choice.open is not None:
                for piece in call.get("partialArgs") or ():
                    choice.open.add(piece)

    def call(self, call: Document, signature: str | None, index: int, choice: Choice) -> Event:
        """A call begins. Its arguments are told when it has ended."""
        choice.open = PartialArguments(call.get("args") or {})
        choice.calls += 1
        return ToolCallStarted(
            index=choice.calls - 1,
            id=call.get("id") or "",
            name=self.names.get(call["name"], call["name"]),
            choice=index,
            extra={"google": {"thought_signature": signature}} if signature else {},
        )

    def call_ended(self, index: int, choice: Choice) -> Iterator[Event]:
        """An empty call, another one, or the end of the candidate says that the latest one is whole."""
        if choice.open is not None:
            yield ToolArguments(choice.calls - 1, compact(choice.open.value), index)
            choice.open = None


def reply_events(names: Mapping[str, str], body: bytes) -> list[Event]:
    """The events of a whole reply. Raises ValueError for one that says nothing at all."""
    reader = Reader(names)
    events = list(reader.documents(json.loads(body)))
    if not reader.choices and not reader.failed:
        raise ValueError("the reply has neither candidates nor a reason why not")
    for index, choice in reader.choices.items():
        choice.reason = choice.reason or "STOP"
        events += reader.call_ended(index, choice)
    return [*events, *reader.close()]


def is_picture(inline: Document) -> bool:
    return bool(inline.get("data")) and str(inline.get("mimeType")).startswith("image/")


def embedding_events(body: bytes) -> list[Event]:
    """The vectors of a whole reply, numbered as they stand. Usage comes from newer models only."""
    document = json.loads(body)
    if "error" in document:
        return [Failed(fault_of(document))]
    events: list[Event] = [Started()]
    # `embedContent`, which a proxy in between may ask, answers with one.
    for index, embedding in enumerate(document["embeddings"] if "embeddings" in document else [document["embedding"]]):
        events.append(Vector(index, tuple(embedding["values"])))
    if usage := document.get("usageMetadata"):
        events.append(UsageReported(usage_of(usage)))
    return [*events, Ended()]


def usage_of(counted: Document) -> Usage:
    """Google's counts: tool use and thoughts stand beside prompt and answer, the cache is within the prompt."""
    return Usage(
        prompt=total(counted, "promptTokenCount", "toolUsePromptTokenCount"),
        completion=total(counted, "candidatesTokenCount", "thoughtsTokenCount"),
        cached=counted.get("cachedContentTokenCount"),
        reasoning=counted.get("thoughtsTokenCount"),
        audio_prompt=of_kind("AUDIO", counted.get("promptTokensDetails")),
        audio_completion=of_kind("AUDIO", counted.get("candidatesTokensDetails")),
        image_completion=of_kind("IMAGE", counted.get("candidatesTokensDetails")),
        total=counted.get("totalTokenCount"),
    )


def total(counted: Document, *names: str) -> int | None:
    found = [counted[name] for name in names if counted.get(name) is not None]
    return sum(found) if found else None


def of_kind(modality: str, details: Iterable[Document] | None) -> int | None:
    """The tokens of one modality, None where they are not told apart."""
    counts = [detail.get("tokenCount") or 0 for detail in details or () if detail.get("modality") == modality]
    return sum(counts) if counts else None


def logprobs_of(result: Document) -> list[dict[str, Any]]:
    """Google's log probabilities in OpenAI's shape."""
    tops = [step.get("candidates") or [] for step in result.get("topCandidates") or ()]
    chosen = result.get("chosenCandidates") or ()
    return [
        {**token_of(token), "top_logprobs": [token_of(other) for other in (tops[at] if at < len(tops) else [])]}
        for at, token in enumerate(chosen)
    ]


def token_of(candidate: Document) -> dict[str, Any]:
    text = candidate.get("token") or ""
    return {
        "token": text,
        "logprob": candidate.get("logProbability", 0.0),
        "bytes": list(text.encode("utf-8", "surrogatepass")),
    }
