"""How requests for sound are fitted to providers that took OpenAI's paths but not all of its fields.

A row names the forms of transcripts it has in `Quirks.transcripts`, one of SPEECH in `Quirks.speech`, and with
`Quirks.json_sound` that transcriptions are asked for in JSON (OpenRouter).
Facts: each provider's own documentation, November 2026. Must not know replies.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.endpoint import Endpoint
from addon.canon.form import Change
from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.request import CannotCarry, FormRequest, SpeechRequest
from addon.canon.sound import TIMED, format_of, speech_format, upload_of, voice_of
from addon.dialects.openai_splice import DROP, DocumentEdit

HEARD = (Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS)
Fit = Callable[[SpeechRequest, Target, DocumentEdit], None]
DETAILED = "verbose_json"
TOGETHER_VOICES = {"hexgrad/Kokoro": "af_alloy", "canopylabs/orpheus": "tara"}
"""Models by the start of their names -> who speaks for OpenAI's voices."""
"""What subtitles can be made of."""


def asked_form(request: FormRequest, quirks: Quirks) -> str:
    """The form of transcript to ask the provider for. Raises CannotCarry if it has none to make the client's of."""
    wanted, offered = request.response_format, quirks.transcripts
    if not offered or wanted in offered:
        return wanted
    if wanted in ("", "json", "text"):
        return "json"
    if wanted in TIMED and DETAILED in offered:
        return DETAILED
    known = dict.fromkeys(("json", "text", *offered, *(TIMED if DETAILED in offered else ())))
    message = (
        f"This provider gives transcripts as {', '.join(known)}, not {wanted}; set response_format to one of them."
    )
    raise CannotCarry("response_format", message)


def form_changes(request: FormRequest, target: Target) -> dict[str, Change]:
    """What must change in the client's form, of sound or of pictures: the model, and what the provider lacks."""
    changes: dict[str, Change] = {} if request.body.get("model") == target.model else {"model": target.model}
    if not target.quirks.transcripts or request.endpoint not in HEARD:
        return changes
    if "stream" in request.body:
        changes["stream"] = None
    form = asked_form(request, target.quirks)
    if form != request.body.get("response_format"):
        changes["response_format"] = form
    return changes


def build(request: FormRequest, target: Target, path: str) -> Outbound:
    """A transcription asked for in JSON. https://openrouter.ai/docs/guides/overview/multimodal/stt"""
    asked_form(request, target.quirks)
    document: dict[str, Any] = {"model": target.model, "input_audio": sound(request)}
    if request.language:
        document["language"] = request.language
    if request.temperature is not None:
        document["temperature"] = request.temperature
    return Outbound(
        method="POST",
        url=f"{target.base_url}{path}",
        headers=(
            ("content-type", "application/json"),
            *((name.lower(), value) for name, value in target.quirks.headers),
        ),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


def sound(request: FormRequest) -> dict[str, str]:
    """The sound of the form, with the name of its format."""
    upload = upload_of(request)
    return {"data": base64.b64encode(upload.data).decode(), "format": format_of(upload)}


def drop(request: SpeechRequest, edit: DocumentEdit, *names: str) -> None:
    for name in names:
        if name in request.body:
            edit.top[name] = DROP


def speak(request: SpeechRequest, edit: DocumentEdit, voice: str) -> None:
    """This voice of the provider's, where the client has named none of its own."""
    if voice_of(request, voice) != request.voice:
        edit.top["voice"] = voice


def groq(request: SpeechRequest, target: Target, edit: DocumentEdit) -> None:
    """No streams of events, no instructions. https://console.groq.com/docs/text-to-speech"""
    drop(request, edit, "stream_format", "instructions")
    speak(request, edit, "fahad" if "arabic" in target.model else "autumn")


def siliconflow(request: SpeechRequest, target: Target, edit: DocumentEdit) -> None:
    """A voice is named behind its model. https://docs.siliconflow.cn/cn/userguide/capabilities/text-to-speech"""
    drop(request, edit, "stream_format", "instructions")
    speech_format(request, "SiliconFlow", {name: name for name in ("mp3", "opus", "wav", "pcm")})
    voice = voice_of(request, "alex")
    if ":" not in voice:
        edit.top["voice"] = f"{target.model}:{voice}"


def stepfun(request: SpeechRequest, target: Target, edit: DocumentEdit) -> None:
    """https://platform.stepfun.com/docs/zh/api-reference/audio/create_audio"""
    drop(request, edit, "instructions")
    speak(request, edit, "cixingnansheng")


def together(request: SpeechRequest, target: Target, edit: DocumentEdit) -> None:
    """Raw samples are called `raw`; no instructions. https://docs.together.ai/reference/audio-speech"""
    drop(request, edit, "stream_format", "instructions", "speed")
    form = speech_format(request, "together.ai", {"mp3": "mp3", "wav": "wav", "pcm": "raw"})
    if form != request.response_format:
        edit.top["response_format"] = form
    for start, voice in TOGETHER_VOICES.items():
        if target.model.startswith(start):
            speak(request, edit, voice)


def openrouter(request: SpeechRequest, target: Target, edit: DocumentEdit) -> None:
    """Who says nothing gets raw samples there, and mp3 from OpenAI.
    https://openrouter.ai/docs/guides/overview/multimodal/tts"""
    drop(request, edit, "stream_format")
    speech_format(request, "OpenRouter", {"mp3": "mp3", "pcm": "pcm"})
    if not request.response_format:
        edit.top["response_format"] = "mp3"


SPEECH: Mapping[str, Fit] = {
    "groq": groq,
    "siliconflow": siliconflow,
    "together": together,
    "stepfun": stepfun,
    "openrouter": openrouter,
}
