"""The price file: complete, positive, and quick to read."""

from __future__ import annotations

import time

import yaml

from rules.price_rows import PRICES, Row, _prices, default_row, own_ratio


def test_prices_are_lists_of_two_to_four_amounts() -> None:
    data = yaml.safe_load(PRICES.read_text(encoding="utf-8"))
    tables = [data["any"], *data["types"].values()]
    assert sum(map(len, tables)) > 1000
    for table in tables:
        for name, dollars in table.items():
            assert isinstance(name, str)
            assert 2 <= len(dollars) <= 4, name
            assert all(amount is None or amount >= 0 for amount in dollars), name
            assert dollars[0] > 0 or not any(dollars), name
    assert all(ratio > 0 for ratio in data["ratios"].values())


def test_prices_are_read_without_a_noticeable_wait() -> None:
    began = time.process_time()
    _prices.__wrapped__()
    assert time.process_time() - began < (2 if hasattr(yaml, "CSafeLoader") else 20)


def test_default_row_of_a_type_goes_before_the_one_by_name() -> None:
    assert default_row(1, "o3-mini") == Row(0.55, 4.0, 0.5, None, typed=False)
    assert default_row(30, "llama3") == Row(0.0, 0.0, typed=True)
    assert default_row(1, "no-such-model") is None


def test_default_row_keeps_quotients_short() -> None:
    row = default_row(36, "deepseek-chat")
    assert row is not None
    assert (row.completion_ratio, row.cached_ratio) == (1.5, 0.1)


def test_own_ratio_of_models_without_a_price_in_dollars() -> None:
    assert (own_ratio("dall-e-3"), own_ratio("no-such-model")) == (20.0, None)
