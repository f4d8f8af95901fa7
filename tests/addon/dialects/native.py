"""What the tests of native dialects share: requests as clients write them, replies as clients read them.

Must not know any provider's format.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from addon.canon.codec import Codec, Dialect
from addon.canon.events import Event
from addon.canon.outbound import Outbound, Target
from addon.canon.request import ChatRequest, EmbeddingRequest, Endpoint, FormRequest
from addon.face.decode import decode
from addon.face.encode import Ids, encoder, fold
from addon.meter import Meter
from addon.pipe import Pipe
from addon.wire import decoder_for
from tests.clients import Reply, ask, parsed_by_openai
from tests.recordings import Recording
from tests.splits import frame_boundaries, offsets_for, same_at_every_split

SDK_TYPES = Path(__file__).resolve().parent / "sdk_types.py"
USER = {"role": "user", "content": "Hello"}
BUDGET = 8_000_000
"""Bytes to read for one recording, all its cuts together."""
IDS = Ids(id="chatcmpl-test", created=1_700_000_000, model="asked-for")
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def chat(*messages: Mapping[str, Any], **fields: Any) -> ChatRequest:
    """A chat request as a client sends it; without messages a greeting."""
    document = {"model": "asked-for", "messages": list(messages) or [USER], **fields}
    request = decode(Endpoint.CHAT, "application/json", json.dumps(document).encode())
    assert isinstance(request, ChatRequest)
    return request


def embedding(input: Any, **fields: Any) -> EmbeddingRequest:
    raw = json.dumps({"model": "asked-for", "input": input, **fields}).encode()
    request = decode(Endpoint.EMBEDDINGS, "application/json", raw)
    assert isinstance(request, EmbeddingRequest)
    return request


def transcribing(filename: str = "a.wav", media_type: str = "audio/wav", **fields: str) -> FormRequest:
    """A form with a sound, as a client sends it."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: {media_type}'
    model = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nasked-for\r\n'
    raw = "".join([*parts, model, f"--b\r\n{head}\r\n\r\nRIFF\r\n--b--\r\n"]).encode()
    request = decode(Endpoint.TRANSCRIPTIONS, "multipart/form-data; boundary=b", raw)
    assert isinstance(request, FormRequest)
    return request


def call(id: str, name: str, arguments: str, **extra: Any) -> dict[str, Any]:
    """A tool call in an assistant message."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}, **extra}


def result(id: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content}


def document(outbound: Outbound) -> Any:
    return json.loads(outbound.body)


@dataclass
class Said:
    """What a client makes of a reply. `calls` are (name, parsed arguments) in order."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    details: list[Any] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    finish: str | None = None
    usage: dict[str, int] = field(default_factory=dict)


