"""The default prices: `prices.yaml` as rows of ratios, read once per process.

Must not know the operator's tables nor how a cost is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FALLBACK_RATIO = 30.0
"""One API's ratio of a model that is in no table."""
DOLLARS_PER_RATIO = 2.0
"""Ratio 1 is $2 per million tokens."""
PRICES = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True, slots=True)
class Row:
    """Default ratios of one model. `typed`: found under the channel's type, so it goes before the operator's `name`."""

    model_ratio: float
    completion_ratio: float
    cached_ratio: float | None = None
    cache_write_ratio: float | None = None
    typed: bool = False


def default_row(channel_type: int, model: str) -> Row | None:
    """The default price of a model on channels of this type, or None."""
    data = _prices()
    typed = data["types"].get(priced_like(channel_type), {})
    if model in typed:
        return _row(tuple(typed[model]), typed=True)
    if model in data["any"]:
        return _row(tuple(data["any"][model]), typed=False)
    return None


def priced_like(channel_type: int) -> int:
    """The channel type whose prices this one has."""
    return int(_prices()["like"].get(channel_type, channel_type))


def own_ratio(model: str) -> float | None:
    """One API's own ratio of a model that has no price in dollars."""
    ratio = _prices()["ratios"].get(model)
    return None if ratio is None else float(ratio)


@cache
def _row(dollars: tuple[float | None, ...], typed: bool) -> Row:
    """A row of [input, output, cached, cache write] dollars per million tokens."""
    prices = [None if price is None else float(price) for price in (*dollars, None, None)[:4]]
    plain, output = prices[0] or 0.0, prices[1] or 0.0

    def over_input(price: float | None) -> float | None:
        return None if price is None or not plain else float(Fraction(repr(price)) / Fraction(repr(plain)))

    return Row(
        plain / DOLLARS_PER_RATIO, over_input(output) or 0.0, over_input(prices[2]), over_input(prices[3]), typed
    )


@cache
def _prices() -> Mapping[str, Any]:
    # The C parser reads the file in 20 ms; the one in Python takes half a second.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(PRICES.read_text(encoding="utf-8"), loader)  # type: ignore[no-any-return]  # noqa: S506
