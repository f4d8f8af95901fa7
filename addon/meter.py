"""Meters an exchange: the prompt before it is sent, and what came back.

Must not know prices nor quota. Nothing is fetched: what is not in the request counts as a documented guess.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from addon.canon.events import (
    Ended,
    Event,
    Finished,
    Passed,
    PictureMade,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Transcript,
    Usage,
    UsageReported,
)
from addon.canon.request import (
    Audio,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    File,
    FormRequest,
    Image,
    ImageRequest,
    Message,
    ModerationRequest,
    Part,
    RawRequest,
    RealtimeRequest,
    RefusalText,
    Request,
    RerankRequest,
    SpeechRequest,
    Text,
)
from addon.imagesize import image_size
from addon.tokens import count, prepare_ranks, rough, warm

__all__ = ["Meter", "estimate_prompt", "image_tokens", "prepare_ranks", "warm"]

QUICK_LIMIT = 64 * 1024
"""Characters up to which the tokenizer may run on the event loop."""

_IMAGE_HEAD = 512 * 1024
"""Base64 characters that are decoded to find an image's size: JPEGs put large metadata before it."""

_AUDIO_BYTES_PER_TOKEN = {"wav": 4_800, "mp3": 1_600}
"""OpenAI counts 10 tokens per second of audio; 24 kHz 16-bit mono is 48 kB/s, an ordinary mp3 16 kB/s. Rough."""

_FILE_BYTES_PER_TOKEN = 50
"""Documents hold far less text than bytes; a page of PDF is some 50 kB and 1,000 tokens. A rough figure."""

Counter = Callable[[str], int]


def estimate_prompt(request: Request, *, approximate: bool = False) -> int:
    """The tokens of a request, as One API counts them (facts A9.21-24), tools and arrays counted as well."""

    def counted(text: str) -> int:
        return count(text, request.model, approximate=approximate).tokens

    match request:
        case ChatRequest():
            return _chat(request, counted)
        case CompletionRequest():
            return sum(_input(prompt, counted) for prompt in request.prompts)
        case EmbeddingRequest():
            return sum(_input(text, counted) for text in request.inputs)
        case ImageRequest() | FormRequest():
            return counted(request.prompt)
        case SpeechRequest():
            return counted(request.input) + counted(request.instructions)
        case ModerationRequest():
            return sum(map(counted, request.texts)) + len(request.images) * image_tokens(request.model, "low", None)
        case RerankRequest():
            # The query is read again with each document.
            return counted(request.query) * len(request.documents) + sum(map(counted, request.documents))
        case RawRequest() | RealtimeRequest():
            return 0


