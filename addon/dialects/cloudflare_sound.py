"""Cloudflare's sound: Whisper and Nova hear, MeloTTS and Aura speak; each model has words of its own.

Facts: developers.cloudflare.com/workers-ai/models, the pages of each model. Must not know conversations, nor addresses.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.events import Event, Failed, Segment, Sound, Transcript
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, FormRequest, SpeechRequest
from addon.canon.sound import VOICES, media_type_of, refuse_forms, sniffed, speech_format, upload_of
from addon.dialects.openai_media import pieces

Json = dict[str, Any]
MELO = "melotts"
LANGUAGES = ("en", "fr", "es", "zh", "jp", "kr")
"""MeloTTS's; its voice is the language."""
AURA_FORMATS: Mapping[str, tuple[str, str]] = {
    "mp3": ("mp3", ""),
    "opus": ("opus", "ogg"),
    "aac": ("aac", ""),
    "flac": ("flac", ""),
    "wav": ("linear16", "wav"),
    "pcm": ("linear16", "none"),
}
"""OpenAI's format -> Aura's encoding and container."""
RATE = 24_000
TURBO = "whisper-large"
"""The Whisper that takes JSON, knows languages, tells times and translates."""
NOVA = "nova-"


def speech_document(request: SpeechRequest, model: str) -> Json:
    if MELO in model:
        speech_format(request, "MeloTTS", {"mp3": "mp3"})
        language = request.voice.lower().partition("-")[0]
        return {"prompt": request.input, **({"lang": language} if language in LANGUAGES else {})}
    form = speech_format(request, "Aura", {name: name for name in AURA_FORMATS})
    encoding, container = AURA_FORMATS[form]
    return {
        "text": request.input,
        "encoding": encoding,
        **({"container": container} if container else {}),
        **({"sample_rate": RATE} if encoding == "linear16" else {}),
        **({"speaker": request.voice.lower()} if request.voice and request.voice not in VOICES else {}),
    }


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Aura's sound passes as it is; MeloTTS's comes in a document."""
    if not body.lstrip().startswith(b"{"):
        if request.stream:
            yield from map(Sound, pieces(body))
        return
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    data = base64.b64decode(document["result"]["audio"])
    yield Sound(data, sniffed(data))


def fault_in(document: Json) -> Fault | None:
    """A reply that says of itself that it is none."""
    if document.get("success") is not False:
        return None
    errors: Any = document.get("errors") or [{}]
    return Fault(FaultKind.SERVER_ERROR, 502, str(errors[0].get("message") or "Workers AI does not say what failed"))


def heard(request: FormRequest, model: str) -> tuple[str, bytes | Json]:
    """The content type and what is sent: JSON, or the recording as it is."""
    refuse_forms(request, "Workers AI", ("srt", "vtt", "verbose_json"))
    upload = upload_of(request)
    translates = request.endpoint is Endpoint.TRANSLATIONS
    if TURBO in model:
        wanted: Json = {
            "audio": base64.b64encode(upload.data).decode(),
            "task": "translate" if translates else "transcribe",
            "language": "" if translates else request.language,
            "initial_prompt": request.prompt,
        }
        return "application/json", {name: value for name, value in wanted.items() if value}
    if translates:
        raise CannotCarry("model", "Of Cloudflare's models @cf/openai/whisper-large-v3-turbo translates; ask for it.")
    return media_type_of(upload), upload.data


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Raises KeyError or ValueError for a document that is no transcript."""
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    result = document.get("result") or document
    yield nova(request, result["results"]) if "results" in result else whisper(request, result)


def whisper(request: FormRequest, result: Json) -> Transcript:
    """The older ones tell words only, all of which are one segment then."""
    info = result.get("transcription_info") or {}
    segments = [
        Segment(str(one.get("text") or "").strip(), float(one.get("start") or 0), float(one.get("end") or 0))
        for one in result.get("segments") or ()
    ]
    of_segments = [word for one in result.get("segments") or () for word in one.get("words") or ()]
    words = words_of(result.get("words") or of_segments, "word")
    if not segments and words:
        segments = [Segment(result["text"].strip(), words[0].start, words[-1].end)]
    seconds = info.get("duration")
    return Transcript(
        result["text"],
        language=str(info.get("language") or ""),
        seconds=None if seconds is None else float(seconds),
        segments=tuple(segments),
        words=words if wants_words(request) else (),
    )


def nova(request: FormRequest, results: Json) -> Transcript:
    best = results["channels"][0]["alternatives"][0]
    words = words_of(best.get("words") or (), "word")
    segments = (Segment(best["transcript"], words[0].start, words[-1].end),) if words else ()
    return Transcript(best["transcript"], segments=segments, words=words if wants_words(request) else ())


def words_of(words: Any, name: str) -> tuple[Segment, ...]:
    return tuple(Segment(str(one[name]).strip(), float(one["start"]), float(one["end"])) for one in words)


def wants_words(request: FormRequest) -> bool:
    return "word" in (request.body.get("timestamp_granularities[]") or ())
