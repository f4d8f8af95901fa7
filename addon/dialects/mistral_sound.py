"""Voxtral: speech as base64 in a document, transcripts of a form that is nearly OpenAI's; streams with other names.

Facts: mistralai's types, docs.mistral.ai/studio/audio. Must not know conversations.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.events import Ended, Event, Failed, Meaning, Passed, Segment, Sound, Started, TextDelta, Transcript
from addon.canon.form import Change, spliced
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import FormRequest, SpeechRequest
from addon.canon.sound import TIMED, VOICES, speech_format
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_media import media_usage, transcript
from addon.dialects.openai_request import path

Json = dict[str, Any]
FORMATS = {name: name for name in ("mp3", "wav", "pcm", "flac", "opus")}
CARRIED = ("ref_audio", "expressiveness", "phoneme_hints", "metadata", "prompt_cache_key", "conversation_history")
"""Mistral's own fields of speech."""
UNKNOWN = ("response_format", "prompt", "include[]", "chunking_strategy", "user", "known_speaker_names[]")
"""Fields of OpenAI's form that have no place in Mistral's."""
GRANULARITIES = "timestamp_granularities"
WITH_SPEAKERS = "diarized_json"


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    """OpenAI's voices are left out: Mistral then takes one of its own, or that of `ref_audio`."""
    document: Json = {
        "model": target.model,
        "input": request.input,
        "response_format": speech_format(request, "Mistral", FORMATS),
        "stream": request.stream,
        **({"voice_id": request.voice} if request.voice and request.voice not in VOICES else {}),
        **{name: request.body[name] for name in CARRIED if request.body.get(name) is not None},
    }
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", "application/json"), ("accept", accepted(request.stream))),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """The client's form. Times exclude a language: the language is left out then."""
    changes: dict[str, Change] = dict.fromkeys(name for name in UNKNOWN if name in request.body)
    if request.body.get("model") != target.model:
        changes["model"] = target.model
    wanted = granularities(request)
    if f"{GRANULARITIES}[]" in request.body:
        changes[f"{GRANULARITIES}[]"] = None
    if wanted:
        changes[GRANULARITIES] = wanted
        changes |= {"language": None} if "language" in request.body else {}
    if request.response_format == WITH_SPEAKERS:
        changes["diarize"] = "true"
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", request.content_type), ("accept", accepted(request.stream))),
        body=spliced(request, changes),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def accepted(streams: bool) -> str:
    return "text/event-stream" if streams else "application/json"


def granularities(request: FormRequest) -> tuple[str, ...]:
    """What shall have times: what the client says, segments where its form of transcript needs them."""
    if GRANULARITIES in request.body:
        return ()
    given = request.body.get(f"{GRANULARITIES}[]")
    if isinstance(given, list):
        return tuple(given)
    return ("segment",) if request.response_format in (*TIMED, WITH_SPEAKERS) else ()


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Raises KeyError or ValueError for a document without sound."""
    document = opened(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started()
    yield Sound(base64.b64decode(document["audio_data"]))
    yield from media_usage(document)
    yield Ended()


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """A document passes to a client that asked for one, its usage in OpenAI's words as well. Raises KeyError or
    ValueError for one without text."""
    document = opened(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    said: list[Meaning] = [transcript(document), *media_usage(document), Ended()]
    if request.response_format in ("", "json"):
        yield Passed(body_of(document | {"usage": usage_of(document.get("usage") or {})}), tuple(said))
    else:
        yield from said


def usage_of(told: Json) -> Json:
    """Mistral's counts, and what OpenAI's clients look for: of seconds, or of tokens."""
    seconds = told.get("prompt_audio_seconds")
    if seconds is not None:
        return {**told, "type": "duration", "seconds": seconds}
    counted = {"input_tokens": told.get("prompt_tokens") or 0, "output_tokens": told.get("completion_tokens") or 0}
    return {"total_tokens": sum(counted.values()), **told, "type": "tokens", **counted}


def opened(data: bytes) -> Json:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("a document that is no JSON object")
    return document


class SpeechReader:
    """Reads one stream of speech."""

    def __init__(self, request: SpeechRequest, target: Target) -> None:
        pass

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.data.strip() == b"[DONE]":
            return
        document = opened(frame.data)
        fault = fault_in(document)
        if fault is not None:
            yield Failed(fault)
        elif document.get("type") == "speech.audio.delta":
            yield Sound(base64.b64decode(document["audio_data"]))
        elif document.get("type") == "speech.audio.done":
            yield from media_usage(document)
            yield Ended()

    def close(self) -> Iterable[Event]:
        return ()


class TranscriptReader:
    """Reads one streamed transcript; its segments come one by one, and all of them again at the end."""

    def __init__(self, request: FormRequest, target: Target) -> None:
        self._segments: list[Segment] = []

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.data.strip() == b"[DONE]":
            return
        document = opened(frame.data)
        fault = fault_in(document)
        if fault is not None:
            yield Failed(fault)
            return
        match document.get("type"):
            case "transcription.text.delta":
                yield TextDelta(str(document.get("text") or ""))
            case "transcription.segment":
                self._segments += transcript({"text": "", "segments": [document]}).segments
            case "transcription.done":
                said = transcript(document)
                yield Transcript(said.text, said.language, said.seconds, said.segments or tuple(self._segments))
                yield from media_usage(document)
                yield Ended()

    def close(self) -> Iterable[Event]:
        return ()
