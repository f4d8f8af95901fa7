"""What units cost: One API's golden numbers, rounding, and what is told in the log."""

from __future__ import annotations

import pytest

from rules.charging import Measure, charge, unit_of
from rules.pricing import Tables, Tokens, price_of
from rules.values import Price


def price(model: str, channel_type: int = 1, group_ratio: float = 1.0, **ratios: float) -> Price:
    return price_of(Tables(model_ratio=ratios, group_ratio={"g": group_ratio}), channel_type, model, "g")


def image(model: str, count: float = 1, size: str = "", quality: str = "", **more: float) -> int:
    return charge(price(model, **more), Measure("image", count={"image": count}, size=size, quality=quality)).quota


@pytest.mark.parametrize(
    ("model", "count", "size", "quality", "quota"),
    [
        ("dall-e-3", 1, "1024x1024", "standard", 20_000),
        ("dall-e-3", 1, "1024x1024", "hd", 40_000),
        ("dall-e-3", 1, "1792x1024", "hd", 60_000),
        ("dall-e-2", 1, "1024x1024", "", 12_500),
        ("dall-e-2", 2, "512x512", "", 22_500),
        ("wanx-v1", 4, "1024x1024", "", 32_000),
        ("cogview-3-flash", 1, "", "", 0),
        ("unknown-painter", 1, "", "", 30_000),
        ("dall-e-3", 0, "", "", 0),
    ],
)
def test_pictures_cost_what_one_api_takes(model: str, count: int, size: str, quality: str, quota: int) -> None:
    assert image(model, count, size, quality) == quota


def test_the_operators_ratio_and_the_groups_count() -> None:
    assert image("dall-e-3", **{"dall-e-3": 3.0}) == 3000
    assert image("dall-e-3", group_ratio=0.5) == 10_000
    assert image("dall-e-3", group_ratio=0.00001) == 1
    both = price("gemini-2.5-flash-image", 51)
    assert (both.unit, both.unit_ratio, both.model_ratio) == ("image", 19.5, 0.15)
    assert price("gemini-2.5-flash-image", 51, **{"gemini-2.5-flash-image": 7.0}).unit_ratio is None


@pytest.mark.parametrize(
    ("model", "unit", "count", "quota"),
    [
        ("tts-1", "character", 1000, 7500),
        ("tts-1", "character", 1, 7),
        ("whisper-1", "second", 60, 3000),
        ("whisper-1", "second", 0.1, 5),
        ("whisper-1", "second", 0.11, 6),
        ("rerank-v3.5", "search", 1, 1000),
        ("rerank-v4.0-pro", "search", 2, 2500),
    ],
)
def test_units_cost_what_the_price_list_says(model: str, unit: str, count: float, quota: int) -> None:
    assert charge(price(model), Measure(unit, count={unit: count})).quota == quota


def test_the_way_of_paying_is_the_models_then_the_endpoints() -> None:
    seconds = Measure("second", count={"second": 2}, tokens=Tokens(10, 5))
    assert unit_of(price("whisper-1"), seconds) == "second"
    assert unit_of(price("gpt-4o-transcribe"), seconds) == "token"
    assert unit_of(price("unknown"), seconds) == "second"
    assert unit_of(price("whisper-1"), Measure("second")) == "token"
    assert unit_of(price("whisper-1"), Measure(fixed=True, count={"second": 2})) == "token"
    assert charge(price("unknown"), Measure(tokens=Tokens(1, 1))).quota == 60


def test_the_computation_says_how_the_price_was_made() -> None:
    cost = charge(price("dall-e-3"), Measure("image", count={"image": 1}, quality="hd"))
    assert cost.computation == {
        "model": "dall-e-3",
        "known": True,
        "unit": "image",
        "count": 1,
        "points": 1000.0,
        "model_ratio": 20.0,
        "group": "g",
        "group_ratio": 1.0,
        "factor": 2.0,
        "size": "1024x1024",
        "quality": "hd",
        "quota": 40_000,
    }
    assert cost.text == "倍率：20 × 1"
    assert "factor" not in charge(price("tts-1"), Measure("character", count={"character": 1})).computation
