"""What an exchange costs that is not paid by the token alone: pictures, characters, seconds, searches. Pure.

One API's ratios keep their meaning: a model has one ratio, a unit counts a fixed number of points (`unit_rows.POINTS`),
and the cost is points x ratio x group ratio. Must not know requests nor replies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rules.pictures import DEFAULT_SIZE, factor
from rules.pricing import Cost, Tokens, exact, token_cost
from rules.unit_rows import POINTS
from rules.values import Price

ROUNDED_DOWN = ("image", "character")
"""One API rounds these down, each picture by itself; all others are rounded up, as tokens are."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What an exchange used, in every way in which it may be paid.

    `unit` is how its endpoint is paid: token, or a key of POINTS; `fixed`: whatever the price of the model says.
    `count` has how many of each unit there were: characters, seconds (may be a fraction), searches, pictures.
    """

    unit: str = "token"
    fixed: bool = False
    tokens: Tokens = field(default_factory=Tokens)
    count: Mapping[str, float] = field(default_factory=dict)
    size: str = ""
    quality: str = ""


def unit_of(price: Price, measure: Measure) -> str:
    """How this exchange is paid.

    What cannot be counted (the seconds of a transcript that has no times) is paid by the tokens of its text.
    """
    unit = measure.unit if measure.fixed else price.unit or measure.unit
    return unit if unit in measure.count else "token"


def charge(price: Price, measure: Measure) -> Cost:
    """What is due, with its computation for the log. Never nothing, unless the ratio or the count is 0."""
    unit = unit_of(price, measure)
    if unit == "token":
        return token_cost(price, measure.tokens)
    ratio = price.model_ratio if price.unit_ratio is None else price.unit_ratio
    count, times = Fraction(str(measure.count[unit])), Fraction(1)
    if unit == "image":
        times = factor(price.model, measure.size, measure.quality)
    single = POINTS[unit] * times * exact(ratio) * exact(price.group_ratio)
    quota = math.floor(single) * int(count) if unit == "image" else _rounded(unit, single * count)
    if quota <= 0 and single and count:
        quota = 1
    computation: dict[str, Any] = {
        "model": price.model,
        "known": price.known,
        "unit": unit,
        "count": measure.count[unit],
        "points": float(POINTS[unit]),
        "model_ratio": ratio,
        "group": price.group,
        "group_ratio": price.group_ratio,
    }
    if unit == "image":
        computation |= {"factor": float(times), "size": measure.size or DEFAULT_SIZE, "quality": measure.quality}
    return Cost(quota, {**computation, "quota": quota}, f"倍率：{ratio:g} × {price.group_ratio:g}")


def _rounded(unit: str, amount: Fraction) -> int:
    return math.floor(amount) if unit in ROUNDED_DOWN else math.ceil(amount)
