"""The parts of a message's content. Must not know roles other than by name, nor providers."""

from __future__ import annotations

from addon.canon.request import Audio, File, Image, Part, RefusalText, Text
from addon.face.bad_request import BadRequest
from addon.face.data_url import checked_base64, is_data_url, read_data_url
from addon.face.fields import Json, Object, join, mapping, objects, required_text, text, wrong_type

_MAY_BE_EMPTY = frozenset({"assistant", "tool", "function"})
"""Roles whose content clients send as null: the calls, or the effect, are the content."""


def decode_content(message: Object, role: str, path: str, foreign: list[str]) -> tuple[Part, ...]:
    """The parts of a message; an empty text is no part. Paths of parts of unknown types go to `foreign`."""
    content: Json = message.get("content")
    where = join(path, "content")
    if content is None:
        if role in _MAY_BE_EMPTY:
            return ()
        raise BadRequest(where, f"{where} must be a string or an array of parts, not null")
    if isinstance(content, str):
        return (Text(content),) if content else ()
    if not isinstance(content, list):
        raise wrong_type(where, "a string or an array of parts", content)
    parts = []
    for part_path, part in objects(message, "content", path):
        decoded = _part(part, part_path)
        if decoded is None:
            foreign.append(part_path)
        elif decoded != Text(""):
            parts.append(decoded)
    return tuple(parts)


def _part(part: Object, path: str) -> Part | None:
    match required_text(part, "type", path):
        case "text":
            return Text(_some_text(part, "text", path))
        case "image_url":
            return _image(part, path)
        case "input_audio":
            return _audio(part, path)
        case "file":
            return _file(part, path)
        case "refusal":
            return RefusalText(_some_text(part, "refusal", path))
        case _:
            return None


def _some_text(part: Object, name: str, path: str) -> str:
    found = text(part, name, path)
    if found is None:
        where = join(path, name)
        raise BadRequest(where, f"{where} is required")
    return found


def _inner(part: Object, name: str, path: str) -> Object:
    found = mapping(part, name, path)
    if found is None:
        where = join(path, name)
        raise BadRequest(where, f"{where} is required")
    return found


def _image(part: Object, path: str) -> Image:
    """`image_url` is an object; some clients send the URL itself."""
    where = join(path, "image_url")
    if isinstance(part.get("image_url"), str):
        url, url_path, detail = required_text(part, "image_url", path), where, None
    else:
        inner = _inner(part, "image_url", path)
        url, url_path, detail = required_text(inner, "url", where), join(where, "url"), text(inner, "detail", where)
    if not is_data_url(url):
        return Image(url, detail or "auto")
    media_type, data = read_data_url(url, url_path)
    return Image(url, detail or "auto", media_type, data)


def _audio(part: Object, path: str) -> Audio | None:
    """OpenAI's base64; a data URL, as Alibaba wants it, is the same. None for what only its provider can make sense of:
    an address, or Mistral's bare string."""
    where = join(path, "input_audio")
    if isinstance(part.get("input_audio"), str):
        return None
    inner = _inner(part, "input_audio", path)
    given, data_path = required_text(inner, "data", where), join(where, "data")
    if given.startswith(("http://", "https://")):
        return None
    data = read_data_url(given, data_path)[1] if is_data_url(given) else checked_base64(given, data_path)
    return Audio(data, required_text(inner, "format", where))


def _file(part: Object, path: str) -> File:
    """A file by its data (a data URL, or bare base64), by its id at the provider, or by a URL."""
    where = join(path, "file")
    inner = _inner(part, "file", path)
    filename, file_id = text(inner, "filename", where) or "", text(inner, "file_id", where) or ""
    data, url = text(inner, "file_data", where) or "", text(inner, "file_url", where) or ""
    if not (data or file_id or url):
        raise BadRequest(where, f"{where} needs file_data or file_id")
    data_path = join(where, "file_data")
    if data.startswith(("http://", "https://")):
        return File(filename, file_id=file_id, url=data)
    if is_data_url(data):
        media_type, data = read_data_url(data, data_path)
        return File(filename, media_type, data, file_id, url)
    return File(filename, _media_type(filename) if data else "", checked_base64(data, data_path), file_id, url)


_MEDIA_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "xml": "text/xml",
}


def _media_type(filename: str) -> str:
    """By the name's ending; a file of which nothing is said is a PDF, the one kind that OpenAI itself takes."""
    return _MEDIA_TYPES.get(filename.rpartition(".")[2].lower(), "application/pdf")
