"""What a client asked for, as values: a typed view over the untouched OpenAI document.

Conversations, completions and embeddings are here; the further endpoints in `media`, `form`, `raw` and `realtime`,
with the same fields `body`, `raw`, `model`, `stream`, `include_usage` and `endpoint`.
Must not know any provider, nor how the document came in.
`ChatRequest.body` is the client's own document; whoever changes it works on a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from addon.canon.endpoint import Endpoint as Endpoint
from addon.canon.form import FormRequest as FormRequest
from addon.canon.media import ImageRequest as ImageRequest
from addon.canon.media import ModerationRequest as ModerationRequest
from addon.canon.media import RerankRequest as RerankRequest
from addon.canon.media import SpeechRequest as SpeechRequest
from addon.canon.raw import RawRequest as RawRequest
from addon.canon.realtime import RealtimeRequest as RealtimeRequest

Json = Any
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class CannotCarry(ValueError):
    """A dialect cannot express this part of the request; the message says what to change.

    `param` is the path of the offending field, as in OpenAI's errors (`messages[2].content[0]`).
    """

    def __init__(self, param: str, message: str, code: str = "unsupported_content") -> None:
        super().__init__(message)
        self.param = param
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image part. `url` is http(s) or a data URL; `media_type`/`data` (base64) are set for data URLs only."""

    url: str
    detail: str = "auto"
    media_type: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Audio:
    """`data` is base64; `format` is `wav` or `mp3`."""

    data: str
    format: str


@dataclass(frozen=True, slots=True)
class File:
    """A file part: `data` (base64) with its `media_type`, or a `file_id` at the provider, or an http(s) `url`."""

    filename: str = ""
    media_type: str = ""
    data: str = ""
    file_id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class RefusalText:
    """An assistant's earlier refusal, sent back as history."""

    text: str


Part = Text | Image | Audio | File | RefusalText


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the assistant made earlier. `arguments` is the JSON text; `extra` is `extra_content`, echoed opaquely."""

    id: str
    name: str
    arguments: str
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `param` is its path in the document (`messages[3]`), for errors.

    `reasoning` is the client's `reasoning_content` (or `reasoning`); `opaque` holds what a provider wants echoed back
    (`reasoning_details`, signatures), exactly as we once sent it.
    """

    role: Role
    parts: tuple[Part, ...]
    param: str
    name: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""
    opaque: tuple[Mapping[str, Json], ...] = ()

    @property
    def text(self) -> str:
        """The text parts, joined without separator."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function tool. `parameters` is a JSON schema, {} if the client gave none."""

    name: str
    description: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`mode` is auto, none, required or named (then `name` is set)."""

    mode: Literal["auto", "none", "required", "named"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """`kind` is text, json_object or json_schema (then `schema` and `name` are set)."""

    kind: Literal["text", "json_object", "json_schema"] = "text"
    name: str = ""
    schema: Mapping[str, Json] = field(default_factory=dict)
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`POST /v1/chat/completions`. Fields that the client left out are None or empty; nothing is defaulted here."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    include_usage: bool = False
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    n: int = 1
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: bool = False
    top_logprobs: int | None = None
    response_format: ResponseFormat = ResponseFormat()
    reasoning_effort: str | None = None
    modalities: tuple[str, ...] = ()
    user: str = ""
    service_tier: str = ""
    foreign: tuple[str, ...] = ()
    """Paths of content this view has no place for (a part or a tool of an unknown type). It is in `body`; whoever
    builds a new document refuses it with CannotCarry."""

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.CHAT


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """`POST /v1/completions`. `prompts` are texts or token-id lists."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    prompts: tuple[str | tuple[int, ...], ...]
    stream: bool = False
    include_usage: bool = False
    max_tokens: int | None = None
    n: int = 1
    best_of: int = 1

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.COMPLETIONS


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """`POST /v1/embeddings`. `inputs` are texts or token-id lists, in order."""

    body: Mapping[str, Json]
    raw: bytes
    model: str
    inputs: tuple[str | tuple[int, ...], ...]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    stream: bool = False
    include_usage: bool = False

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.EMBEDDINGS


Request = (
    ChatRequest
    | CompletionRequest
    | EmbeddingRequest
    | ImageRequest
    | FormRequest
    | SpeechRequest
    | ModerationRequest
    | RerankRequest
    | RawRequest
    | RealtimeRequest
)
