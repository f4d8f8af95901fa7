"""Coze's speech and transcripts, which belong to no bot: the key decides, and the model's name is left out.

Facts: cozepy's audio clients, www.coze.com/docs/developer_guides. Must not know chats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import Codec
from addon.canon.dialogue import body_of
from addon.canon.events import Event, Failed, Sound, Transcript
from addon.canon.form import Change, spliced
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, FormRequest, SpeechRequest
from addon.canon.sound import VOICES, refuse_forms, speech_format, within
from addon.dialects.coze_fault import fault_in
from addon.dialects.openai_media import pieces

FORMATS = {"mp3": "mp3", "wav": "wav", "pcm": "pcm", "opus": "ogg_opus"}
SPEEDS = (0.2, 3.0)
CARRIED = ("sample_rate", "loudness_rate", "emotion", "emotion_scale")


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    if not request.voice or request.voice in VOICES:
        raise CannotCarry("voice", "Coze wants the id of one of its voices, from its list of voices; set it as voice.")
    document: dict[str, Any] = {
        "input": request.input,
        "voice_id": request.voice,
        "response_format": speech_format(request, "Coze", FORMATS),
        **{name: request.body[name] for name in CARRIED if request.body.get(name) is not None},
    }
    speed = within(request.speed, *SPEEDS)
    if speed is not None:
        document["speed"] = speed
    return Outbound(
        method="POST",
        url=f"{target.base_url}/v1/audio/speech",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Sound passes as it is; a document in its place is an error, or garbage."""
    if not body.lstrip().startswith(b"{"):
        if request.stream:
            yield from map(Sound, pieces(body))
        return
    fault = fault_in(json.loads(body))
    if fault is None:
        raise ValueError("a document where sound belongs")
    yield Failed(fault)


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """The client's form, of which Coze takes the file alone."""
    refuse_forms(request, "Coze", ())
    changes: dict[str, Change] = {part.name: None for part in request.parts if part.filename is None}
    return Outbound(
        method="POST",
        url=f"{target.base_url}/v1/audio/transcriptions",
        headers=(("content-type", request.content_type),),
        body=spliced(request, changes),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Raises KeyError or ValueError for a document without text."""
    document = json.loads(body)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    yield Transcript(document["data"]["text"])


SPEECH = Codec(build=build_speech, reader=None, read_reply=read_speech, raw=True)
TRANSCRIPTS = Codec(build=build_transcription, reader=None, read_reply=read_transcript)
