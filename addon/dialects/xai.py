"""xAI: OpenAI's dialect for conversations and pictures, and for sound addresses and words of its own.

Composes `openai`. https://docs.x.ai/developers/model-capabilities/audio Must not know channels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from addon.canon.codec import Codec
from addon.canon.dialogue import body_of
from addon.canon.events import Event, Failed, Segment, Transcript
from addon.canon.form import field_part
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint, FormRequest, SpeechRequest
from addon.canon.sound import refuse_forms, sentences, speech_format, voice_of, within
from addon.dialects import openai
from addon.dialects.openai_fault import fault_in

Json = dict[str, Any]
SPEECH = openai.DIALECT.codecs[Endpoint.SPEECH]
FORMATS = {"mp3": "mp3", "wav": "wav", "pcm": "pcm"}
RATE = 24_000
VOICE = "eve"
SPEEDS = (0.7, 1.5)
CARRIED = ("optimize_streaming_latency", "text_normalization")
OF_FORM = ("language", "diarize", "multichannel", "channels", "keyterm", "filler_words", "audio_format", "sample_rate")
"""xAI's own fields of transcriptions; `language` is OpenAI's as well."""


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    """There is one model, which is not named. The language is found by listening, unless the client says it."""
    form = speech_format(request, "xAI", FORMATS)
    language = request.body.get("language")
    document: Json = {
        "text": request.input,
        "voice_id": voice_of(request, VOICE),
        "language": language if isinstance(language, str) and language else "auto",
        "output_format": {"codec": form, "sample_rate": RATE},
        **{name: request.body[name] for name in CARRIED if request.body.get(name) is not None},
    }
    speed = within(request.speed, *SPEEDS)
    if speed is not None:
        document["speed"] = speed
    return Outbound(
        method="POST",
        url=f"{root(target)}/v1/tts",
        headers=(("content-type", "application/json"), ("accept", "*/*")),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def root(target: Target) -> str:
    return target.base_url.removesuffix("/v1")


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """A form of xAI's own: its fields first, and the file as the last part, byte for byte."""
    refuse_forms(request, "xAI", ("srt", "vtt", "verbose_json", "diarized_json"))
    fields: dict[str, str | list[str]] = {"model": target.model}
    fields |= {name: request.body[name] for name in OF_FORM if request.body.get(name)}
    if request.language:
        fields["format"] = "true"
    if request.response_format == "diarized_json":
        fields["diarize"] = "true"
    parts = [field_part(request.boundary, name, one) for name, given in fields.items() for one in values(given)]
    file = next(part for part in request.parts if part.name == "file" and part.filename is not None)
    closing = b"--" + request.boundary + b"--\r\n"
    return Outbound(
        method="POST",
        url=f"{root(target)}/v1/stt",
        headers=(("content-type", request.content_type),),
        body=b"".join([*parts, request.raw[file.start : file.end], closing]),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def values(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Raises KeyError or ValueError for a document that is no transcript."""
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    seconds = document.get("duration")
    words = tuple(word_of(word) for word in document.get("words") or ())
    granularities = request.body.get("timestamp_granularities[]") or ()
    yield Transcript(
        document["text"],
        language=document.get("language") or "",
        seconds=None if seconds is None else float(seconds),
        segments=tuple(sentences(words, " ")),
        words=words if "word" in granularities else (),
    )


def word_of(word: Json) -> Segment:
    speaker = word.get("speaker")
    return Segment(word["text"], float(word["start"]), float(word["end"]), "" if speaker is None else str(speaker))


DIALECT = replace(
    openai.DIALECT,
    name="xai",
    codecs={
        **openai.DIALECT.codecs,
        Endpoint.SPEECH: replace(SPEECH, build=build_speech),
        Endpoint.TRANSCRIPTIONS: Codec(build=build_transcription, reader=None, read_reply=read_transcript),
    },
)
