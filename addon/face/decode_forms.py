"""A form (audio, pictures to edit) as a typed view over its untouched bytes. Must not know providers."""

from __future__ import annotations

from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.form import FormPart, FormRequest
from addon.face.bad_request import BadRequest
from addon.face.decode_media import count_of, drawn_prompt
from addon.wire.multipart import boundary_of, parse

FILES = {
    Endpoint.IMAGE_EDITS: ("image", "image[]"),
    Endpoint.IMAGE_VARIATIONS: ("image",),
    Endpoint.TRANSCRIPTIONS: ("file",),
    Endpoint.TRANSLATIONS: ("file",),
}
"""Endpoints that take a form, and the names of the file that each needs."""

AUDIO_CODE = "invalid_audio_request"
TRANSCRIPT_FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")


def decode_form(endpoint: Endpoint, content_type: str, raw: bytes, model: str, default_model: str) -> FormRequest:
    """The view. `model` wins over the form's own field; `default_model` is for a form without one."""
    if not content_type.strip().lower().startswith("multipart/form-data"):
        said = content_type.partition(";")[0] or "no content-type"
        raise BadRequest(None, f"this endpoint takes a form, not {said}: send multipart/form-data")
    try:
        boundary = boundary_of(content_type)
        parts = parse(boundary, raw)
        fields = _fields(parts, raw)
    except ValueError as error:
        raise BadRequest(None, f"the request body is no usable form: {error}") from None
    _need_file(endpoint, parts)
    return FormRequest(
        endpoint=endpoint,
        body=fields,
        raw=raw,
        model=model or _text(fields, "model") or default_model,
        content_type=content_type,
        boundary=boundary,
        parts=parts,
        stream=_text(fields, "stream").lower() in ("true", "1"),
        prompt=drawn_prompt(_text(fields, "prompt")) if endpoint is Endpoint.IMAGE_EDITS else _text(fields, "prompt"),
        n=count_of(_whole(fields, "n")),
        size=_text(fields, "size"),
        quality=_text(fields, "quality"),
        response_format=_response_format(endpoint, _text(fields, "response_format")),
        language=_text(fields, "language"),
        temperature=_number(fields, "temperature"),
        user=_text(fields, "user"),
    )


def _fields(parts: tuple[FormPart, ...], raw: bytes) -> dict[str, Any]:
    """The plain fields; names that may stand more than once (`x[]`, or that do) hold lists."""
    fields: dict[str, Any] = {}
    for part in parts:
        if part.filename is not None:
            continue
        try:
            value = raw[part.data_start : part.data_end].decode()
        except UnicodeDecodeError:
            raise ValueError(f"the field {part.name} is not UTF-8; a file needs a filename") from None
        known = fields.get(part.name)
        if part.name.endswith("[]") or known is not None:
            fields[part.name] = [*(known if isinstance(known, list) else [known] if known is not None else []), value]
        else:
            fields[part.name] = value
    return fields


def _need_file(endpoint: Endpoint, parts: tuple[FormPart, ...]) -> None:
    names = FILES[endpoint]
    if not any(part.name in names and part.filename is not None for part in parts):
        raise BadRequest(names[0], f"field {names[0]} is required, as a file of the form")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else str(value[-1])


def _whole(fields: dict[str, Any], name: str) -> int | None:
    text = _text(fields, name).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequest(name, f"{name} must be a whole number, not {text[:40]!r}")
    return int(text)


def _number(fields: dict[str, Any], name: str) -> float | None:
    text = _text(fields, name).strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise BadRequest(name, f"{name} must be a number, not {text[:40]!r}") from None


def _response_format(endpoint: Endpoint, wanted: str) -> str:
    if endpoint in (Endpoint.TRANSCRIPTIONS, Endpoint.TRANSLATIONS) and wanted not in ("", *TRANSCRIPT_FORMATS):
        known = ", ".join(TRANSCRIPT_FORMATS)
        raise BadRequest("response_format", f"response_format must be one of {known}, not {wanted[:40]!r}", AUDIO_CODE)
    return wanted
