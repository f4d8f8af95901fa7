"""Pictures that are to be changed, for providers of OpenAI's dialect that take them in another way than a form.

A row names one of REDRAW in `Quirks.redraw`. Facts: each provider's own documentation, November 2026.
Must not know replies.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from addon.canon.drawing import Drawing, as_document, mask_of, mask_url, no_mask, picture_urls, the_bytes
from addon.canon.form import closed, field_part, file_part
from addon.canon.media import ImageRequest
from addon.canon.outbound import Target
from addon.canon.request import CannotCarry
from addon.dialects.openai_splice import DROP, DocumentEdit, dumps

Redraw = Callable[[ImageRequest, Target, DocumentEdit], None]
FORM = "form"
"""Of a provider that takes forms only."""
OWN_SIZE = "Qwen/Qwen-Image-Edit"
"""SiliconFlow's models that keep the size of what they change."""
PROVIDER = "This provider"


def redrawn(request: Drawing) -> ImageRequest:
    """The request as a document, its pictures apart. Raises CannotCarry for a mask, which none of these takes."""
    if mask_url(request):
        raise no_mask(PROVIDER)
    return as_document(request)


def few(request: ImageRequest, target: Target, most: int) -> tuple[str, ...]:
    """The pictures, if they are not too many. Raises CannotCarry."""
    if len(request.images) > most:
        raise CannotCarry("image", f"{target.model} changes {most} pictures at most; send fewer.")
    return request.images


def together(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """Kontext changes one picture; the others are shown several. https://docs.together.ai/docs/images-overview"""
    if "kontext" in target.model.lower():
        [edit.top["image_url"]] = few(request, target, 1)
    else:
        edit.top["reference_images"] = list(request.images)


def siliconflow(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """`image`, `image2`, `image3`. https://docs.siliconflow.cn/cn/api-reference/images/images-generations"""
    for index, url in enumerate(few(request, target, 3)):
        edit.top[f"image{index + 1}" if index else "image"] = url
    if target.model.startswith(OWN_SIZE) and "size" in request.body:
        edit.top["size"] = DROP


def xai(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """A form is refused there. https://docs.x.ai/developers/model-capabilities/images/generation"""
    shown = [{"url": url, "type": "image_url"} for url in few(request, target, 3)]
    edit.top |= {"image": shown[0]} if len(shown) == 1 else {"images": shown}


def seedream(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """https://www.volcengine.com/docs/82379/1824121"""
    edit.top["image"] = request.images[0] if len(request.images) == 1 else list(request.images)


def qianfan(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """https://cloud.baidu.com/doc/qianfan-api, images/edits"""
    [edit.top["image"]] = few(request, target, 1)


def openrouter(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    edit.top["input_references"] = [{"type": "image_url", "image_url": {"url": url}} for url in request.images]


REDRAW: Mapping[str, Redraw] = {
    "together": together,
    "siliconflow": siliconflow,
    "xai": xai,
    "seedream": seedream,
    "openrouter": openrouter,
    "qianfan": qianfan,
}


def as_form(request: ImageRequest, target: Target) -> tuple[str, bytes]:
    """(content type, body): a document as a form. Raises CannotCarry for pictures that are only named."""
    files = [("image", the_bytes(url, "image", PROVIDER)) for url in picture_urls(request)]
    mask = mask_of(request, PROVIDER)
    files += [("mask", mask)] if mask is not None else []
    boundary = hashlib.sha256(request.raw).hexdigest()[:40].encode()
    fields = {**as_document(request).body, "model": target.model}
    parts = [field_part(boundary, name, written(value)) for name, value in fields.items() if value is not None]
    for name, one in files:
        filename = f"{name}.{one.media_type.rpartition('/')[2]}"
        parts.append(file_part(boundary, name, filename, one.media_type, base64.b64decode(one.data)))
    return closed(boundary, *parts)


def written(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def form_changes(edit: DocumentEdit) -> dict[str, str | None]:
    """The edit of a document as that of a form."""
    return {name: None if value is DROP else written(value) for name, value in edit.top.items()}
