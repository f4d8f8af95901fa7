"""The replies of OpenAI's further endpoints: pictures, sound, transcripts, verdicts, ranks. Knows no sockets."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from typing import Any

from scripts.fake_provider.answer import Answer, document, sse, stream
from scripts.fake_provider.asked import Asked, Said

CREATED = 1_700_000_000
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOUND = b"ID3\x04\x00fake sound "
SECONDS = 2.5
SOUND_TYPES = {"wav": "audio/wav", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "pcm": "audio/pcm"}
KINDS = ("images", "speech", "transcriptions", "translations", "moderations", "rerank")


def answer(asked: Asked, said: Said) -> Answer:
    match asked.kind:
        case "images" if asked.stream:
            return stream(_drawn(asked))
        case "images":
            return document(_pictures(asked))
        case "speech":
            kind = SOUND_TYPES.get(str(asked.body.get("response_format")), "audio/mpeg")
            return stream((SOUND * 200 for _ in range(4)), kind)
        case "moderations":
            return document(_moderation(asked))
        case "rerank":
            return document(_ranks(asked))
        case _:
            return stream(_heard(said)) if asked.stream else _transcript(asked, said)


def _pictures(asked: Asked) -> dict[str, Any]:
    by_url = asked.body.get("response_format") == "url"
    one = {"url": "https://pictures.example/1.png"} if by_url else {"b64_json": base64.b64encode(PICTURE).decode()}
    usage = {"usage": _picture_usage(asked)} if asked.model.startswith("gpt-image") else {}
    return {"created": CREATED, "data": [one] * int(asked.body.get("n") or 1), **usage}


def _picture_usage(asked: Asked) -> dict[str, Any]:
    words = len(asked.prompt.split()) or 1
    details = {"text_tokens": words, "image_tokens": 0}
    return {"input_tokens": words, "input_tokens_details": details, "output_tokens": 272, "total_tokens": words + 272}


def _drawn(asked: Asked) -> Iterator[bytes]:
    picture = base64.b64encode(PICTURE).decode()
    begun = {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": picture}
    yield sse(begun, event="image_generation.partial_image")
    done = {"type": "image_generation.completed", "b64_json": picture, "usage": _picture_usage(asked)}
    yield sse(done, event="image_generation.completed")


def _heard(said: Said) -> Iterator[bytes]:
    for token in said.tokens:
        yield sse({"type": "transcript.text.delta", "delta": token})
    tokens = {"input_tokens": 25, "output_tokens": len(said.tokens), "total_tokens": 25 + len(said.tokens)}
    usage = {"type": "tokens", **tokens, "input_token_details": {"text_tokens": 0, "audio_tokens": 25}}
    yield sse({"type": "transcript.text.done", "text": said.text, "usage": usage})
    yield sse("[DONE]")


def _transcript(asked: Asked, said: Said) -> Answer:
    times = f"00:00:00.000 --> 00:00:{SECONDS:06.3f}"
    match asked.body.get("response_format"):
        case "text":
            return _plain(f"{said.text}\n", "text/plain")
        case "srt":
            return _plain(f"1\n{times.replace('.', ',')}\n{said.text}\n\n", "text/plain")
        case "vtt":
            return _plain(f"WEBVTT\n\n{times}\n{said.text}\n\n", "text/vtt")
        case "verbose_json":
            segment = {"id": 0, "start": 0.0, "end": SECONDS, "text": said.text}
            known = {"task": "transcribe", "language": "english", "duration": SECONDS}
            return document({**known, "text": said.text, "segments": [segment]})
        case _:
            usage = {"type": "duration", "seconds": math.ceil(SECONDS)}
            return document({"text": said.text, "usage": usage})


def _plain(text: str, content_type: str) -> Answer:
    return Answer(200, (("content-type", f"{content_type}; charset=utf-8"),), (text.encode(),))


def _moderation(asked: Asked) -> dict[str, Any]:
    given = asked.body.get("input")
    inputs = given if isinstance(given, list) and all(isinstance(one, str) for one in given) else [given]
    results = [_verdict("violence" in str(one)) for one in inputs]
    return {"id": "modr-fake", "model": asked.model, "results": results}


def _verdict(violent: bool) -> dict[str, Any]:
    scores = {"violence": 0.98 if violent else 0.01, "hate": 0.01}
    return {"flagged": violent, "categories": {"violence": violent, "hate": False}, "category_scores": scores}


def _ranks(asked: Asked) -> dict[str, Any]:
    """By the words that a document shares with the query."""
    query = set(str(asked.body.get("query")).lower().split())
    texts = [one if isinstance(one, str) else str(one.get("text")) for one in asked.body.get("documents") or []]
    scores = {place: len(query & set(text.lower().split())) / 10 for place, text in enumerate(texts)}
    best = sorted(scores, key=lambda place: -scores[place])[: asked.body.get("top_n") or len(texts)]
    results = [{"index": place, "relevance_score": scores[place]} for place in best]
    return {"id": "rerank-fake", "results": results, "meta": {"billed_units": {"search_units": 1}}}
