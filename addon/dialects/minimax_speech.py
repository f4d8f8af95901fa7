"""MiniMax's speech, T2A v2: sound as hexadecimal digits in a document, or piece by piece in a stream.

Novita sells it at its own addresses, with the same documents. Must not know where a request goes.
https://platform.minimax.io/docs/api-reference/speech-t2a-http
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.events import Ended, Event, Failed, Sound, Started, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import SpeechRequest
from addon.canon.sound import speech_format, voice_of, within
from addon.dialects.openai_fault import fault_in

Json = dict[str, Any]
FORMATS = {"mp3": "mp3", "wav": "wav", "flac": "flac", "pcm": "pcm"}
STREAMED = ("mp3", "pcm", "flac")
VOICE = "male-qn-qingse"
"""The first of the system's voices, in every example of the documentation."""
SPEEDS = (0.5, 2.0)
CARRIED = (
    "language_boost",
    "pronunciation_dict",
    "timber_weights",
    "voice_modify",
    "subtitle_enable",
    "aigc_watermark",
)
"""MiniMax's own fields, as clients may send them beside OpenAI's."""
OF_VOICE = ("vol", "pitch", "emotion", "text_normalization", "latex_read")
OF_SOUND = ("sample_rate", "bitrate", "channel")
DONE = 2
"""The status of a stream's last frame."""


def document(request: SpeechRequest, provider: str) -> Json:
    """All but the model. A stream is asked for where the client wants one, and its format can be streamed."""
    form = speech_format(request, provider, FORMATS)
    voice: Json = {"voice_id": voice_of(request, VOICE)} | picked(request.body, OF_VOICE)
    speed = within(request.speed, *SPEEDS)
    if speed is not None:
        voice["speed"] = speed
    streams = request.stream and form in STREAMED
    return {
        "text": request.input,
        "stream": streams,
        **({"stream_options": {"exclude_aggregated_audio": True}} if streams else {}),
        "output_format": "hex",
        "voice_setting": voice,
        "audio_setting": {"format": form} | picked(request.body, OF_SOUND),
        **picked(request.body, CARRIED),
    }


def picked(body: Mapping[str, Any], names: Iterable[str]) -> Json:
    return {name: body[name] for name in names if body.get(name) is not None}


def read_reply(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The sound of a whole reply. Raises KeyError or ValueError for a document that is none."""
    reply = opened(body)
    fault = fault_in(reply)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(id=str(reply.get("trace_id") or ""))
    yield Sound(sound_in(reply))
    yield from usage_of(reply)
    yield Ended()


def opened(data: bytes) -> Json:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    return document


def sound_in(reply: Json) -> bytes:
    """The oldest documents have the sound at the top."""
    data = reply.get("data")
    return bytes.fromhex((data if isinstance(data, dict) else reply)["audio"])


def usage_of(reply: Json) -> Iterator[UsageReported]:
    """Characters as MiniMax counts them: a Chinese one is two."""
    count = (reply.get("extra_info") or {}).get("usage_characters")
    if isinstance(count, int):
        yield UsageReported(Usage(characters=count))


class StreamReader:
    """Reads one stream. Its last frame has all of the sound again, unless it keeps to what it was asked."""

    def __init__(self, request: SpeechRequest, target: Target) -> None:
        self._begun = False

    def read(self, frame: Frame) -> Iterable[Event]:
        reply = opened(frame.data)
        fault = fault_in(reply)
        if fault is not None:
            yield Failed(fault)
            return
        data = reply.get("data") or {}
        last = data.get("status") == DONE
        if data.get("audio") and not (last and self._begun):
            self._begun = True
            yield Sound(sound_in(reply))
        yield from usage_of(reply)
        if last:
            yield Ended() if self._begun else Failed(SILENT)

    def close(self) -> Iterable[Event]:
        return ()


SILENT = Fault(FaultKind.GARBAGE, 502, "MiniMax ended its stream without a sound.", code="upstream_garbage")
