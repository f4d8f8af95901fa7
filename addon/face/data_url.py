"""Data URLs (RFC 2397): media type and base64. Must not know what the data are."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote_to_bytes

from addon.face.bad_request import BadRequest

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_LOOKED_AT = 1024
"""Characters that are checked: enough to tell a mistake, without walking over 30 MB."""


def is_data_url(url: str) -> bool:
    """Whether this is a data URL, broken or not."""
    return url[:5].lower() == "data:"


def read_data_url(url: str, path: str) -> tuple[str, str]:
    """(media type in lower case, base64). Raises BadRequest that names `path`."""
    head, comma, data = url[5:].partition(",")
    if not comma:
        raise BadRequest(path, f"{path} is no data URL: it has no comma (data:image/png;base64,...)")
    media_type, *parameters = [piece.strip().lower() for piece in head.split(";")]
    if "base64" not in parameters:
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    data = checked_base64(data, path)
    if not data:
        raise BadRequest(path, f"{path} holds no data")
    return media_type or "text/plain", data


def checked_base64(data: str, path: str) -> str:
    """The base64 without line breaks. Raises BadRequest if its beginning is no base64."""
    if _NOT_BASE64.search(data, 0, _LOOKED_AT):
        data = "".join(data.split())
        wrong = _NOT_BASE64.search(data, 0, _LOOKED_AT)
        if wrong:
            raise BadRequest(path, f"{path} is not base64: it has {wrong.group()!r} at position {wrong.start()}")
    return data
