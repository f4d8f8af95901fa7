"""What a request for pictures asks, whether it came as a document or as a form: the pictures it starts from, its size.

Must not know any provider: its name is an argument.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from addon.canon.form import FormRequest
from addon.canon.media import ImageRequest
from addon.canon.request import CannotCarry

DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,(.+)", re.DOTALL)
SIZE = re.compile(r"(\d{2,5})x(\d{2,5})", re.ASCII | re.IGNORECASE)
UNKNOWN_TYPE = "image/png"
"""OpenAI took nothing else for years; forms often do not say."""


@dataclass(frozen=True, slots=True)
class Original:
    """A picture that is to be changed; `data` is base64."""

    media_type: str
    data: str


def originals(request: ImageRequest | FormRequest, provider: str) -> list[Original]:
    """The pictures to start from, none where something new is to be drawn. Raises CannotCarry for one that is not
    there, and for a mask."""
    if isinstance(request, FormRequest):
        if any(upload.name == "mask" for upload in request.uploads):
            raise no_mask(provider)
        return [
            Original(upload.content_type or UNKNOWN_TYPE, base64.b64encode(upload.data).decode())
            for upload in request.uploads
        ]
    if request.body.get("mask"):
        raise no_mask(provider)
    found = [DATA_URL.fullmatch(url) for url in request.images]
    for position, one in enumerate(found):
        if one is None:
            raise CannotCarry(f"images[{position}]", f"{provider} wants the picture itself: send it as a data URL.")
    return [Original(one[1], one[2]) for one in found if one is not None]


def no_mask(provider: str) -> CannotCarry:
    return CannotCarry("mask", f"{provider} takes no mask here; say in the prompt what shall change.")


def pixels(request: ImageRequest | FormRequest) -> tuple[int, int] | None:
    """(width, height), None where the size is left open."""
    found = SIZE.fullmatch(request.size)
    return (int(found[1]), int(found[2])) if found else None
