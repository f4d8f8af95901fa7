"""Transcriptions for providers that take them as JSON with the sound in base64, not as a form (OpenRouter).

A row says so with `Quirks.json_sound`. https://openrouter.ai/docs/api-reference Must not know replies.
"""

from __future__ import annotations

import base64
from typing import Any

from addon.canon.dialogue import body_of
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, FormRequest

FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "x-m4a": "m4a", "mp4": "m4a", "x-flac": "flac"}
"""Media types whose name is not that of the format."""


def build(request: FormRequest, target: Target, path: str) -> Outbound:
    """Raises CannotCarry for a form of the transcript that no JSON reply has."""
    if request.response_format not in ("", "json"):
        raise CannotCarry("response_format", "This provider answers in JSON only; set response_format to json.")
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
    """The sound of the form; its format is the end of its name, or of its media type."""
    upload = next((one for one in request.uploads if one.name == "file"), None)
    if upload is None:
        raise CannotCarry("file", "The form has no file with the sound; add one.")
    kind = upload.content_type.partition(";")[0].rpartition("/")[2]
    extension = upload.filename.rpartition(".")[2] if "." in upload.filename else ""
    form = extension.lower() or FORMATS.get(kind, kind) or "wav"
    return {"data": base64.b64encode(upload.data).decode(), "format": form}
