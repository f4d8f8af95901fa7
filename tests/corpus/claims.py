"""Which reader a recording is for, whatever folder it lies in, and its way through the relay's translation.

`claim` goes by the address first, by the folder next, and takes everything else for OpenAI's dialect (type 50), as an
operator would. Must not know what a reply says: the oracles do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from addon.attempts import Send, exchange_of
from addon.canon.endpoint import Endpoint
from addon.canon.fault import Fault
from addon.canon.outbound import Outbound
from addon.canon.request import Request
from addon.dialects import DIALECTS
from addon.face.decode import decode
from addon.pipe import Pipe
from addon.plan import Means, candidate
from addon.raw_pipe import RawPipe
from addon.translation import Reply, Translated, Translation
from tests.addon.dialects.credentials import service_account
from tests.builders import caller, channel, snapshot
from tests.forms import form_request
from tests.recordings import Recording

OUT_OF_SCOPE = ("responses", "responses-stream", "models", "count-tokens", "translate")
"""Kinds of recordings that are nobody's: endpoints that One API does not have."""
GENERIC = 50

FOLDERS: dict[str, int] = {
    "aiproxy": 21,
    "alephalpha": GENERIC,
    "anthropic": 14,
    "azure-openai": 3,
    "baichuan": 26,
    "baidu": 15,
    "baidu-v2": 47,
    "bedrock": 33,
    "cloudflare": 37,
    "cohere": 35,
    "coze": 34,
    "dashscope": 17,
    "dashscope-compat": 49,
    "deepl": 38,
    "deepseek": 36,
    "doubao": 40,
    "gemini": 24,
    "gemini-openai-compat": 51,
    "groq": 29,
    "minimax": 27,
    "mistral": 28,
    "moonshot": 25,
    "ollama": 30,
    "openai": 1,
    "openrouter": 20,
    "replicate": 46,
    "siliconflow": 44,
    "spark": 48,
    "stepfun": 32,
    "tencent": 23,
    "together": 39,
    "vertex": 42,
    "xai": 45,
    "xunfei": 18,
    "zhipu": 16,
}
"""A recordings' folder -> One API's channel type. One that is not here speaks OpenAI's dialect until told otherwise."""

ADDRESSES: tuple[tuple[str, int, dict[str, str]], ...] = (
    (r"googleapis\.com/v1beta/openai/", 51, {}),
    (r"anthropic\.com/v1/(chat/completions|embeddings)", GENERIC, {}),
    (r"aiplatform\.googleapis\.com", 42, {}),
    (r":(generateContent|streamGenerateContent|batchEmbedContents|embedContent|predict)\b", 24, {}),
    (r"bedrock-runtime[^/]*/model/", 33, {}),
    (r"/v1/messages(\?|$)", 14, {}),
    (r"cohere\.(com|ai)/v1/chat", 35, {"api_version": "v1"}),
    (r"cohere\.(com|ai)/", 35, {}),
    (r"/api/(chat|generate|embed)(\?|$)", 30, {}),
    (r"/ai/run/", 37, {"api_version": "run"}),
    (r"/open_api/v2/chat", 34, {"api_version": "v2"}),
)
"""What an address tells: a pattern, the channel type, and the channel's configuration. The first that fits counts."""

