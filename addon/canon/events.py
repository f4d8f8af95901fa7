"""Units of meaning: what a provider's reply says, whatever format it came in.

A JSON reply and a stream yield the same events. Readers yield them, encoders turn them into OpenAI's dialect.
`choice` is OpenAI's choice index. Order within a reply: Started, then anything, then Finished per choice, and
UsageReported at any time (the last one counts, field by field). Failed ends a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from addon.canon.fault import Fault

Json = Any
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. `prompt` includes `cached`, `cache_write`, `audio_prompt` and `image_prompt`; `completion` includes
    `reasoning`, `audio_completion` and `image_completion`. None: not reported.

    What is not paid by the token: `seconds` of audio heard, `characters` spoken, `images` made, `searches` of a
    rerank, all as the provider counts them.
    """

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    audio_prompt: int | None = None
    audio_completion: int | None = None
    total: int | None = None
    image_prompt: int | None = None
    image_completion: int | None = None
    seconds: float | None = None
    images: int | None = None
    searches: int | None = None
    characters: int | None = None

    def merged(self, later: Usage) -> Usage:
        """This usage with every field that `later` reports replaced by it (providers report running totals)."""
        fields = self.__dataclass_fields__
        return Usage(
            **{name: getattr(self, name) if getattr(later, name) is None else getattr(later, name) for name in fields}
        )

    def plus(self, other: Usage) -> Usage:
        """Both together, field by field."""
        fields = self.__dataclass_fields__
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in fields}
        return Usage(
            **{
                name: None if one is None and two is None else (one or 0) + (two or 0)
                for name, (one, two) in pairs.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Started:
    """The reply has begun. Empty values are filled in by the encoder. `created` is a Unix time in seconds."""

    id: str = ""
    model: str = ""
    created: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """The model's own refusal text (`message.refusal`)."""

    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something the provider needs echoed back (a signed thought block); travels in `reasoning_details`."""

    detail: Mapping[str, Json]
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ImageMade:
    """An image that the model drew; `url` is a data URL, `index` counts the images of this choice from 0.

    OpenAI's chat has no place for it; it travels in `images`, as OpenRouter does it.
    """

    index: int
    url: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """`index` counts the calls of this choice from 0. `extra` travels as `extra_content` (thought signatures)."""

    index: int
    id: str
    name: str
    choice: int = 0
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolArguments:
    """A fragment of the JSON text of the call `index`."""

    index: int
    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Logprobs:
    """OpenAI-shaped `logprobs` object for the text that came last."""

    value: Mapping[str, Json]
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Vector:
    """One embedding. `values` is a list of floats, or the base64 text of little-endian float32."""

    index: int
    values: tuple[float, ...] | str


@dataclass(frozen=True, slots=True)
class PictureMade:
    """A picture that the images endpoints asked for: its `url`, or its bytes as base64 in `data`.

    `index` counts the pictures of the reply from 0. `media_type` is "" where the provider does not say.
    """

    index: int
    url: str = ""
    data: str = ""
    revised_prompt: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of the speech that was asked for; the pieces are joined. `media_type` is "" where it is as asked."""

    data: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a transcript; `start` and `end` are seconds. `speaker` is "" where nobody is told apart."""

    text: str
    start: float
    end: float
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, or its translation. `language` is a name or code, `seconds` the length of the audio.

    The face writes json, text, srt, verbose_json or vtt from it; without segments, srt and vtt have one entry.
    `words` are segments of one word each.
    """

    text: str
    language: str = ""
    seconds: float | None = None
    segments: tuple[Segment, ...] = ()
    words: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Moderated:
    """The verdict on one input, in OpenAI's shape: `flagged`, `categories`, `category_scores`, .."""

    index: int
    result: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Scored:
    """How well the document `index` of a rerank fits; in the order of the reply. `document` is "" unless it is told."""

    index: int
    score: float
    document: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """`model`: it is another model's that had a part in it (who writes down what is heard), and paid beside the main
    one. `guessed`: the provider has not told it (yet)."""

    usage: Usage
    model: str = ""
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    reason: FinishReason
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The provider's own end marker was seen (`[DONE]`, `message_stop`, ..). Without it or a Finished, it was cut."""


@dataclass(frozen=True, slots=True)
class Failed:
    fault: Fault


Meaning = (
    Started
    | TextDelta
    | ReasoningDelta
    | RefusalDelta
    | Opaque
    | ImageMade
    | ToolCallStarted
    | ToolArguments
    | Logprobs
    | Vector
    | PictureMade
    | Sound
    | Transcript
    | Moderated
    | Scored
    | UsageReported
    | Finished
    | Ended
    | Failed
)


@dataclass(frozen=True, slots=True)
class Passed:
    """A chunk, or a whole JSON reply, that already is in OpenAI's dialect, with its meaning peeked from it.

    `data` goes to the client as it is when the client asked for the same kind of reply; otherwise `meanings` are
    encoded. Empty `data` means that nothing is to be shown (a usage-only chunk that the client did not ask for).
    """

    data: bytes
    meanings: tuple[Meaning, ...] = ()


Event = Meaning | Passed
