"""DashScope's sound: Qwen-TTS and CosyVoice (a file at an address, or samples piece by piece), and Qwen-ASR, which
hears a recording in a conversation.

Facts: alibabacloud.com/help/en/model-studio/qwen-tts-api and /qwen-asr-api-reference, dashscope's http_tts.
Must not know chats.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.codec import Codec, FollowUp
from addon.canon.downloads import downloads
from addon.canon.events import Ended, Event, Failed, Sound, Started, Transcript, Usage, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, FormRequest, SpeechRequest
from addon.canon.sound import data_url, refuse_forms, samples_of, speech_format, upload_of, voice_of, within
from addon.dialects.dashscope_access import MULTIMODAL, STREAM, outbound
from addon.dialects.dashscope_fault import fault_of

Json = dict[str, Any]
SYNTHESIS = "/services/audio/tts/SpeechSynthesizer"
STORES = (".aliyuncs.com",)
QWEN_FORMATS = {"wav": "wav", "pcm": "pcm"}
"""Qwen's files are wav; its streams, and what stands in a file, are samples."""
COSY_FORMATS = {"mp3": "mp3", "wav": "wav", "pcm": "pcm", "opus": "opus"}
QWEN_VOICE, COSY_VOICE = "Cherry", "longanyang"
CARRIED = ("language_type", "optimize_instructions")
OF_COSY = ("sample_rate", "volume", "pitch", "seed", "language_hints")
RATES = (0.5, 2.0)
COSY = re.compile(r"cosyvoice|sambert", re.IGNORECASE)
BY_ADDRESS = re.compile(r"paraformer|filetrans|fun-asr(?!-flash)|sensevoice", re.IGNORECASE)
"""Models that only take recordings that lie at an address of the web, and answer later."""


def build_speech(request: SpeechRequest, target: Target) -> Outbound:
    """A stream is asked for where its samples are what the client wants."""
    extra = STREAM if streams(request) else ()
    if COSY.search(target.model):
        return outbound(target, SYNTHESIS, cosy_document(request, target.model), extra)
    speech_format(request, "Qwen", QWEN_FORMATS)
    asked: Json = {"text": request.input, "voice": voice_of(request, QWEN_VOICE)}
    asked |= {name: request.body[name] for name in CARRIED if request.body.get(name) is not None}
    if request.instructions:
        asked["instructions"] = request.instructions
    return outbound(target, MULTIMODAL, {"model": target.model, "input": asked}, extra)


def cosy_document(request: SpeechRequest, model: str) -> Json:
    asked: Json = {
        "text": request.input,
        "voice": voice_of(request, COSY_VOICE),
        "format": speech_format(request, "CosyVoice", COSY_FORMATS),
        **{name: request.body[name] for name in OF_COSY if request.body.get(name) is not None},
    }
    if request.instructions:
        asked["instruction"] = request.instructions
    rate = within(request.speed, *RATES)
    if rate is not None:
        asked["rate"] = rate
    return {"model": model, "input": asked}


def streams(request: SpeechRequest) -> bool:
    return request.stream and request.response_format == "pcm"


def fetch_speech(request: SpeechRequest, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The file that the reply names."""
    audio = audio_of(json.loads(body))
    if audio.get("data") or not audio.get("url"):
        return None
    return downloads([audio["url"]], target.base_url, STORES)


def audio_of(document: Json) -> Json:
    found = (document.get("output") or {}).get("audio")
    return found if isinstance(found, dict) else {}


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The replies of one attempt: the document, and the file as base64 text (null if it could not be had)."""
    reply, *files = json.loads(body)
    if "output" not in reply:
        yield Failed(fault_of(reply))
        return
    data = audio_of(reply).get("data") or next(filter(None, files), None)
    if data is None:
        yield Failed(LOST)
        return
    yield Started(id=reply.get("request_id") or "")
    yield spoken(request, base64.b64decode(data))
    yield from usage_of(reply)
    yield Ended()


def spoken(request: SpeechRequest, data: bytes) -> Sound:
    """CosyVoice gives what was asked for; of Qwen's file the samples may be wanted."""
    if request.response_format == "pcm":
        return Sound(samples_of(data), "audio/pcm")
    return Sound(data, "audio/wav" if data.startswith(b"RIFF") else "")


def usage_of(reply: Mapping[str, Any]) -> Iterator[UsageReported]:
    """Characters, or tokens of which those spoken are sound; transcripts are paid by the second."""
    usage = reply.get("usage")
    if not isinstance(usage, dict):
        return
    told = (usage.get("output_tokens_details") or {}).get("audio_tokens")
    heard = (usage.get("input_tokens_details") or {}).get("audio_tokens")
    seconds = usage.get("seconds", usage.get("duration"))
    yield UsageReported(
        Usage(
            prompt=usage.get("input_tokens"),
            completion=usage.get("output_tokens"),
            audio_prompt=heard,
            audio_completion=told,
            total=usage.get("total_tokens"),
            seconds=None if seconds is None else float(seconds),
            characters=usage.get("characters"),
        )
    )


LOST = Fault(FaultKind.SERVER_ERROR, 502, "DashScope spoke, but its file could not be fetched.")


class SpeechReader:
    """Reads one stream of samples."""

    def __init__(self, request: SpeechRequest, target: Target) -> None:
        pass

    def read(self, frame: Frame) -> Iterable[Event]:
        document = json.loads(frame.data)
        if "output" not in document:
            yield Failed(fault_of(document))
            return
        data = audio_of(document).get("data")
        if data:
            yield Sound(samples_of(base64.b64decode(data)))
        if document["output"].get("finish_reason") == "stop":
            yield from usage_of(document)
            yield Ended()

    def close(self) -> Iterable[Event]:
        return ()


def build_transcription(request: FormRequest, target: Target) -> Outbound:
    """A conversation of one recording. Raises CannotCarry for a model that only takes addresses."""
    if BY_ADDRESS.search(target.model):
        message = (
            f"{target.model} transcribes files that lie at a public address, not uploads; "
            "use qwen3-asr-flash, which takes the recording itself."
        )
        raise CannotCarry("model", message)
    refuse_forms(request, "DashScope", ())
    options: Json = {"enable_itn": request.body["enable_itn"] == "true"} if "enable_itn" in request.body else {}
    if request.language:
        options["language"] = request.language
    messages = [
        {"role": "system", "content": [{"text": request.prompt}]},
        {"role": "user", "content": [{"audio": data_url(upload_of(request))}]},
    ]
    document = {"model": target.model, "input": {"messages": messages}, "parameters": {"asr_options": options}}
    return outbound(target, MULTIMODAL, document)


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    """Raises KeyError or ValueError for a document that is no transcript."""
    reply = json.loads(body)
    if "output" not in reply:
        yield Failed(fault_of(reply))
        return
    message = reply["output"]["choices"][0]["message"]
    language = next((str(note["language"]) for note in message.get("annotations") or () if note.get("language")), "")
    yield Started(id=reply.get("request_id") or "")
    yield Transcript("".join(part.get("text") or "" for part in message["content"]), language)
    yield from usage_of(reply)
    yield Ended()


SPEECH = Codec(build=build_speech, reader=SpeechReader, read_reply=read_speech, follow_up=fetch_speech, gathers=True)
TRANSCRIPTS = Codec(build=build_transcription, reader=None, read_reply=read_transcript)
