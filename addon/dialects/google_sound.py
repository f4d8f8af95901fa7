"""Google's sound: Gemini's speech (raw samples, made a file here), and transcripts by a model that is asked to write
down what it hears, on the Gemini API and Vertex AI.

Facts: google-genai's types, ai.google.dev/gemini-api/docs/speech-generation and /audio. Must not know how a request is
sent.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.events import Ended, Event, Failed, Sound, Started, TextDelta, Transcript, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Target
from addon.canon.request import FormRequest, SpeechRequest
from addon.canon.sound import RATE, media_type_of, refuse_forms, samples_of, speech_format, upload_of, voice_of, wav
from addon.dialects.gemini_fault import fault_of
from addon.dialects.gemini_reply import usage_of
from addon.dialects.gemini_request import safety_settings
from addon.dialects.google_pictures import parts_of, refusal_of

Document = Mapping[str, Any]
FORMATS = {"wav": "wav", "pcm": "pcm"}
VOICE = "Kore"
STYLED = re.compile(r"gemini-(\d+)\.(\d+)")
FIRST_STYLED = (3, 8)
"""Since these a style stands beside the text; before, in front of it."""
SAMPLES = re.compile(r"audio/(?:l16|pcm)\b", re.IGNORECASE)
TOLD_RATE = re.compile(r"rate=(\d+)")
TRANSCRIBE = "Write down what is said in this recording, word for word, in its own language."
TRANSLATE = "Translate what is said in this recording into English."
ENDED_WELL = "STOP"
ONLY = "Answer with that text alone: no introduction, no comment, no times, no names of speakers."


def speech_document(request: SpeechRequest, target: Target) -> dict[str, Any]:
    """`generateContent` for speech. Raises CannotCarry for a format beside wav and pcm."""
    speech_format(request, "Gemini", FORMATS)
    voice = {"prebuiltVoiceConfig": {"voiceName": voice_of(request, VOICE)}}
    speech: dict[str, Any] = {"voiceConfig": voice}
    language = request.body.get("language")
    if isinstance(language, str) and language:
        speech["languageCode"] = language
    document = {
        "contents": [{"role": "user", "parts": [text_part(request, target.model)]}],
        "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": speech},
        "safetySettings": safety_settings(target),
    }
    return {name: value for name, value in document.items() if value}


def text_part(request: SpeechRequest, model: str) -> dict[str, Any]:
    if not request.instructions:
        return {"text": request.input}
    found = STYLED.search(model)
    if found and (int(found[1]), int(found[2])) >= FIRST_STYLED:
        return {"text": request.input, "speechMetadata": {"style": request.instructions}}
    return {"text": f"{request.instructions}: {request.input}"}


def transcript_document(request: FormRequest, target: Target) -> dict[str, Any]:
    """The recording and the wish. Raises CannotCarry for a form of transcript that has times."""
    refuse_forms(request, "Gemini", ())
    upload = upload_of(request)
    wishes = [TRANSLATE if request.endpoint is Endpoint.TRANSLATIONS else TRANSCRIBE, ONLY]
    if request.language and request.endpoint is Endpoint.TRANSCRIPTIONS:
        wishes.append(f"The language is {request.language}.")
    if request.prompt:
        wishes.append(f"Names and words that may occur: {request.prompt}")
    recording = {"mimeType": media_type_of(upload), "data": base64.b64encode(upload.data).decode()}
    document = {
        "contents": [{"role": "user", "parts": [{"text": " ".join(wishes)}, {"inlineData": recording}]}],
        "generationConfig": {} if request.temperature is None else {"temperature": request.temperature},
        "safetySettings": safety_settings(target),
    }
    return {name: value for name, value in document.items() if value}


def read_speech(request: SpeechRequest, target: Target, body: bytes) -> Iterator[Event]:
    """The sound of a whole reply, as a file where samples were not asked for."""
    found = json.loads(body)
    documents: list[Document] = found if isinstance(found, list) else [found]
    failed = fault_in(documents)
    if failed is not None:
        yield Failed(failed)
        return
    sounds = [inline for document in documents for inline in sounds_of(document)]
    if not sounds:
        yield Failed(silence(documents))
        return
    yield Started(id=str(documents[0].get("responseId") or ""))
    yield heard(request, sounds)
    yield from usages(documents)
    yield Ended()


def read_transcript(request: FormRequest, target: Target, body: bytes) -> Iterator[Event]:
    document: Document = json.loads(body)
    failed = fault_in([document])
    if failed is not None:
        yield Failed(failed)
        return
    texts = texts_of(document)
    if not texts and ENDED_WELL not in reasons_of(document):
        yield Failed(silence([document]))
        return
    yield Started(id=str(document.get("responseId") or ""))
    yield Transcript("".join(texts).strip())
    yield from usages([document])
    yield Ended()


def fault_in(documents: Iterable[Document]) -> Fault | None:
    return next((fault_of(document) for document in documents if "error" in document), None)


def silence(documents: Iterable[Document]) -> Fault:
    told = (reason for reason in map(refusal_of, documents) if reason not in ("", ENDED_WELL))
    reason = next(told, "Google said nothing and does not tell why.")
    return Fault(FaultKind.CONTENT_FILTER, 400, reason, "invalid_request_error", "content_policy_violation")


def sounds_of(document: Document) -> list[tuple[str, bytes]]:
    """Media types and bytes of what was spoken."""
    inlines = [part.get("inlineData") or {} for part in parts_of(document)]
    return [
        (str(inline["mimeType"]), base64.b64decode(inline["data"]))
        for inline in inlines
        if str(inline.get("mimeType") or "").lower().startswith("audio/")
    ]


def texts_of(document: Document) -> list[str]:
    return [str(part["text"]) for part in parts_of(document) if part.get("text") and not part.get("thought")]


def heard(request: SpeechRequest, sounds: list[tuple[str, bytes]]) -> Sound:
    """The sounds as one: samples, or a file."""
    kind = sounds[0][0]
    if request.response_format == "pcm":
        return Sound(b"".join(samples_of(data) for _, data in sounds), "audio/pcm")
    if SAMPLES.match(kind) is None:
        return Sound(b"".join(data for _, data in sounds), kind)
    return Sound(wav(b"".join(data for _, data in sounds), rate_of(kind)), "audio/wav")


def rate_of(kind: str) -> int:
    found = TOLD_RATE.search(kind)
    return int(found[1]) if found else RATE


def reasons_of(document: Document) -> list[str]:
    """Why the candidates have ended, as far as they have."""
    return [reason for one in document.get("candidates") or () if (reason := one.get("finishReason"))]


def usages(documents: Iterable[Document]) -> Iterator[UsageReported]:
    """The last count is the one of all."""
    counted = [document["usageMetadata"] for document in documents if document.get("usageMetadata")]
    if counted:
        yield UsageReported(usage_of(counted[-1]))


class Reader:
    """Reads one stream of samples or of a transcript; a document per frame. A recording of silence has no text."""

    def __init__(self, request: SpeechRequest | FormRequest, target: Target) -> None:
        self._hears = isinstance(request, FormRequest)
        self._said = False
        self._finished = False

    def read(self, frame: Frame) -> Iterable[Event]:
        document: Document = json.loads(frame.data)
        failed = fault_in([document])
        if failed is not None:
            yield Failed(failed)
            return
        for _, data in sounds_of(document):
            self._said = True
            yield Sound(samples_of(data))
        for text in texts_of(document) if self._hears else ():
            self._said = True
            yield TextDelta(text)
        yield from usages([document])
        reasons = reasons_of(document)
        self._finished = self._finished or bool(reasons)
        good = self._said or (self._hears and ENDED_WELL in reasons)
        if not good and (reasons or document.get("promptFeedback")):
            yield Failed(silence([document]))

    def close(self) -> Iterable[Event]:
        if self._finished:
            yield Ended()


def streams(request: SpeechRequest | FormRequest) -> bool:
    """Samples and texts come in pieces; a file is made when all of it is there."""
    return request.stream and (isinstance(request, FormRequest) or request.response_format == "pcm")


def method_and_document(request: SpeechRequest | FormRequest, target: Target) -> tuple[str, dict[str, Any]]:
    method = "streamGenerateContent?alt=sse" if streams(request) else "generateContent"
    if isinstance(request, FormRequest):
        return method, transcript_document(request, target)
    return method, speech_document(request, target)
