"""The sum that a log row shows equals what was charged, whatever the request was paid by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest
from flask import Flask

from admin.pages.log_prices import computation
from rules.charging import Measure, charge
from rules.pricing import Cost, Tables, Tokens, price_of, token_cost
from rules.values import LogRecord


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    with Flask("test").test_request_context(headers={"accept-language": "en"}):
        yield


def row(cost: Cost) -> LogRecord:
    return LogRecord(user_id=1, created_at=0, type=2, quota=cost.quota, detail={"computation": cost.computation})


def shown(cost: Cost) -> tuple[str, dict[str, str]]:
    found = computation(row(cost))
    assert found is not None
    left, _, right = found["sum"].partition(" = ")
    assert right == f"{cost.quota:,}"
    return left, dict(found["terms"])


def worked_out(sum_text: str) -> Fraction:
    """What the sum comes to."""
    plain = sum_text.replace(",", "").replace("×", "*")
    return Fraction(str(eval(re.sub(r"[^0-9.*+() ]", "", plain), {})))  # noqa: S307


def test_tokens_with_prices_of_their_own() -> None:
    tokens = Tokens(
        prompt=1000, completion=100, cached=200, audio_prompt=50, reasoning=10, audio_completion=20, image_prompt=5
    )
    cost = token_cost(price_of(Tables(), 1, "gpt-audio", "g"), tokens)
    left, terms = shown(cost)
    assert left == "(745 + 200 × 1 + 50 × 12.8 + 5 × 1 + 70 × 4 + 10 × 4 + 20 × 25.6) × 1.25 × 1"
    assert cost.quota - 1 < worked_out(left) <= cost.quota
    assert terms["Of these sound that was heard"] == "50 × 12.8"
    assert terms["Of these reasoning"] == "10 × 4"
    assert terms["Prompt tokens"] == "1,000"


def test_plain_tokens() -> None:
    left, terms = shown(token_cost(price_of(Tables(), 1, "gpt-4o", "g"), Tokens(9, 2)))
    assert left == "(9 + 2 × 4) × 1.25 × 1"
    assert list(terms) == [
        "Prompt tokens",
        "Completion tokens",
        "Ratio of gpt-4o",
        "Ratio of its completion",
        "Ratio of group g",
    ]


@pytest.mark.parametrize(
    ("model", "measure", "sum_text"),
    [
        (
            "dall-e-3",
            Measure("image", count={"image": 2}, size="1024x1792", quality="hd"),
            "2 × 3 × 1000 × 20 × 1",
        ),
        ("dall-e-3", Measure("image", count={"image": 1}), "1 × 1000 × 20 × 1"),
        ("tts-1", Measure("character", count={"character": 40}), "40 × 1 × 7.5 × 1"),
        ("rerank-v3.5", Measure("search", count={"search": 1}), "1 × 1000 × 1 × 1"),
    ],
)
def test_units(model: str, measure: Measure, sum_text: str) -> None:
    cost = charge(price_of(Tables(), 1, model, "g"), measure)
    left, terms = shown(cost)
    assert left == sum_text
    assert worked_out(left) == cost.quota
    assert f"Ratio of {model}" in terms
    if measure.size:
        assert terms["Size and quality"] == "1024x1792 hd"
        assert terms["What one of them counts"] == "3000"


def test_seconds() -> None:
    left, terms = shown(charge(price_of(Tables(), 1, "whisper-1", "g"), Measure("second", count={"second": 90.5})))
    assert left == "90.5 × 3.33333 × 15 × 1"
    assert terms["Seconds"] == "90.5"


def test_a_price_that_nobody_knew_says_so() -> None:
    _, terms = shown(charge(price_of(Tables(), 1, "unknown", "g"), Measure("image", count={"image": 1})))
    assert terms["Ratio of unknown"] == "30 (no price known)"


@pytest.mark.parametrize("detail", [{}, {"computation": "odd"}, {"computation": {}}])
def test_a_row_that_does_not_say(detail: dict[str, object]) -> None:
    assert computation(LogRecord(user_id=1, created_at=0, type=2, detail=detail)) is None
