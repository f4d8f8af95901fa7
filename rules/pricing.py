"""What a call costs: One API's ratios, its look-up order and its formula, in exact arithmetic.

Prices are data (`prices.yaml`); the operator's tables stand above them. Must not know replies, HTTP or peewee.
Quota is an integer: 500,000 = $1, and ratio 1 is $2 per million tokens.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from rules.price_rows import DOLLARS_PER_RATIO, FALLBACK_RATIO, Row, default_row, own_ratio
from rules.price_rules import completion_by_rule
from rules.unit_rows import class_row, unit_row
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


PROMPT_CLASSES = ("cached", "cache_write", "audio_prompt", "image_prompt")
COMPLETION_CLASSES = ("reasoning", "audio_completion", "image_completion")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts; each class is a part of `prompt` or of `completion`."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cache_write: int = 0
    audio_prompt: int = 0
    image_prompt: int = 0
    reasoning: int = 0
    audio_completion: int = 0
    image_completion: int = 0


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
    row, unit = default_row(channel_type, name), unit_row(channel_type, name)
    ratio, custom = _model_ratio(tables, channel_type, name, row)
    if ratio is None and unit is not None:
        ratio = unit.ratio
    return Price(
        model=model,
        model_ratio=FALLBACK_RATIO if ratio is None else ratio,
        completion_ratio=_completion_ratio(tables, channel_type, name, row),
        group=group,
        group_ratio=tables.group_ratio.get(group, 1.0),
        known=ratio is not None,
        cached_ratio=row.cached_ratio if row else None,
        cache_write_ratio=row.cache_write_ratio if row else None,
        unit=unit.unit if unit else "token" if row else "",
        unit_ratio=unit.ratio if unit and not custom else None,
        **_class_ratios(channel_type, name, row),
    )


def _class_ratios(channel_type: int, name: str, row: Row | None) -> dict[str, float]:
    """The ratios of special tokens, in multiples of the plain prompt's."""
    if row is None or not row.model_ratio:
        return {}
    dollars = {name: value for name, value in asdict(class_row(channel_type, name)).items() if value is not None}
    plain = exact(row.model_ratio) * exact(DOLLARS_PER_RATIO)
    return {f"{name}_ratio": float(exact(value) / plain) for name, value in dollars.items()}


def cost(price: Price, prompt: int, completion: int, cached: int = 0, cache_write: int = 0) -> Cost:
    """What this usage costs; see `token_cost`."""
    return token_cost(price, Tokens(prompt, completion, cached, cache_write))


def token_cost(price: Price, tokens: Tokens) -> Cost:
    """What these tokens cost: ceil((prompt + completion x completion ratio) x model ratio x group ratio).

    The special classes within prompt and completion cost their own ratio where one is known. No token is free of
    charge unless a ratio is 0: less than one quota is one. Negative counts are taken as 0.
    """
    prompt, completion = max(tokens.prompt, 0), max(tokens.completion, 0)
    special = _special(tokens, prompt, PROMPT_CLASSES) | _special(tokens, completion, COMPLETION_CLASSES)
    ratio = exact(price.model_ratio) * exact(price.group_ratio)
    plain_prompt = prompt - sum(special[name] for name in PROMPT_CLASSES)
    plain_completion = completion - sum(special[name] for name in COMPLETION_CLASSES)
    weighed = plain_prompt + plain_completion * exact(price.completion_ratio)
    weighed += sum(count * exact(_class_ratio(price, name)) for name, count in special.items())
    quota = math.ceil(weighed * ratio)
    if ratio and quota <= 0 and prompt + completion:
        quota = 1
    counts = {"prompt": prompt, "completion": completion, **special}
    return Cost(quota, _computation(price, counts, quota), _text(price))


def _special(tokens: Tokens, whole: int, names: tuple[str, ...]) -> dict[str, int]:
    """The counts of these classes; together they are no more than the whole."""
    found: dict[str, int] = {}
    for name in names:
        found[name] = min(max(getattr(tokens, name), 0), whole - sum(found.values()))
    return found


def _class_ratio(price: Price, name: str) -> float:
    own: float | None = getattr(price, f"{name}_ratio")
    if own is not None:
        return own
    return 1.0 if name in PROMPT_CLASSES else price.completion_ratio


def estimate(price: Price, prompt_tokens: int, max_tokens: int | None, pre_consumed: int) -> int:
    """What is reserved before the call: (pre_consumed + prompt + max_tokens) x ratio. All three count tokens."""
    tokens = max(pre_consumed, 0) + max(prompt_tokens, 0) + max(max_tokens or 0, 0)
    return math.floor(tokens * exact(price.model_ratio) * exact(price.group_ratio))


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


def _model_ratio(tables: Tables, channel_type: int, name: str, row: Row | None) -> tuple[float | None, bool]:
    """The ratio, and whether it is the operator's own."""
    custom = tables.model_ratio
    typed = custom.get(f"{name}({channel_type})")
    if typed is not None:
        return typed, True
    if row is not None and row.typed:
        return row.model_ratio, False
    if name in custom:
        return custom[name], True
    return (row.model_ratio if row is not None else own_ratio(name)), False


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
def exact(ratio: float) -> Fraction:
    """The number that was meant: 0.1 is a tenth, and a quotient such as 0.79 / 0.59 is 79/59."""
    written = Fraction(repr(ratio))
    quotient = written.limit_denominator(10**6)
    return quotient if float(quotient) == ratio else written


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
    for name in (*PROMPT_CLASSES, *COMPLETION_CLASSES):
        if counts[name]:
            computation[f"{name}_tokens"] = counts[name]
            computation[f"{name}_ratio"] = _class_ratio(price, name)
    return {**computation, "quota": quota}


def _text(price: Price) -> str:
    """One API's line (model x group x completion), with as many decimals as the ratios have."""
    return "倍率：" + " × ".join(_decimals(r) for r in (price.model_ratio, price.group_ratio, price.completion_ratio))


def _decimals(ratio: float) -> str:
    whole, _, rest = f"{ratio:.6f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"
