"""Zhipu's sound: GLM-TTS speaks as wav or raw samples, GLM-ASR hears OpenAI's form and answers in JSON or its stream.

Composes `openai_sound`. https://docs.bigmodel.cn/cn/guide/models/sound-and-video/glm-tts Must not know conversations.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.events import Ended, Event, Failed, Sound, UsageReported
from addon.canon.form import spliced
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import FormRequest, SpeechRequest
from addon.canon.sound import speech_format, voice_of, within
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_meanings import usage_of
from addon.dialects.openai_request import path
from addon.dialects.openai_sound import form_changes

Json = dict[str, Any]
FORMATS = {"wav": "wav", "pcm": "pcm"}
VOICE = "tongtong"
SPEEDS = (0.5, 2.0)
CARRIED = ("volume", "watermark_enabled", "sensitive_word_check", "request_id", "user_id")
UNKNOWN = ("response_format", "language", "temperature", "timestamp_granularities[]", "include[]", "chunking_strategy")
"""Fields of OpenAI's form that have no place in Zhipu's."""


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    """Streams have raw samples only; who wants another format as a stream gets it when it is whole."""
    form = speech_format(request, "Zhipu", FORMATS)
    document: Json = {
        "model": target.model,
        "input": request.input,
        "voice": voice_of(request, VOICE),
        "response_format": form,
        **{name: request.body[name] for name in CARRIED if request.body.get(name) is not None},
    }
    speed = within(request.speed, *SPEEDS)
    if speed is not None:
        document["speed"] = speed
    if request.stream and form == "pcm":
        document |= {"stream": True, "encode_format": "base64"}
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """Zhipu takes neither a form of the transcript nor a language, and does stream."""
    changes = {name: value for name, value in form_changes(request, target).items() if name == "model"}
    changes |= dict.fromkeys(name for name in UNKNOWN if name in request.body)
    return Outbound(
        method="POST",
        url=target.base_url + path(request.endpoint, target),
        headers=(("content-type", request.content_type),),
        body=spliced(request, changes),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


class SpeechReader:
    """Reads one stream of samples, which come where a chat's text would."""

    def __init__(self, request: SpeechRequest, target: Target) -> None:
        pass

    def read(self, frame: Frame) -> Iterable[Event]:
        data = frame.data.strip()
        if data == b"[DONE]":
            yield Ended()
            return
        chunk = json.loads(data)
        fault = fault_in(chunk)
        if fault is not None:
            yield Failed(fault)
            return
        if isinstance(chunk.get("usage"), dict):
            yield UsageReported(usage_of(chunk["usage"]))
        for choice in chunk.get("choices") or ():
            content = (choice.get("delta") or {}).get("content")
            if content:
                yield Sound(base64.b64decode(content))
            if choice.get("finish_reason"):
                yield Ended()

    def close(self) -> Iterable[Event]:
        return ()