def image_tokens(model: str, detail: str, size: tuple[int, int] | None) -> int:
    """Tokens of an image (facts A9.22): a base, and tiles of 512 pixels once it is fitted into 2048 and 768.

    An image whose size is not known counts as the base.
    """
    base, tile = (2833, 5667) if model.rpartition("/")[2].startswith("gpt-4o-mini") else (85, 170)
    if detail == "low" or size is None:
        return base
    width, height = _fitted(*size)
    return base + tile * -(-width // 512) * -(-height // 512)


MOST_COUNTED = 10**9
"""Of anything, in one exchange. A count beyond is a mistake, and no database could hold what it costs."""


def believable(usage: Usage) -> Usage:
    """The usage without counts that nothing has: they are as if they had not been told."""
    odd = [
        name
        for name in usage.__dataclass_fields__
        if (count := getattr(usage, name)) is not None and not count <= MOST_COUNTED
    ]
    return replace(usage, **dict.fromkeys(odd)) if odd else usage


class Meter:
    """Folds the events of one reply into its usage. The provider's numbers win; what it left out is counted.

    Texts are only collected here; the tokenizer runs in `usage`, and only if something is missing.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._reported = Usage()
        self._visible: list[str] = []
        self._complete = False
        self._pictures = 0
        self._guessed = False
        self._beside: dict[str, Usage] = {}

    def feed(self, event: Event) -> None:
        """Takes one event; of a verbatim piece, what it means."""
        match event:
            case Passed():
                for meaning in event.meanings:
                    self.feed(meaning)
            case TextDelta() | ReasoningDelta() | RefusalDelta() | ToolArguments():
                self._visible.append(event.text)
            case ToolCallStarted():
                self._visible.append(event.name)
            case PictureMade():
                self._pictures += 1
            case Transcript():
                self._hear(event)
            case UsageReported() if event.model:
                self._beside[event.model] = self._beside.get(event.model, Usage()).merged(believable(event.usage))
            case UsageReported():
                self._guessed = self._guessed or event.guessed
                self._reported = self._reported.merged(believable(event.usage))
            case Finished() | Ended():
                self._complete = True
            case _:
                return

    @property
    def beside(self) -> Mapping[str, Usage]:
        """What other models had a part in, by their names."""
        return self._beside

    @property
    def complete(self) -> bool:
        """The reply has told its end."""
        return self._complete

    def usage(self, prompt_estimate: int, *, quick: bool = False) -> tuple[Usage, bool]:
        """The usage, and whether some of it is our own count. No number is negative.

        prompt_estimate: tokens, for a provider that does not report them.
        quick: for the event loop: a long text is estimated by its bytes.
        A reply that was cut may have reported a running total only; then what was visible counts if it is more.
        """
        reported = _clamped(self._reported)
        prompt, completion = reported.prompt, reported.completion
        if not prompt and not completion:  # compatible servers that do not count send zeros
            prompt = completion = None
        estimated = self._guessed or prompt is None or (completion is None and bool(self._visible))
        if completion is None or not self._complete:
            seen = self._count_visible(quick)
            estimated = estimated or seen > (completion or 0)
            completion = max(completion or 0, seen)
        if prompt is None:
            prompt = max(prompt_estimate, 0)
        total = prompt + completion if estimated or reported.total is None else reported.total
        images = self._pictures or None if reported.images is None else reported.images
        return replace(reported, prompt=prompt, completion=completion, total=total, images=images), estimated

    def _hear(self, said: Transcript) -> None:
        """A whole transcript: its text, unless its pieces were heard before, and its length."""
        if not self._visible:
            self._visible.append(said.text)
        if said.seconds is not None:
            self._reported = self._reported.merged(Usage(seconds=said.seconds))

    def _count_visible(self, quick: bool) -> int:
        text = "".join(self._visible)
        if quick and len(text) > QUICK_LIMIT:
            return rough(text).tokens
        return count(text, self._model).tokens


def _clamped(usage: Usage) -> Usage:
    values = {name: getattr(usage, name) for name in usage.__dataclass_fields__}
    return Usage(**{name: None if value is None else max(value, 0) for name, value in values.items()})


def _chat(request: ChatRequest, counted: Counter) -> int:
    """3 tokens per message and 3 for the reply's start; the first chat model had 4 and a cheaper name."""
    per_message, per_name = (4, -1) if request.model == "gpt-3.5-turbo-0301" else (3, 1)
    tokens = 3
    for message in request.messages:
        tokens += per_message + counted(message.role)
        if message.name:
            tokens += per_name + counted(message.name)
        tokens += sum(counted(text) for text in _texts(message))
        tokens += sum(_part(part, request.model, counted) for part in message.parts)
    return tokens + sum(counted(_json(value)) for value in _schemas(request))


def _texts(message: Message) -> Iterator[str]:
    yield message.reasoning
    for call in message.tool_calls:
        yield call.name
        yield call.arguments


def _schemas(request: ChatRequest) -> Iterator[Any]:
    """What the model reads besides messages: tools, old functions, the schema of the reply."""
    for name in ("tools", "functions"):
        if request.body.get(name):
            yield request.body[name]
    if request.response_format.schema:
        yield request.response_format.schema


def _part(part: Part, model: str, counted: Counter) -> int:
    match part:
        case Text() | RefusalText():
            return counted(part.text)
        case Image():
            return image_tokens(model, part.detail, _size_of(part))
        case Audio():
            return len(part.data) * 3 // 4 // _AUDIO_BYTES_PER_TOKEN.get(part.format, 1_600)
        case File():
            return len(part.data) * 3 // 4 // _FILE_BYTES_PER_TOKEN


def _size_of(image: Image) -> tuple[int, int] | None:
    head = image.data[:_IMAGE_HEAD]
    try:
        return image_size(base64.b64decode(head[: len(head) // 4 * 4]))
    except binascii.Error:
        return None


def _fitted(width: int, height: int) -> tuple[int, int]:
    """The size after fitting into 2048 x 2048 and then the short side to 768; images are never enlarged."""
    if max(width, height) > 2048:
        scale = 2048 / max(width, height)
        width, height = int(width * scale), int(height * scale)
    if min(width, height) > 768:
        scale = 768 / min(width, height)
        width, height = int(width * scale), int(height * scale)
    return max(width, 1), max(height, 1)


def _input(value: str | tuple[int, ...], counted: Counter) -> int:
    return counted(value) if isinstance(value, str) else len(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
