"""What a provider may be able to do, and what a client asks to find out. Knows the official client's arguments and no
provider.

The constants are what every case's answer holds: a case is a provider's way to say them.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

CAPABILITIES = (
    *("text", "stream", "tools", "parallel_tools", "vision", "json", "reasoning", "errors", "usage"),
    *("embeddings", "images", "audio"),
)
SEPARATE = {"embeddings": "embeddings", "images": "images/generations", "audio": "audio/speech"}
"""Capabilities with an endpoint of their own."""

TEXT = "Grüße, 世界! One, two."
REASONING = "Think first. 想一想。"
ASKED_BEFORE = "How are you?"
ANSWERED_BEFORE = "Fine, thanks."
ASKED = "Say hello to the world."
SYSTEM = "You are brief."
PROMPT_TOKENS, COMPLETION_TOKENS = 11, 7
VECTORS = [[0.25, -0.5, 1.0], [0.5, 0.125, -1.0]]
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
PICTURE_BASE64 = base64.b64encode(PICTURE).decode()
SOUND = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(24))
SOUND_BASE64 = base64.b64encode(SOUND).decode()
SPOKEN = "Say it aloud."

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PLACE = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
    "required": ["city", "country"],
    "additionalProperties": False,
}
"""The schema of the capability `json`."""
FOUND = {"city": "Paris", "country": "France"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the official client: `method` is its dotted name. Bytes stand as `{"base64": ..}`."""

    method: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def streamed(self) -> bool:
        return bool(self.arguments.get("stream"))


def chat(model: str, streamed: bool, messages: list[dict[str, Any]] | None = None, **more: Any) -> Call:
    known: dict[str, Any] = {"model": model, "messages": messages or [user(ASKED)], **more}
    if streamed:
        known |= {"stream": True, "stream_options": {"include_usage": True}}
    return Call("chat.completions.create", known)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def conversation() -> list[dict[str, Any]]:
    """System, user, assistant, user: what the alternation rules of providers are about."""
    answered = {"role": "assistant", "content": ANSWERED_BEFORE}
    return [{"role": "system", "content": SYSTEM}, user(ASKED_BEFORE), answered, user(ASKED)]


def after_a_tool() -> list[dict[str, Any]]:
    """A call of the tool and its result, and the next question."""
    call = {"id": "call_fake1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Rome"}'}}
    return [
        user("The weather in Rome?"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_fake1", "content": "19 degrees"},
        {"role": "assistant", "content": "19 degrees."},
        user("And in Paris?"),
    ]


def seen() -> list[dict[str, Any]]:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE_BASE64}"}}
    return [user([{"type": "text", "text": "What is this?"}, picture])]


def schema() -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": PLACE}}


def ask(capability: str, model: str, streamed: bool) -> Call:
    """The call that shows a capability. `errors` are asked for like a text."""
    match capability:
        case "text" | "stream":
            knobs = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 64, "stop": ["END"]}
            return chat(model, streamed, conversation(), **knobs)
        case "errors" | "usage":
            return chat(model, streamed)
        case "tools" | "parallel_tools":
            return chat(model, streamed, after_a_tool(), tools=[WEATHER])
        case "vision":
            return chat(model, streamed, seen())
        case "json":
            messages = [user("Which city is the capital of France? Answer in JSON.")]
            return chat(model, streamed, messages, response_format=schema())
        case "reasoning":
            return chat(model, streamed, reasoning_effort="high")
        case "embeddings":
            return Call("embeddings.create", {"model": model, "input": ["one", "two"]})
        case "images":
            return Call("images.generate", {"model": model, "prompt": "a cat", "response_format": "b64_json"})
        case "speech":
            voice = {"voice": "alloy", "response_format": "wav"}
            return Call("audio.speech.create", {"model": model, "input": SPOKEN, **voice})
        case "transcriptions":
            file = ["talk.wav", {"base64": SOUND_BASE64}, "audio/wav"]
            return Call("audio.transcriptions.create", {"model": model, "file": file})
    raise ValueError(f"there is no capability {capability}")
