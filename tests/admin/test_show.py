from __future__ import annotations

import time

import pytest
from flask import Flask, g

from admin import show


@pytest.fixture(autouse=True)
def context() -> object:
    with Flask(__name__).test_request_context("/", headers={"Accept-Language": "en"}):
        yield


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        (0, "$0"),
        (500_000, "$1.00"),
        (617_250_000, "$1,234.50"),
        (250_000, "$0.50"),
        (213, "$0.000426"),
        (1, "$0.000002"),
        (-2100, "-$0.0042"),
    ],
)
def test_dollars(quota: int, text: str) -> None:
    assert show.dollars(quota, 500_000) == text


@pytest.mark.parametrize(("quota", "text"), [(0, "$0"), (10, "<$0.01"), (428_696, "$0.86"), (-500_000, "-$1.00")])
def test_rounded(quota: int, text: str) -> None:
    assert show.rounded(quota, 500_000) == text


def test_money_has_the_quota_in_its_title() -> None:
    g.quota_per_unit = 1000.0
    assert show.money(2500) == '<span class="money" title="2,500 quota">$2.50</span>'
    assert show.cents(2504) == '<span class="money" title="2,504 quota">$2.50</span>'


def test_times() -> None:
    now = int(time.time())
    assert "2 hours ago" in show.ago(now - 7200) and "title=" in show.ago(now - 7200)
    assert "in 3 days" in show.ago(now + 3 * 86400 + 60)
    assert "just now" in show.ago(now)
    assert "never" in show.ago(0)
    assert show.moment(0).startswith(("1970-01-01", "1969-12-31"))


@pytest.mark.parametrize(("ms", "text"), [(840, "840 ms"), (2410, "2.41 s"), (200_000, "3 min 20 s")])
def test_duration(ms: int, text: str) -> None:
    assert show.duration(ms) == text


def test_lines_are_escaped() -> None:
    assert show.lines("a <b>\nc") == "a &lt;b&gt;<br>c"


def test_sentence() -> None:
    assert show.sentence("any name will do") == "Any name will do."
    assert show.sentence("it goes on…") == "It goes on…"
    assert show.sentence("us-east-1") == "us-east-1"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (12.5, "USD", "$12.50"),
        (-0.256, "USD", "-$0.26"),
        (110.0, "CNY", "¥110.00"),
        (4321.4, "points", "4,321 points"),
        (319882.0, "characters", "319,882 characters"),
        (1234.5, "EUR", "1,234.50 EUR"),
    ],
)
def test_a_balance_is_in_its_own_currency(amount: float, currency: str, text: str) -> None:
    assert show.balance(amount, currency) == text
