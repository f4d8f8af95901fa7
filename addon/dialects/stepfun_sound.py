"""StepFun's transcripts: OpenAI's form for `step-asr`, and for the StepAudio models a document with the recording,
which is always answered with a stream. Composes `openai`.

https://platform.stepfun.com/docs/zh/api-reference/audio/asr-sse Must not know conversations.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.events import Ended, Event, Failed, Segment, TextDelta, Transcript
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, Endpoint, FormRequest
from addon.canon.sound import TIMED, format_of, refuse_forms, sentences, upload_of
from addon.dialects import openai
from addon.dialects.openai_fault import fault_in, fault_of
from addon.dialects.openai_media import media_usage
from addon.dialects.openai_request import path

Json = dict[str, Any]
FORM = openai.DIALECT.codecs[Endpoint.TRANSCRIPTIONS]
NEWER = "stepaudio"
CONTAINERS = {"opus": "ogg", "oga": "ogg"}
SAMPLES = {"codec": "pcm_s16le", "rate": 16000, "bits": 16, "channel": 1}
"""What is to be said of raw samples; they say nothing themselves."""


def build(request: FormRequest, target: Target) -> Outbound:
    if not target.model.startswith(NEWER):
        return FORM.build(request, target)
    refuse_forms(request, "StepFun", TIMED)
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target).replace(request.endpoint.value, "audio/asr/sse"),
        headers=(("content-type", "application/json"), ("accept", "text/event-stream")),
        body=body_of({"audio": audio(request, target.model)}),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def audio(request: FormRequest, model: str) -> Json:
    """The recording, how to hear it and what it is."""
    upload = upload_of(request)
    form = CONTAINERS.get(format_of(upload), format_of(upload))
    wanted: Json = {"model": model, "enable_timestamp": is_timed(request)}
    if request.language:
        wanted["language"] = request.language
    if request.body.get("hotwords"):
        wanted["hotwords"] = hotwords(request.body["hotwords"])
    described = {"type": form, **(SAMPLES if form == "pcm" else {})}
    data = base64.b64encode(upload.data).decode()
    return {"data": data, "input": {"transcription": wanted, "format": described}}


def hotwords(given: Any) -> list[str]:
    """A list in JSON, as StepFun's own form has it."""
    try:
        found = json.loads(given)
    except (TypeError, ValueError):
        found = None
    if not isinstance(found, list):
        raise CannotCarry("hotwords", 'hotwords must be a list in JSON, as in ["one", "two"].')
    return [str(word) for word in found]


def is_timed(request: FormRequest) -> bool:
    return request.response_format in TIMED


def read_reply(request: FormRequest, target: Target, body: bytes) -> Iterable[Event]:
    """A document in place of a stream is an error."""
    if not target.model.startswith(NEWER):
        return FORM.read_reply(request, target, body)
    fault = fault_in(json.loads(body))
    if fault is None:
        raise ValueError("StepFun answered without a stream")
    return [Failed(fault)]


class Reader:
    """Reads one stream; each piece may say when it was spoken, in milliseconds."""

    def __init__(self, request: FormRequest, target: Target) -> None:
        self._timed = is_timed(request)
        self._words_asked = "word" in (request.body.get("timestamp_granularities[]") or ())
        self._words: list[Segment] = []

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.data.strip() == b"[DONE]":
            return
        document = json.loads(frame.data)
        match document.get("type"):
            case "error":
                told = {name: document.get(name) for name in ("message", "code")}
                yield Failed(fault_of({"error": told}, 200, {}))
            case "transcript.text.delta":
                yield from self._heard(document)
            case "transcript.text.done":
                yield from self._done(document)

    def close(self) -> Iterable[Event]:
        return ()

    def _heard(self, document: Json) -> Iterator[Event]:
        text = str(document.get("delta") or "")
        if self._timed and text:
            begin, end = document.get("start_time") or 0, document.get("end_time") or 0
            self._words.append(Segment(text, begin / 1000, end / 1000))
        yield TextDelta(text)

    def _done(self, document: Json) -> Iterator[Event]:
        words = tuple(self._words)
        told = words if self._words_asked else ()
        segments = tuple(sentences(words, ""))
        seconds = words[-1].end if words else None
        yield Transcript(str(document["text"]), seconds=seconds, segments=segments, words=told)
        yield from media_usage(document)
        yield Ended()


TRANSCRIPTS = replace(FORM, build=build, reader=Reader, read_reply=read_reply, raw_stream=False)
