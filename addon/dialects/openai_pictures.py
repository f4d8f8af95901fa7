"""How requests for pictures are fitted to providers that took OpenAI's path but not its fields.

A row names one of PICTURES in `Quirks.pictures`. Facts: each provider's own documentation, November 2026.
Must not know replies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from addon.canon.outbound import Target
from addon.canon.request import ImageRequest
from addon.dialects.openai_splice import DROP, DocumentEdit, Renamed

Fit = Callable[[ImageRequest, Target, DocumentEdit], None]

SEEDREAM_LARGE = ("doubao-seedream-4-5", "doubao-seedream-5")
"""Models that draw nothing below 2560 x 1440 pixels."""
LARGE_PIXELS = 2560 * 1440
LARGE_SIZES = {"1024x1024": "2048x2048", "1792x1024": "2848x1600", "1024x1792": "1600x2848"}
MOST_SEEDREAM = 15


def drop(request: ImageRequest, edit: DocumentEdit, *names: str) -> None:
    for name in names:
        if name in request.body:
            edit.top[name] = DROP


def together(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """Width and height apart, `base64` for `b64_json`; no quality, style or user."""
    drop(request, edit, "size", "quality", "style", "user", "background", "moderation")
    if request.pixels is not None:
        edit.top["width"], edit.top["height"] = request.pixels
    if request.response_format == "b64_json":
        edit.top["response_format"] = "base64"


def siliconflow(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """`image_size` and `batch_size`; the reply has URLs only."""
    drop(request, edit, "quality", "style", "user", "response_format", "background", "moderation")
    for ours, theirs in (("size", "image_size"), ("n", "batch_size")):
        if ours in request.body:
            edit.top[ours] = DROP if theirs in request.body else Renamed(theirs)


def xai(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """An aspect instead of a size; no quality or style."""
    drop(request, edit, "size", "quality", "style", "background", "moderation")
    if request.pixels is not None and "aspect_ratio" not in request.body:
        edit.top["aspect_ratio"] = nearest_aspect(*request.pixels)


def seedream(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """A series instead of `n`, larger sizes for the newer models, and no watermark unless it is asked for."""
    drop(request, edit, "n", "quality", "style", "user", "background", "moderation")
    if request.n > 1 and "sequential_image_generation" not in request.body:
        edit.top["sequential_image_generation"] = "auto"
        edit.top["sequential_image_generation_options"] = {"max_images": min(request.n, MOST_SEEDREAM)}
    if target.model.startswith(SEEDREAM_LARGE) and request.pixels is not None:
        width, height = request.pixels
        if width * height < LARGE_PIXELS:
            edit.top["size"] = LARGE_SIZES.get(request.size, "2K")
    elif request.size == "auto":
        edit.top["size"] = DROP
    if "watermark" not in request.body:
        edit.top["watermark"] = False


def stepfun(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    drop(request, edit, "quality", "style", "user", "background", "moderation")


def qianfan(request: ImageRequest, target: Target, edit: DocumentEdit) -> None:
    """iRAG and Flux answer with URLs only."""
    drop(request, edit, "quality", "style", "response_format", "background", "moderation")


PICTURES: Mapping[str, Fit] = {
    "together": together,
    "siliconflow": siliconflow,
    "xai": xai,
    "seedream": seedream,
    "stepfun": stepfun,
    "qianfan": qianfan,
}

ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "2:1", "1:2")


def nearest_aspect(width: int, height: int, aspects: Iterable[str] = ASPECTS) -> str:
    """The aspect that is nearest to this size."""

    def off(aspect: str) -> float:
        wide, _, high = aspect.partition(":")
        ratio = width * int(high) / max(height * int(wide), 1)
        return max(ratio, 1 / max(ratio, 1e-9))

    return min(aspects, key=off)
