"""Size factors and limits of One API (facts A9.41-43), and the tokens of the newer models' pictures."""

from __future__ import annotations

import pytest

from rules.pictures import MODELS, PICTURE_TOKENS, factor, picture_tokens


@pytest.mark.parametrize(
    ("model", "size", "quality", "expected"),
    [
        ("dall-e-2", "256x256", "", 1),
        ("dall-e-2", "512x512", "", 1.125),
        ("dall-e-2", "", "", 1.25),
        ("dall-e-3", "", "", 1),
        ("dall-e-3", "1024x1024", "hd", 2),
        ("dall-e-3", "1024x1792", "standard", 2),
        ("dall-e-3", "1792x1024", "hd", 3),
        ("wanx-v1", "720x1280", "hd", 1),
        ("cogview-3", "any", "", 1),
        ("unknown", "4096x4096", "hd", 1),
    ],
)
def test_factor_of_size_and_quality(model: str, size: str, quality: str, expected: float) -> None:
    assert factor(model, size, quality) == expected


def test_limits_are_one_apis() -> None:
    assert {name: (limits.most, limits.prompt) for name, limits in MODELS.items()} == {
        "dall-e-2": (10, 1000),
        "dall-e-3": (1, 4000),
        "ali-stable-diffusion-xl": (4, 4000),
        "ali-stable-diffusion-v1.5": (4, 4000),
        "wanx-v1": (4, 4000),
        "cogview-3": (1, 833),
        "step-1x-medium": (1, 4000),
    }


@pytest.mark.parametrize(
    ("size", "quality", "tokens"),
    [
        ("1024x1024", "low", 272),
        ("1536x1024", "medium", 1568),
        ("1024x1536", "high", 6240),
        ("auto", "low", 408),
        ("1024x1024", "auto", 4160),
        ("", "", 6240),
    ],
)
def test_tokens_of_a_picture(size: str, quality: str, tokens: int) -> None:
    assert picture_tokens(size, quality) == tokens
    assert set(PICTURE_TOKENS) == {"low", "medium", "high"}
