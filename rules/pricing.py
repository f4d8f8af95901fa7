"""What a call costs: One API's ratios, its look-up order and its formula, in exact arithmetic.

Prices are data (`prices.yaml`); the operator's tables stand above them. Must not know replies, HTTP or peewee.
Quota is an integer: 500,000 = $1, and ratio 1 is $2 per million tokens.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from rules.price_rows import FALLBACK_RATIO, Row, default_row, own_ratio
from rules.price_rules import completion_by_rule
from rules.values import Price


@dataclass(frozen=True, slots=True)
class Tables:
    """The operator's prices, as they stand in the options. Names may end with a channel type: `gpt-4o(3)`."""

    model_ratio: Mapping[str, float] = field(default_factory=dict)
    completion_ratio: Mapping[str, float] = field(default_factory=dict)
    group_ratio: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_options(
        cls, model_ratio: Mapping[str, Any], completion_ratio: Mapping[str, Any], group_ratio: Mapping[str, Any]
    ) -> Tables:
        """Tables of the decoded JSON of `ModelRatio`, `CompletionRatio` and `GroupRatio`.

        Raises ValueError for a ratio that is negative or not a number (a negative price would refill quota).
        """
        return cls(_ratios(model_ratio), _ratios(completion_ratio), _ratios(group_ratio))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call costs. `computation` goes into the log row's detail, `text` is its content line."""

    quota: int
    computation: Mapping[str, Any]
    text: str


def price_of(tables: Tables, channel_type: int, model: str, group: str) -> Price:
    """The price of a model on channels of this type for this group.

    Order: the operator's `name(type)`, the default of the type, the operator's `name`, the default, 30.
    """
    name = _without_suffix(model)
    row = default_row(channel_type, name)
    ratio = _model_ratio(tables, channel_type, name, row)
    return Price(
        model=model,
        model_ratio=FALLBACK_RATIO if ratio is None else ratio,
        completion_ratio=_completion_ratio(tables, channel_type, name, row),
        group=group,
        group_ratio=tables.group_ratio.get(group, 1.0),
        known=ratio is not None,
        cached_ratio=row.cached_ratio if row else None,
        cache_write_ratio=row.cache_write_ratio if row else None,
    )


def cost(price: Price, prompt: int, completion: int, cached: int = 0, cache_write: int = 0) -> Cost:
    """What this usage costs: ceil((prompt + completion x completion ratio) x model ratio x group ratio).

    `prompt` includes `cached` and `cache_write`, which cost their own ratio where one is known. No token is free
    of charge unless a ratio is 0: less than one quota is one. Negative counts are taken as 0.
    """
    prompt, completion = max(prompt, 0), max(completion, 0)
    cached = min(max(cached, 0), prompt)
    cache_write = min(max(cache_write, 0), prompt - cached)
    ratio = _exact(price.model_ratio) * _exact(price.group_ratio)
    tokens = (
        prompt
        - cached
        - cache_write
        + cached * _class_ratio(price.cached_ratio)
        + cache_write * _class_ratio(price.cache_write_ratio)
        + completion * _exact(price.completion_ratio)
    )
    quota = math.ceil(tokens * ratio)
    if ratio and quota <= 0 and prompt + completion:
        quota = 1
    counts = {"prompt": prompt, "completion": completion, "cached": cached, "cache_write": cache_write}
    return Cost(quota, _computation(price, counts, quota), _text(price))


def estimate(price: Price, prompt_tokens: int, max_tokens: int | None, pre_consumed: int) -> int:
    """What is reserved before the call: (pre_consumed + prompt + max_tokens) x ratio. All three count tokens."""
    tokens = max(pre_consumed, 0) + max(prompt_tokens, 0) + max(max_tokens or 0, 0)
    return math.floor(tokens * _exact(price.model_ratio) * _exact(price.group_ratio))


def _ratios(table: Mapping[str, Any]) -> dict[str, float]:
    checked: dict[str, float] = {}
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"the ratio of {name} is not a number: {value!r}")
        if value < 0:
            raise ValueError(f"the ratio of {name} is negative: {value!r}")
        checked[name] = float(value)
    return checked


def _without_suffix(model: str) -> str:
    """`qwen-max-internet` and `command-r-internet` cost what the model without its search costs."""
    return model.removesuffix("-internet") if model.startswith(("qwen-", "command-")) else model


def _model_ratio(tables: Tables, channel_type: int, name: str, row: Row | None) -> float | None:
    custom = tables.model_ratio
    typed = custom.get(f"{name}({channel_type})")
    if typed is not None:
        return typed
    if row is not None and row.typed:
        return row.model_ratio
    if name in custom:
        return custom[name]
    return row.model_ratio if row is not None else own_ratio(name)


def _completion_ratio(tables: Tables, channel_type: int, name: str, row: Row | None) -> float:
    custom = tables.completion_ratio
    typed = custom.get(f"{name}({channel_type})")
    if typed is not None:
        return typed
    if row is not None and row.typed:
        return row.completion_ratio
    if name in custom:
        return custom[name]
    return row.completion_ratio if row is not None else completion_by_rule(name)


@lru_cache(maxsize=4096)
def _exact(ratio: float) -> Fraction:
    """The number that was meant: 0.1 is a tenth, and a quotient such as 0.79 / 0.59 is 79/59."""
    written = Fraction(repr(ratio))
    quotient = written.limit_denominator(10**6)
    return quotient if float(quotient) == ratio else written


def _class_ratio(ratio: float | None) -> Fraction:
    return Fraction(1) if ratio is None else _exact(ratio)


def _computation(price: Price, counts: Mapping[str, int], quota: int) -> dict[str, Any]:
    """How the price was made, for the log's detail page."""
    computation: dict[str, Any] = {
        "model": price.model,
        "known": price.known,
        "model_ratio": price.model_ratio,
        "completion_ratio": price.completion_ratio,
        "group": price.group,
        "group_ratio": price.group_ratio,
        "prompt_tokens": counts["prompt"],
        "completion_tokens": counts["completion"],
    }
    for name, ratio in (("cached", price.cached_ratio), ("cache_write", price.cache_write_ratio)):
        if counts[name]:
            computation[f"{name}_tokens"] = counts[name]
            computation[f"{name}_ratio"] = 1.0 if ratio is None else ratio
    return {**computation, "quota": quota}


def _text(price: Price) -> str:
    """One API's line (model x group x completion), with as many decimals as the ratios have."""
    return "倍率：" + " × ".join(_decimals(r) for r in (price.model_ratio, price.group_ratio, price.completion_ratio))


def _decimals(ratio: float) -> str:
    whole, _, rest = f"{ratio:.6f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"
