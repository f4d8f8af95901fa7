"""Requests for pictures as clients write them, as documents and as forms. Must not know any provider's format."""

from __future__ import annotations

import json
from typing import Any

from addon.canon.request import Endpoint, FormRequest, ImageRequest
from addon.face.decode import decode

PNG = b"\x89PNG fake"
PNG_64 = "iVBORyBmYWtl"


def picture(endpoint: Endpoint = Endpoint.IMAGES, **fields: Any) -> ImageRequest:
    raw = json.dumps({"model": "asked-for", "prompt": "a cat", **fields}).encode()
    request = decode(endpoint, "application/json", raw)
    assert isinstance(request, ImageRequest)
    return request


def edit(*files: tuple[str, str], **fields: str) -> FormRequest:
    """A form with files (field's name, content type), each the same picture."""
    parts = [(f'name="{name}"', "", value.encode()) for name, value in {"prompt": "a dog", **fields}.items()]
    parts += [(f'name="{name}"; filename="a.png"', kind, PNG) for name, kind in files]
    raw = b""
    for name, kind, data in parts:
        told = f"\r\nContent-Type: {kind}" if kind else ""
        raw += f"--cut\r\nContent-Disposition: form-data; {name}{told}\r\n\r\n".encode() + data + b"\r\n"
    request = decode(Endpoint.IMAGE_EDITS, 'multipart/form-data; boundary="cut"', raw + b"--cut--\r\n")
    assert isinstance(request, FormRequest)
    return request
