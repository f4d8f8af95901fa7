"""multipart/form-data as clients write it, for the tests of whoever reads it."""

from __future__ import annotations

import json
from typing import Any

from addon.canon.endpoint import Endpoint
from addon.canon.form import FormRequest
from addon.face.decode import decode

BOUNDARY = "fake0boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
AUDIO = ("file", "a.mp3", "audio/mpeg", b"ID3 not really\r\n--fake")
PICTURE = ("image", "cat.png", "image/png", b"\x89PNG not really")
File = tuple[str, str, str, bytes]


def form(*parts: tuple[str, str] | File, boundary: str = BOUNDARY) -> bytes:
    """The body: fields are (name, value), files (name, filename, content type, data), in this order."""
    written = b""
    for part in parts:
        named = f'Content-Disposition: form-data; name="{part[0]}"'
        if len(part) == 4:
            named += f'; filename="{part[1]}"\r\nContent-Type: {part[2]}'
        data = part[-1] if isinstance(part[-1], bytes) else part[-1].encode()
        written += f"--{boundary}\r\n{named}\r\n\r\n".encode() + data + b"\r\n"
    return written + f"--{boundary}--\r\n".encode()


def form_request(endpoint: Endpoint, *parts: tuple[str, str] | File, model: str = "") -> FormRequest:
    """A decoded form; with the file that its endpoint needs, unless one is given."""
    if not any(len(part) == 4 for part in parts):
        parts = (*parts, PICTURE if endpoint.value.startswith("images") else AUDIO)
    request = decode(endpoint, CONTENT_TYPE, form(*parts), model)
    assert isinstance(request, FormRequest)
    return request


def media_request(endpoint: Endpoint, **body: Any) -> Any:
    """A decoded JSON request to one of the further endpoints."""
    return decode(endpoint, "application/json", json.dumps(body).encode())
