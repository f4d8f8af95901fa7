"""How requests for pictures are fitted to providers that took OpenAI's path but not its fields.

A row names one of PICTURES in `Quirks.pictures`. Facts: each provider's own documentation, November 2026.
Must not know replies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from addon.canon.drawing import Drawing, pixels
from addon.canon.outbound import Target
from addon.dialects.openai_splice import DROP, DocumentEdit, Renamed

Fit = Callable[[Drawing, Target, DocumentEdit], None]

GPT_IMAGE = ("gpt-image", "chatgpt-image")
FIXED_SIZES = ("gpt-image-1", "chatgpt-image")
"""Models of the three sizes; later ones draw any."""
SMALL = {"256x256": "1024x1024", "512x512": "1024x1024"}
WIDE = {"1792x1024": "1536x1024", "1024x1792": "1024x1536"}
GPT_QUALITIES = {"standard": "medium", "hd": "high"}
DALLE_QUALITIES = {"low": "standard", "medium": "standard", "auto": "standard", "high": "hd"}
OF_GPT_IMAGE = (
    *("background", "moderation", "output_format", "output_compression", "partial_images", "stream"),
    *("input_fidelity", "safety_identifier"),
)

SEEDREAM_LARGE = ("doubao-seedream-4-5", "doubao-seedream-5")
"""Models that draw nothing below 2560 x 1440 pixels."""
LARGE_PIXELS = 2560 * 1440
LARGE_SIZES = {"1024x1024": "2048x2048", "1792x1024": "2848x1600", "1024x1792": "1600x2848"}
MOST_SEEDREAM = 15
MOST_AT_ONCE = 4
"""Pictures that Together and SiliconFlow draw per request."""
ROUTER_ASPECTS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")


FOREIGN = ("background", "moderation", "stream", "partial_images", "input_fidelity", "safety_identifier")
"""What only OpenAI's own models know. Without a stream our face makes one of the whole reply, in OpenAI's events."""


def drop(request: Drawing, edit: DocumentEdit, *names: str) -> None:
    for name in names:
        if name in request.body:
            edit.top[name] = DROP


def openai(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """OpenAI's own two families know different words, and refuse each other's. Clients, and mappings from one to the
    other, mix them. The newer ones answer with bytes whatever is asked for."""
    model = target.model
    if model.startswith(GPT_IMAGE):
        drop(request, edit, "response_format", "style")
        sizes = SMALL | WIDE if model.startswith(FIXED_SIZES) else SMALL
        reworded(request, edit, quality=GPT_QUALITIES, size=sizes)
    elif model.startswith("dall-e"):
        drop(request, edit, *OF_GPT_IMAGE)
        if model.startswith("dall-e-3"):
            reworded(request, edit, quality=DALLE_QUALITIES)
        else:
            drop(request, edit, "quality", "style")
        if request.size == "auto":
            edit.top["size"] = DROP


def reworded(request: Drawing, edit: DocumentEdit, **words: Mapping[str, str]) -> None:
    for name, known in words.items():
        word = known.get(str(request.body.get(name)))
        if word is not None:
            edit.top[name] = word


def together(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """Width and height apart, `base64` for `b64_json`; no quality, style or user."""
    drop(request, edit, "size", "quality", "style", "user", *FOREIGN)
    size = pixels(request)
    if size is not None:
        edit.top["width"], edit.top["height"] = size
    if request.response_format == "b64_json":
        edit.top["response_format"] = "base64"
    if request.n > MOST_AT_ONCE:
        edit.top["n"] = MOST_AT_ONCE


def siliconflow(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """`image_size` and `batch_size`; the reply has URLs only."""
    drop(request, edit, "quality", "style", "user", "response_format", *FOREIGN)
    for ours, theirs in (("size", "image_size"), ("n", "batch_size")):
        if ours in request.body:
            edit.top[ours] = DROP if theirs in request.body else Renamed(theirs)
    if request.n > MOST_AT_ONCE and "batch_size" not in request.body:
        edit.top |= {"n": DROP, "batch_size": MOST_AT_ONCE}
    if request.size == "auto":
        edit.top["size"] = DROP


def xai(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """An aspect instead of a size; no quality or style."""
    drop(request, edit, "size", "quality", "style", *FOREIGN)
    size = pixels(request)
    if size is not None and "aspect_ratio" not in request.body:
        edit.top["aspect_ratio"] = nearest_aspect(*size)


def seedream(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """A series instead of `n`, larger sizes for the newer models, and no watermark unless it is asked for."""
    drop(request, edit, "n", "quality", "style", "user", *FOREIGN)
    if request.n > 1 and "sequential_image_generation" not in request.body:
        edit.top["sequential_image_generation"] = "auto"
        edit.top["sequential_image_generation_options"] = {"max_images": min(request.n, MOST_SEEDREAM)}
    size = pixels(request)
    if target.model.startswith(SEEDREAM_LARGE) and size is not None:
        if size[0] * size[1] < LARGE_PIXELS:
            edit.top["size"] = LARGE_SIZES.get(request.size, "2K")
    elif request.size == "auto":
        edit.top["size"] = DROP
    if "watermark" not in request.body:
        edit.top["watermark"] = False


def stepfun(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    drop(request, edit, "quality", "style", "user", *FOREIGN)


def qianfan(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """iRAG and Flux answer with URLs only."""
    drop(request, edit, "quality", "style", "response_format", *FOREIGN)


def openrouter(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """Its own endpoint for pictures: an aspect instead of a size, bytes only, nothing streamed."""
    drop(request, edit, "size", "response_format", "style", "user", "moderation", "stream", "partial_images")
    reworded(request, edit, quality=GPT_QUALITIES)
    size = pixels(request)
    if size is not None and "aspect_ratio" not in request.body:
        edit.top["aspect_ratio"] = nearest_aspect(*size, ROUTER_ASPECTS)


def ollama(request: Drawing, target: Target, edit: DocumentEdit) -> None:
    """One picture, as bytes. https://docs.ollama.com/api/openai-compatibility (experimental)"""
    drop(request, edit, "n", "quality", "style", "user", *FOREIGN)
    edit.top["response_format"] = "b64_json"
    if request.size == "auto":
        edit.top["size"] = DROP


PICTURES: Mapping[str, Fit] = {
    "openai": openai,
    "together": together,
    "siliconflow": siliconflow,
    "xai": xai,
    "seedream": seedream,
    "stepfun": stepfun,
    "qianfan": qianfan,
    "openrouter": openrouter,
    "ollama": ollama,
}

ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "2:1", "1:2")


def nearest_aspect(width: int, height: int, aspects: Iterable[str] = ASPECTS) -> str:
    """The aspect that is nearest to this size."""

    def off(aspect: str) -> float:
        wide, _, high = aspect.partition(":")
        ratio = width * int(high) / max(height * int(wide), 1)
        return max(ratio, 1 / max(ratio, 1e-9))

    return min(aspects, key=off)
