"""What a channel test asks, by endpoint, and what it says of the reply. Must not know how it is sent.

Each request is as small as it can be. A picture cannot be small: it is drawn only for who names its model.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from addon.canon.endpoint import Endpoint
from rules.provider import Provider
from rules.unit_rows import unit_row

COSTLY = frozenset({Endpoint.IMAGES})
"""Nothing that is tested unless it is asked for by name."""
KINDS: tuple[tuple[Endpoint, re.Pattern[str]], ...] = (
    (Endpoint.REALTIME, re.compile(r"realtime|-live\b")),
    (Endpoint.RERANK, re.compile(r"rerank")),
    (Endpoint.EMBEDDINGS, re.compile(r"embed|embo-|\bbge-|\bgte-|\be5-|similarity")),
    (Endpoint.MODERATIONS, re.compile(r"moderation")),
    (Endpoint.SPEECH, re.compile(r"tts|cosyvoice|speech-\d|orpheus|playai")),
    (Endpoint.TRANSCRIPTIONS, re.compile(r"whisper|transcribe|\basr\b|sensevoice")),
    (
        Endpoint.IMAGES,
        re.compile(
            r"dall-e|(?<!un)image|\bflux|diffusion|\bsd3|kolors|cogview|\bwanx|t2i|seedream|imagen|recraft|ideogram"
            r"|irag|step-[12]x|-canvas|drawing"
        ),
    ),
    (Endpoint.COMPLETIONS, re.compile(r"^(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)")),
)
"""What a model is for, by its name; chat is what none of these is."""
UNITS = {"image": Endpoint.IMAGES, "character": Endpoint.SPEECH, "search": Endpoint.RERANK}
"""What it is for by what is paid for, where the name does not tell."""
BOUNDARY = "one-api-test"
SAMPLE_RATE = 8000


def endpoint_of(provider: Provider, model: str) -> Endpoint | None:
    """The endpoint that this provider would serve the model at; None: one that cannot be tested like this."""
    name = model.lower()
    unit = unit_row(provider.id, model)
    paid = UNITS.get(unit.unit) if unit else None
    kind = paid or next((endpoint for endpoint, pattern in KINDS if pattern.search(name)), Endpoint.CHAT)
    if kind.value in provider.endpoints:
        return kind if kind in SAMPLES else None
    # A picture model of a provider that only chats, an embedding of one whose row has none: its usual way.
    return next((one for one in TESTED if one.value in provider.endpoints), None)


def choose(provider: Provider, models: Iterable[str], preferred: str = "gpt-3.5-turbo") -> str:
    """The model to test where none is named: One API's favourite, one that chats, or one that costs next to nothing;
    "" if there are only models for pictures and live talk."""
    kinds = {model: endpoint_of(provider, model) for model in models}
    if kinds.get(preferred) is Endpoint.CHAT:
        return preferred
    for wanted in (one for one in TESTED if one not in COSTLY):
        for model, kind in kinds.items():
            if kind is wanted:
                return model
    return ""


def sample(endpoint: Endpoint, model: str, prompt: str) -> tuple[str, bytes]:
    """Content type and body of the test request, in OpenAI's dialect."""
    if endpoint is Endpoint.TRANSCRIPTIONS:
        return f"multipart/form-data; boundary={BOUNDARY}", recording(model)
    document: Mapping[str, Any] = {"model": model, **SAMPLES[endpoint]}
    if endpoint is Endpoint.CHAT:
        document = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    return "application/json", json.dumps(document).encode()


SAMPLES: Mapping[Endpoint, Mapping[str, Any]] = {
    Endpoint.CHAT: {},
    Endpoint.COMPLETIONS: {"prompt": "Hello", "max_tokens": 16},
    Endpoint.EMBEDDINGS: {"input": "Hello"},
    Endpoint.MODERATIONS: {"input": "Hello"},
    Endpoint.RERANK: {"query": "hello", "documents": ["hello", "goodbye"]},
    Endpoint.SPEECH: {"input": "Hello.", "voice": "alloy"},
    Endpoint.TRANSCRIPTIONS: {},
    Endpoint.IMAGES: {"prompt": "a black dot on white", "n": 1},
}
TESTED = tuple(SAMPLES)
"""In this order a channel's endpoints are preferred."""


def recording(model: str) -> bytes:
    """A form with a second of silence."""
    silence = bytes(2 * SAMPLE_RATE)
    form = struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    sound = b"WAVEfmt " + form + b"data" + struct.pack("<I", len(silence)) + silence
    wave = b"RIFF" + struct.pack("<I", len(sound)) + sound
    head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="model"\r\n\r\n{model}\r\n--{BOUNDARY}\r\n'
    file = 'content-disposition: form-data; name="file"; filename="silence.wav"\r\ncontent-type: audio/wav\r\n\r\n'
    return (head + file).encode() + wave + f"\r\n--{BOUNDARY}--\r\n".encode()


def summary(endpoint: Endpoint, content_type: str, body: bytes) -> str:
    """What the reply, in OpenAI's dialect, says; in a few words where it is no text. Raises ValueError on garbage."""
    if endpoint is Endpoint.SPEECH and not content_type.startswith("application/json"):
        return f"{len(body)} bytes of {content_type.partition(';')[0]}"
    document = json.loads(body)
    match endpoint:
        case Endpoint.CHAT:
            return str((first(document, "choices").get("message") or {}).get("content") or "")
        case Endpoint.COMPLETIONS:
            return str(first(document, "choices").get("text") or "")
        case Endpoint.EMBEDDINGS:
            return f"a vector of {len(first(document, 'data').get('embedding') or ())} numbers"
        case Endpoint.MODERATIONS:
            return f"flagged: {str(bool(first(document, 'results').get('flagged'))).lower()}"
        case Endpoint.RERANK:
            return f"{len(document.get('results') or ())} documents ranked"
        case Endpoint.IMAGES:
            return f"{len(document.get('data') or ())} picture"
        case _:
            return f"heard: {str(document.get('text') or '').strip() or 'silence'}"


def first(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(iter(document.get(name) or ()), {})
    return found
