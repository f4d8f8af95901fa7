"""What the picture models take and what sizes cost: One API's tables, and the tokens of OpenAI's newer models.

Facts: A9.40-46 of One API; OpenAI's price page. Must not know requests, channels nor ratios of models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Limits:
    """What one model takes. `sizes` has the price factor of each size; empty: any size, at 1.

    `prompt` is in characters; `most` pictures at once. 0: no limit is known.
    """

    sizes: Mapping[str, float] = field(default_factory=dict)
    most: int = 0
    prompt: int = 0


_WANX = ("1024x1024", "720x1280", "1280x720")
_DIFFUSION = ("512x1024", "1024x768", "1024x1024", "576x1024", "1024x576")
_STEP = ("256x256", "512x512", "768x768", "1024x1024", "1280x800", "800x1280")

MODELS: Mapping[str, Limits] = {
    "dall-e-2": Limits({"256x256": 1, "512x512": 1.125, "1024x1024": 1.25}, 10, 1000),
    "dall-e-3": Limits({"1024x1024": 1, "1024x1792": 2, "1792x1024": 2}, 1, 4000),
    "ali-stable-diffusion-xl": Limits(dict.fromkeys(_DIFFUSION, 1), 4, 4000),
    "ali-stable-diffusion-v1.5": Limits(dict.fromkeys(_DIFFUSION, 1), 4, 4000),
    "wanx-v1": Limits(dict.fromkeys(_WANX, 1), 4, 4000),
    "cogview-3": Limits({}, 1, 833),
    "step-1x-medium": Limits(dict.fromkeys(_STEP, 1), 1, 4000),
}

DEFAULT_SIZE = "1024x1024"

_SQUARE, _PORTRAIT, _LANDSCAPE = "1024x1024", "1024x1536", "1536x1024"
PICTURE_TOKENS: Mapping[str, Mapping[str, int]] = {
    "low": {_SQUARE: 272, _PORTRAIT: 408, _LANDSCAPE: 400},
    "medium": {_SQUARE: 1056, _PORTRAIT: 1584, _LANDSCAPE: 1568},
    "high": {_SQUARE: 4160, _PORTRAIT: 6240, _LANDSCAPE: 6208},
}
"""Tokens of a picture of the gpt-image models."""


def factor(model: str, size: str, quality: str) -> Fraction:
    """What a picture costs in multiples of the model's plainest: by its size and, for dall-e-3, by its quality."""
    size = size or DEFAULT_SIZE
    known = MODELS.get(model, Limits()).sizes.get(size, 1)
    if model == "dall-e-3" and quality == "hd":
        return Fraction(known) * (2 if size == DEFAULT_SIZE else Fraction(3, 2))
    return Fraction(known)


def picture_tokens(size: str, quality: str) -> int:
    """The tokens of a picture; the most where the model chooses quality or size itself (`auto`)."""
    of_quality = PICTURE_TOKENS.get(quality, PICTURE_TOKENS["high"])
    return of_quality.get(size, max(of_quality.values()))