def said_by(body: bytes) -> Said:
    """Reads a whole reply in OpenAI's dialect."""
    reply = json.loads(body)
    assert [choice["index"] for choice in reply["choices"]] == [0]
    message = reply["choices"][0]["message"]
    calls = message.get("tool_calls") or []
    return Said(
        text=message["content"] or "",
        reasoning=message.get("reasoning_content") or "",
        refusal=message["refusal"] or "",
        calls=[(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in calls],
        details=message.get("reasoning_details") or [],
        images=[one["image_url"]["url"] for one in message.get("images") or []],
        signatures=[signature for one in calls if (signature := signature_in(one))],
        finish=reply["choices"][0]["finish_reason"],
        usage=counts(reply["usage"]),
    )


def said_in(stream: bytes) -> Said:
    """Reads a streamed reply in OpenAI's dialect, strictly: order of chunks, `index` of calls, one end."""
    said = Said()
    chunks = [line.removeprefix("data: ") for line in stream.decode().split("\n\n")[:-1]]
    assert chunks.pop() == "[DONE]"
    written: list[dict[str, str]] = []
    for chunk in map(json.loads, chunks):
        if not chunk["choices"]:
            said.usage = counts(chunk["usage"])
            continue
        [choice] = chunk["choices"]
        assert said.finish is None and choice["index"] == 0
        delta = choice["delta"]
        said.text += delta.get("content") or ""
        said.reasoning += delta.get("reasoning_content") or ""
        said.refusal += delta.get("refusal") or ""
        said.details += delta.get("reasoning_details") or []
        said.images += [one["image_url"]["url"] for one in delta.get("images") or []]
        said.finish = choice["finish_reason"]
        for one in delta.get("tool_calls") or []:
            if one["index"] == len(written):
                assert one["id"] and one["type"] == "function"
                written.append({"name": one["function"]["name"], "arguments": ""})
                said.signatures += filter(None, [signature_in(one)])
            written[one["index"]]["arguments"] += one["function"].get("arguments", "")
    said.calls = [(one["name"], json.loads(one["arguments"])) for one in written]
    return said


def signature_in(one: Mapping[str, Any]) -> str:
    signature = one.get("extra_content", {}).get("google", {}).get("thought_signature", "")
    assert isinstance(signature, str)
    return signature


def counts(usage: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of a usage, without those that are 0."""
    found = {
        "prompt": usage["prompt_tokens"],
        "completion": usage["completion_tokens"],
        "total": usage["total_tokens"],
        "cached": usage["prompt_tokens_details"]["cached_tokens"],
        "written": usage["prompt_tokens_details"]["cache_write_tokens"],
        "reasoning": usage["completion_tokens_details"]["reasoning_tokens"],
    }
    return {name: number for name, number in found.items() if number}


class Reading:
    """A dialect at work on a recorded reply, as a pipe or at once."""

    def __init__(
        self, dialect: Dialect, target: Target, request: ChatRequest | None = None, framing: str = "text/event-stream"
    ) -> None:
        self.framing = framing
        self.codec: Codec = dialect.codecs[Endpoint.CHAT]
        self.target = target
        self.request = request or chat(stream=True, stream_options={"include_usage": True})

    def pipe(self, framing: str = "") -> Pipe:
        decoder = decoder_for(framing or self.framing)
        assert decoder is not None and self.codec.reader is not None
        reader = self.codec.reader(self.request, self.target)
        return Pipe(decoder, reader, encoder(self.request, IDS), Meter(self.target.model))

    def streamed(self, body: bytes) -> bytes:
        """The client's stream for a provider's stream."""
        pipe = self.pipe()
        out = b"".join([*pipe.feed(body), *pipe.close()])
        assert pipe.fault is None, pipe.fault
        return out

    def split(self, recording: Recording) -> bytes:
        """The same, made sure of at every kind of cut."""
        data = recording.body
        offsets = offsets_for(data, seed=len(data), frame_boundaries=frame_boundaries(data))
        # One cut costs a reading of the whole: the longer that is, the fewer of them.
        offsets = offsets[:: len(offsets) * len(data) // BUDGET + 1]
        [out] = same_at_every_split(self.pipe, data, [self.streamed(data)], offsets)
        assert isinstance(out, bytes)
        return out

    def events(self, body: bytes) -> list[Event]:
        return list(self.codec.read_reply(self.request, self.target, body))

    def whole(self, body: bytes) -> bytes:
        """The client's reply for a provider's whole reply."""
        return fold(self.request, self.events(body), IDS)


def misfits(cases: list[tuple[str, Any]]) -> list[str]:
    """What the providers' own SDKs find wrong with request documents: (sdk, document), see `sdk_types.py`."""
    return [wrong[:500] for wrong in ask(SDK_TYPES.read_text(encoding="utf-8"), cases) if wrong]


def read_by_openai(streamed: bool, bodies: list[bytes]) -> list[Said]:
    """What the official client understands, without a complaint; usage is its total only."""
    parsed = parsed_by_openai([Reply("chat-stream" if streamed else "chat", body) for body in bodies])
    found = []
    for one in parsed:
        assert (one.error, one.invalid) == ("", [])
        reply = one.final if streamed else one.chunks[0]
        assert reply is not None
        [choice] = reply["choices"]
        calls = choice["message"].get("tool_calls") or []
        found.append(
            Said(
                text=choice["message"].get("content") or "",
                calls=[(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls],
                finish=choice["finish_reason"],
                usage={"total": reply["usage"]["total_tokens"]},
            )
        )
    return found