KEYS = {
    15: "fake-ak|fake-sk",
    18: "APPID|fake-secret|fake-key",
    23: "1300000000|AKIDfakefake|fakesecret",
    33: "AKIDFAKE|fake/secret|us-east-1",
    42: service_account(),
}
CONFIG = {37: {"user_id": "0" * 32}, 42: {"region": "us-central1"}}
ENDPOINTS = {
    "chat": Endpoint.CHAT,
    "completions": Endpoint.COMPLETIONS,
    "embeddings": Endpoint.EMBEDDINGS,
    "images": Endpoint.IMAGES,
    "task": Endpoint.IMAGES,
    "predictions": Endpoint.IMAGES,
    "audio-speech": Endpoint.SPEECH,
    "audio-transcription": Endpoint.TRANSCRIPTIONS,
    "audio-translation": Endpoint.TRANSLATIONS,
    "moderations": Endpoint.MODERATIONS,
    "rerank": Endpoint.RERANK,
}
ASKED: dict[Endpoint, dict[str, Any]] = {
    Endpoint.CHAT: {"messages": [{"role": "user", "content": "hi"}]},
    Endpoint.COMPLETIONS: {"prompt": "hi"},
    Endpoint.EMBEDDINGS: {"input": "hi"},
    Endpoint.IMAGES: {"prompt": "a cat"},
    Endpoint.SPEECH: {"input": "hi", "voice": "alloy"},
    Endpoint.MODERATIONS: {"input": "hi"},
    Endpoint.RERANK: {"query": "q", "documents": ["a", "b", "c", "d", "e"]},
}
FRAMINGS = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "eventstream": "application/vnd.amazon.eventstream",
    "json": "application/json",
    "json-array": "application/json",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Who reads a recording: a channel of this type, asked for this upstream model at this endpoint."""

    type: int
    endpoint: Endpoint
    model: str
    config: dict[str, str] = field(default_factory=dict)


def in_scope(recording: Recording) -> bool:
    return recording.kind not in OUT_OF_SCOPE


def claim(recording: Recording) -> Claim:
    """Raises KeyError for a kind that has no endpoint here."""
    found = next(((type, config) for pattern, type, config in ADDRESSES if re.search(pattern, recording.url)), None)
    type, config = found or (FOLDERS.get(recording.provider, GENERIC), {})
    endpoint = ENDPOINTS[recording.kind.removesuffix("-stream")]
    if endpoint is Endpoint.IMAGES and recording.url.endswith("/edits"):
        endpoint = Endpoint.IMAGE_EDITS
    if recording.kind == "predictions" and not is_picture(recording):
        endpoint = Endpoint.CHAT
    return Claim(type, endpoint, model_of(recording), {**CONFIG.get(type, {}), **config})


def is_picture(recording: Recording) -> bool:
    """Whether a prediction drew: its model's name does not say, its input or output does."""
    document = json.loads(recording.body)
    output = document.get("output")
    found = output if isinstance(output, list) else [output]
    return any(isinstance(one, str) and re.match(r"https?://", one) for one in found) or "width" in str(
        document.get("input")
    )


def model_of(recording: Recording) -> str:
    named = re.search(r"/models?/([^/:?]+)", recording.url)
    return recording.model or (named[1].replace("%3A", ":") if named else "upstream-model")


def asked(recording: Recording, endpoint: Endpoint) -> Request:
    """A plain request of this kind, as a client writes it; streams are asked for with their usage."""
    if endpoint in (Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS):
        streams = [("stream", "true")] if recording.framing == "sse" else []
        return form_request(endpoint, ("model", "asked-for"), *streams)
    if endpoint is Endpoint.IMAGE_EDITS:
        return form_request(endpoint, ("model", "asked-for"), ("prompt", "a dog"))
    body: dict[str, Any] = {"model": "asked-for", **ASKED[endpoint]}
    if recording.streamed:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return decode(endpoint, "application/json", json.dumps(body).encode())


def sent(recording: Recording) -> Send:
    """The relay's attempt that this recording answers."""
    found = claim(recording)
    one = channel(
        type=found.type,
        key=KEYS.get(found.type, "fake-id.fake-secret"),
        base_url="https://provider.example",
        models=("asked-for",),
        model_mapping={"asked-for": found.model},
        config=found.config,
    )
    made = candidate(snapshot(), caller(), one, found.endpoint, "asked-for", Means(DIALECTS, {}), 1_800_000_000)
    assert made is not None, f"channel type {found.type} has no {found.endpoint.value}"
    way_back = Translation(asked(recording, found.endpoint), made, "test", 1_700_000_000, 9)
    return Send(1, made, Outbound("POST", recording.url), way_back)


def headers(recording: Recording) -> dict[str, str]:
    """The reply's headers; a recording that lost its content type has the one of its framing."""
    packing = {"content-encoding", "transfer-encoding", "content-length"}
    kept = {name: value for name, value in recording.headers.items() if name not in packing}
    return {"content-type": FRAMINGS.get(recording.framing, "application/json"), **kept}


def piped(recording: Recording) -> Pipe | RawPipe | None:
    """The pipe for this recording; None where the relay reads it whole."""
    return sent(recording).translation.pipe(recording.status, headers(recording))


def answered(recording: Recording) -> Translated | Fault | Send:
    """What follows from a reply that is read whole: the client's reply, a fault, or another request."""
    send = sent(recording)
    steps = exchange_of(send.translation.request, send, send.candidate.target)
    next(steps)
    try:
        return steps.send(Reply(recording.status, headers(recording), recording.body))
    except StopIteration as end:
        found: Translated | Fault = end.value
        return found
