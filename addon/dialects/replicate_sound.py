"""Sound of Replicate's models: predictions that are polled, and then the file of what was spoken.

Inputs and outputs are each model's own: those of MiniMax, ElevenLabs and Kokoro, of Whisper in two editions, and of
OpenAI's. Must not know conversations. https://replicate.com/collections/text-to-speech and /speech-to-text
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from addon.canon.codec import Codec, FollowUp
from addon.canon.downloads import downloads
from addon.canon.endpoint import Endpoint
from addon.canon.events import Ended, Event, Failed, Segment, Sound, Started, Transcript
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, FormRequest, SpeechRequest
from addon.canon.sound import VOICES, data_url, refuse_forms, sniffed, speech_format, upload_of
from addon.dialects.replicate_prediction import RUNNING, created, failure, poll

Json = dict[str, Any]
STORES = (".replicate.delivery",)
MINIMAX = "minimax/"
PROMPTED = ("elevenlabs/", "google/")
"""Models that call the text a prompt."""
MINIMAX_FORMATS = {"mp3": "mp3", "wav": "wav", "flac": "flac", "pcm": "pcm"}
CARRIED = ("emotion", "pitch", "volume", "language_boost", "sample_rate", "bitrate", "language", "language_code")
OPENAIS = ("openai/gpt-4o", "openai/gpt-transcribe")
"""Transcribers that take `audio_file`, and answer with text alone; they do not translate."""


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    voice = "" if request.voice in VOICES else request.voice
    wanted: Json = {
        "prompt" if target.model.startswith(PROMPTED) else "text": request.input,
        "voice_id" if target.model.startswith(MINIMAX) else "voice": voice or None,
        "speed": request.speed,
        **{name: request.body[name] for name in CARRIED if name in request.body},
    }
    if target.model.startswith(MINIMAX):
        wanted["audio_format"] = speech_format(request, "MiniMax", MINIMAX_FORMATS)
    return created(target, {name: value for name, value in wanted.items() if value is not None}, streamed=False)


def follow_speech(request: SpeechRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """What has become of the prediction, then its file."""
    prediction = json.loads(body)
    if prediction["status"] in RUNNING:
        return poll(target, prediction, count)
    address = address_of(prediction)
    return downloads([address], target.base_url, STORES) if address else None


def address_of(prediction: Json) -> str:
    """Where the sound lies: the output, the first of several, or what a document of it names."""
    output = prediction.get("output")
    if isinstance(output, list):
        output = next(iter(output), "")
    if isinstance(output, dict):
        output = output.get("audio") or output.get("audio_out") or ""
    return output if isinstance(output, str) and output.startswith("http") else ""


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The replies of one attempt: documents, and the file as base64 text behind the last of them."""
    replies: list[str | Json | None] = json.loads(body)
    prediction = next(reply for reply in reversed(replies) if isinstance(reply, dict))
    fault = failure(prediction)
    if fault is not None:
        yield Failed(fault)
        return
    file = replies[-1]
    if not isinstance(file, str):
        yield Failed(Fault(FaultKind.SERVER_ERROR, 502, "Replicate's model spoke, but its file could not be fetched."))
        return
    data = base64.b64decode(file)
    yield Started()
    yield Sound(data, sniffed(data))
    yield Ended()


def build_heard(request: FormRequest, target: Target) -> Outbound:
    """Whisper's inputs, of all its editions: what one does not know, it leaves alone."""
    refuse_forms(request, "Replicate", () if target.model.startswith(OPENAIS) else ("srt", "vtt", "verbose_json"))
    translates = request.endpoint is Endpoint.TRANSLATIONS
    recording = data_url(upload_of(request))
    wanted: Json = {"language": request.language or None, "temperature": request.temperature}
    if target.model.startswith(OPENAIS):
        if translates:
            raise CannotCarry("model", "This model does not translate; ask for a Whisper, such as openai/whisper.")
        wanted |= {"audio_file": recording, "prompt": request.prompt or None}
    else:
        wanted |= {"audio": recording, "initial_prompt": request.prompt or None, "timestamp": "chunk"}
        wanted |= {"task": "translate", "translate": True} if translates else {"task": "transcribe"}
    return created(target, {name: value for name, value in wanted.items() if value is not None}, streamed=False)


def follow_heard(request: FormRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    prediction = json.loads(body)
    return poll(target, prediction, count) if prediction["status"] in RUNNING else None


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The transcript of a prediction that has ended. Raises KeyError or ValueError for what is none."""
    prediction = json.loads(body)
    fault = failure(prediction)
    if fault is not None:
        yield Failed(fault)
        return
    yield Started(id=prediction.get("id") or "")
    yield transcript_of(prediction["output"])
    yield Ended()


def transcript_of(output: Any) -> Transcript:
    if isinstance(output, str):
        return Transcript(output)
    if isinstance(output, list):
        return Transcript("".join(map(str, output)))
    text = output.get("translation") or output.get("transcription") or output.get("text")
    if not isinstance(text, str):
        raise ValueError("an output without a transcript")
    segments = [Segment(one["text"], float(one["start"]), float(one["end"])) for one in output.get("segments") or ()]
    segments += [chunk_of(one) for one in output.get("chunks") or ()]
    return Transcript(text, str(output.get("detected_language") or ""), segments=tuple(segments))


def chunk_of(chunk: Json) -> Segment:
    """The last one may have no end."""
    start, end = chunk["timestamp"]
    return Segment(chunk["text"], float(start), float(start if end is None else end))


SPEECH = Codec(build=build_speech, reader=None, read_reply=read_speech, follow_up=follow_speech, gathers=True)
HEARD = Codec(build=build_heard, reader=None, read_reply=read_transcript, follow_up=follow_heard)
