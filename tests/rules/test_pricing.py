"""Prices: the look-up order, the formula to the last quota, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.pricing import Tables, cost, estimate, price_of
from rules.values import Price

NO_TABLES = Tables()


def price(model_ratio: float = 1, completion_ratio: float = 1, group_ratio: float = 1, **others: float) -> Price:
    return Price("m", model_ratio, completion_ratio, "default", group_ratio, **others)  # type: ignore[arg-type]


def ratios(tables: Tables, channel_type: int, model: str, group: str = "default") -> tuple[float, float, float]:
    found = price_of(tables, channel_type, model, group)
    return found.model_ratio, found.completion_ratio, found.group_ratio


@pytest.mark.parametrize(
    ("channel_type", "model", "expected"),
    [
        (1, "gpt-4o", (1.25, 4, 1)),
        (1, "gpt-4o-mini", (0.075, 4, 1)),
        (1, "gpt-4", (15, 2, 1)),
        (1, "gpt-4-turbo", (5, 3, 1)),
        (1, "gpt-3.5-turbo", (0.25, 3, 1)),
        (1, "gpt-3.5-turbo-0613", (0.75, 4 / 3, 1)),
        (1, "o1", (7.5, 4, 1)),
        (1, "o3-mini", (0.55, 4, 1)),
        (1, "text-embedding-3-small", (0.01, 0, 1)),
        (1, "whisper-1", (15, 0, 1)),
        (14, "claude-sonnet-4-5", (1.5, 5, 1)),
        (36, "deepseek-chat", (0.14, 1.5, 1)),
        (16, "glm-4", (7.1, 1, 1)),
    ],
)
def test_price_of_known_models(channel_type: int, model: str, expected: tuple[float, float, float]) -> None:
    assert ratios(NO_TABLES, channel_type, model) == pytest.approx(expected)
    assert price_of(NO_TABLES, channel_type, model, "default").known


def test_price_of_a_model_in_no_table() -> None:
    assert price_of(NO_TABLES, 1, "no-such-model", "default") == Price(
        "no-such-model", 30.0, 1.0, "default", 1.0, known=False
    )


def test_price_of_depends_on_the_channel_type() -> None:
    assert ratios(NO_TABLES, 30, "llama3")[0] == 0
    assert not price_of(NO_TABLES, 50, "llama3", "default").known
    assert ratios(NO_TABLES, 49, "qwen-plus") == ratios(NO_TABLES, 17, "qwen-plus")


def test_price_of_takes_the_operators_tables_in_one_apis_order() -> None:
    # Default ratio of llama3 on type 30 is 0; on other types there is none.
    by_name = Tables.from_options({"llama3": 3}, {"llama3": 7}, {})
    assert ratios(by_name, 30, "llama3")[:2] == (0, 0)
    assert ratios(by_name, 50, "llama3")[:2] == (3, 7)
    by_type = Tables.from_options({"llama3": 3, "llama3(30)": 5}, {"llama3(30)": 6}, {})
    assert ratios(by_type, 30, "llama3")[:2] == (5, 6)
    over_default = Tables.from_options({"gpt-4o": 9}, {"gpt-4o": 2}, {})
    assert ratios(over_default, 1, "gpt-4o")[:2] == (9, 2)
    assert price_of(over_default, 1, "gpt-4o", "default").cached_ratio == 0.5


def test_price_of_drops_the_search_suffix_for_both_ratios() -> None:
    assert ratios(NO_TABLES, 17, "qwen-max-internet") == ratios(NO_TABLES, 17, "qwen-max")
    assert ratios(NO_TABLES, 35, "command-r-08-2024-internet") == ratios(NO_TABLES, 35, "command-r-08-2024")
    assert not price_of(NO_TABLES, 1, "gpt-4o-internet", "default").known


def test_price_of_groups() -> None:
    tables = Tables.from_options({}, {}, {"vip": 0.5})
    assert price_of(tables, 1, "gpt-4o", "vip").group_ratio == 0.5
    assert price_of(tables, 1, "gpt-4o", "nobody").group_ratio == 1


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-3.5-turbo-1106-x", 4 / 3),
        ("gpt-3.5-turbo-9-1106", 2),
        ("gpt-3.5-turbo-9-0125", 3),
        ("chatgpt-4o-latest", 3),
        ("gpt-4o-2030-01-01", 4),
        ("gpt-4-9-preview", 3),
        ("gpt-4-9", 2),
        ("o3-mini-2030-01-01", 4),
        ("gpt-6-2030", 8),
        ("claude-9", 5),
        ("claude-2.1", 3),
        ("mistral-9", 3),
        ("deepseek-9", 2),
        ("something-else", 1),
    ],
)
def test_completion_ratio_by_rule_where_no_table_has_a_price(model: str, expected: float) -> None:
    found = price_of(NO_TABLES, 50, model, "default")
    assert (found.completion_ratio, found.known) == (expected, found.known and False)


@pytest.mark.parametrize("bad", [-1, -0.001, math.nan, math.inf, True, "1", None])
@pytest.mark.parametrize("which", range(3))
def test_from_options_refuses_what_is_no_price(bad: object, which: int) -> None:
    tables: list[dict[str, object]] = [{}, {}, {}]
    tables[which] = {"some-name": bad}
    with pytest.raises(ValueError, match="some-name"):
        Tables.from_options(*tables)


@pytest.mark.parametrize(
    ("model_ratio", "completion_ratio", "group_ratio", "prompt", "completion", "quota"),
    [
        (1, 1, 1, 10, 0, 10),
        (15, 2, 1, 10, 20, 750),
        (0.075, 4, 1, 1, 0, 1),  # less than one quota is one
        (0.075, 4, 1, 1000, 100, 105),
        (0.1, 1, 1, 30, 0, 3),  # 30 * 0.1 is 3.0000000000000004 in floats
        (0.1, 1, 0.7, 100, 0, 7),
        (0.295, 79 / 59, 1, 0, 59000, 23305),  # a quotient that no decimal holds
        (0, 4, 1, 1000, 1000, 0),  # free model
        (5, 4, 0, 1000, 1000, 0),  # free group
        (5, 4, 1, 0, 0, 0),  # nothing used
        (5, 4, 1, -3, -4, 0),  # a negative count is no refund
    ],
)
def test_cost_follows_the_formula_exactly(
    model_ratio: float, completion_ratio: float, group_ratio: float, prompt: int, completion: int, quota: int
) -> None:
    assert cost(price(model_ratio, completion_ratio, group_ratio), prompt, completion).quota == quota


def test_cost_of_a_cheap_call_is_at_least_one() -> None:
    assert cost(price(1e-12), 1, 0).quota == 1
    assert cost(price(1, completion_ratio=0), 0, 5).quota == 1


def test_cost_of_cached_tokens() -> None:
    cached = price(2, 5, cached_ratio=0.1, cache_write_ratio=1.25)
    assert cost(cached, 1000, 10, cached=500, cache_write=100).quota == 2 * (400 + 50 + 125 + 50)
    assert cost(price(2, 5), 1000, 10, cached=500, cache_write=100).quota == 2 * (1000 + 50)
    # More cached than prompt tokens is a provider's slip: never charge less than nothing.
    assert cost(cached, 10, 0, cached=50, cache_write=50).quota == 2


def test_cost_says_how_it_was_made() -> None:
    made = cost(price_of(NO_TABLES, 1, "gpt-4o-mini", "default"), 1000, 100, cached=400)
    assert made.text == "倍率：0.075 × 1.00 × 4.00"
    assert made.computation == {
        "model": "gpt-4o-mini",
        "known": True,
        "model_ratio": 0.075,
        "completion_ratio": 4.0,
        "group": "default",
        "group_ratio": 1.0,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cached_tokens": 400,
        "cached_ratio": 0.5,
        "quota": 90,
    }
    assert cost(price(1), 5, 0, cached=2).computation["cached_ratio"] == 1.0


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**7),
    st.decimals(0, 100, places=6),
    st.decimals(0, 100, places=4),
    st.decimals(0, 10, places=3),
)
def test_cost_equals_the_formula_in_exact_numbers(
    p: int, c: int, model: object, completion: object, group: object
) -> None:
    exact = (p + c * Fraction(str(completion))) * Fraction(str(model)) * Fraction(str(group))
    wanted = 0 if p + c == 0 or not Fraction(str(model)) * Fraction(str(group)) else max(math.ceil(exact), 1)
    made = price(float(str(model)), float(str(completion)), float(str(group)))
    assert cost(made, p, c).quota == wanted


def test_estimate_counts_what_may_come() -> None:
    assert estimate(price(0.5), 100, 400, 500) == 500
    assert estimate(price(0.5, group_ratio=0.5), 100, None, 500) == 150
    assert estimate(price(0.001), 100, None, 500) == 0
    assert estimate(price(1), 10, -5, 0) == 10
