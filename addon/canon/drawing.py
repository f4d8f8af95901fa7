"""What a request for pictures asks, whether it came as a document or as a form: the pictures it starts from, its size.

Must not know any provider: its name is an argument.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from addon.canon.form import FormRequest, Upload
from addon.canon.media import ImageRequest
from addon.canon.request import CannotCarry

Drawing = ImageRequest | FormRequest
DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,(.+)", re.DOTALL)
SIZE = re.compile(r"(\d{2,5})x(\d{2,5})", re.ASCII | re.IGNORECASE)
WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,9}", re.ASCII)
UNKNOWN_TYPE = "image/png"
"""OpenAI took nothing else for years; forms often do not say."""
TEXTS = ("model", "prompt", "user", "negative_prompt")
"""Fields of a form that are texts whatever they look like."""
PICTURE_FIELDS = ("image", "image[]", "images", "mask")


@dataclass(frozen=True, slots=True)
class Original:
    """A picture that is to be changed; `data` is base64."""

    media_type: str
    data: str


def originals(request: Drawing, provider: str) -> list[Original]:
    """The pictures to start from, none where something new is to be drawn. Raises CannotCarry for one that is not
    there, and for a mask."""
    if mask_url(request):
        raise no_mask(provider)
    return [the_bytes(url, f"images[{position}]", provider) for position, url in enumerate(picture_urls(request))]


def mask_of(request: Drawing, provider: str) -> Original | None:
    """What shall be changed of the first picture. Raises CannotCarry if its bytes are not there."""
    url = mask_url(request)
    return the_bytes(url, "mask", provider) if url else None


def the_bytes(url: str, param: str, provider: str) -> Original:
    found = DATA_URL.fullmatch(url)
    if found is None:
        raise CannotCarry(param, f"{provider} wants the picture itself: send it as a data URL.")
    return Original(found[1], found[2])


def no_mask(provider: str) -> CannotCarry:
    return CannotCarry("mask", f"{provider} takes no mask here; say in the prompt what shall change.")


def picture_urls(request: Drawing) -> tuple[str, ...]:
    """The pictures to start from; the files of a form as data URLs. Raises CannotCarry for one that is named by a
    file's id: only the provider that has the file knows it."""
    if isinstance(request, FormRequest):
        return tuple(data_url(upload) for upload in request.uploads if upload.name != "mask")
    named = request.body.get("images")
    for position, item in enumerate(named if isinstance(named, list) else ()):
        if isinstance(item, dict) and not item.get("image_url"):
            raise CannotCarry(f"images[{position}]", "a file_id is known to OpenAI only: send the picture itself.")
    return request.images


def mask_url(request: Drawing) -> str:
    """The mask, "" if there is none."""
    if isinstance(request, FormRequest):
        return next((data_url(upload) for upload in request.uploads if upload.name == "mask"), "")
    mask = request.body.get("mask")
    if isinstance(mask, dict) and not mask.get("image_url"):
        raise CannotCarry("mask", "a file_id is known to OpenAI only: send the mask itself.")
    url = mask.get("image_url") if isinstance(mask, dict) else mask
    return url if isinstance(url, str) else ""


def data_url(upload: Upload) -> str:
    return f"data:{upload.content_type or UNKNOWN_TYPE};base64,{base64.b64encode(upload.data).decode()}"


def fields(request: Drawing) -> Mapping[str, Any]:
    """The fields beside pictures, as a document has them: the numbers and switches of a form are texts in it."""
    if isinstance(request, ImageRequest):
        return request.body
    return dict(_typed(request.body))


def _typed(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if name in TEXTS or not isinstance(value, str):
            yield name, value
        elif value in ("true", "false"):
            yield name, value == "true"
        elif WHOLE.fullmatch(value):
            yield name, int(value)
        else:
            yield name, float(value) if DECIMAL.fullmatch(value) else value


def as_document(request: Drawing) -> ImageRequest:
    """The request as a document for providers that take JSON only. Its pictures are in `images` alone, its mask is
    nowhere: `mask_url` tells it."""
    images = picture_urls(request)
    body = {name: value for name, value in fields(request).items() if name not in PICTURE_FIELDS}
    raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    seed, negative = body.get("seed"), body.get("negative_prompt")
    return ImageRequest(
        body=body,
        raw=raw,
        model=request.model,
        prompt=request.prompt,
        endpoint=request.endpoint,
        n=request.n,
        size=request.size,
        quality=request.quality,
        style=_text(body, "style"),
        response_format=request.response_format,
        background=_text(body, "background"),
        output_format=_text(body, "output_format"),
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        negative_prompt=negative if isinstance(negative, str) else "",
        user=request.user,
        images=images,
        stream=request.stream,
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def pixels(request: Drawing) -> tuple[int, int] | None:
    """(width, height), None where the size is left open."""
    found = SIZE.fullmatch(request.size)
    return (int(found[1]), int(found[2])) if found else None
