"""Completion ratios by name."""

from __future__ import annotations

import pytest

from rules.price_rules import completion_by_rule


@pytest.mark.parametrize(
    ("model", "ratio"),
    [
        ("gpt-3.5-turbo", 3),
        ("gpt-3.5-turbo-0125", 3),
        ("gpt-3.5-turbo-1106", 2),
        ("gpt-3.5-turbo-16k", 4 / 3),
        ("gpt-4", 2),
        ("gpt-4-turbo-2024-04-09", 3),
        ("gpt-4-1106-preview", 3),
        ("gpt-4o-mini", 4),
        ("gpt-4o-2024-05-13", 3),
        ("o1-mini", 4),
        ("o3-mini", 4),
        ("claude-3-opus-20240229", 5),
        ("claude-instant-1.2", 3),
        ("gemini-1.5-pro", 3),
        ("llama3-70b-8192", 1.339),
        ("command-r-plus", 5),
        ("deepseek-reasoner", 3.98),
        ("unheard-of", 1),
    ],
)
def test_completion_by_rule(model: str, ratio: float) -> None:
    assert completion_by_rule(model) == ratio
