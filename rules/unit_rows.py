"""The prices of what is not paid by the token, and of tokens with a price of their own: `unit_prices.yaml` as rows.

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

from rules.price_rows import priced_like

UNIT_PRICES = Path(__file__).with_name("unit_prices.yaml")

POINTS: Mapping[str, Fraction] = {
    "image": Fraction(1000),
    "character": Fraction(1),
    "second": Fraction(10, 3),
    "search": Fraction(1000),
}
"""What one unit counts, in tokens at ratio 1, so that One API's ratios keep their meaning: a picture is 1,000 of them
(A9.44), a character one (A9.47), a minute of speech the 200 tokens of its text, a search the same as a picture."""

_RATIO_PER_DOLLAR: Mapping[str, Fraction] = {
    "image": Fraction(500),
    "character": Fraction(1, 2),
    "second": Fraction(2500),
    "search": Fraction(1, 2),
}
"""The ratio that makes a unit cost what the file says: dollars per picture, million characters, minute, 1,000."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A model that is paid by the `unit` (a key of POINTS), at this ratio."""

    unit: str
    ratio: float


@dataclass(frozen=True, slots=True)
class ClassRow:
    """US dollars per million tokens of each class; None: it costs what plain ones cost."""

    audio_prompt: float | None = None
    audio_completion: float | None = None
    reasoning: float | None = None
    image_prompt: float | None = None
    image_completion: float | None = None


def unit_row(channel_type: int, model: str) -> UnitRow | None:
    """How a model is paid on channels of this type, if not by the token."""
    data = _prices()
    for table in (data["types"].get(priced_like(channel_type), {}), data["any"]):
        for unit, rows in table.items():
            if model in rows:
                return UnitRow(unit, float(Fraction(repr(rows[model])) * _RATIO_PER_DOLLAR[unit]))
    return None


def class_row(channel_type: int, model: str) -> ClassRow:
    """The prices of a model's special tokens."""
    classes = _prices()["classes"]
    typed = classes["types"].get(priced_like(channel_type), {})
    return ClassRow(*typed.get(model, classes["any"].get(model, ())))


@cache
def _prices() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(UNIT_PRICES.read_text(encoding="utf-8"), loader)  # type: ignore[no-any-return]  # noqa: S506
