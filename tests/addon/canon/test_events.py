"""What of the events is more than fields."""

from __future__ import annotations

import pytest

from addon.canon.events import Usage


@pytest.mark.parametrize(
    ("sofar", "later", "merged"),
    [
        (Usage(), Usage(prompt=1), Usage(prompt=1)),
        (Usage(prompt=1, completion=1), Usage(completion=9), Usage(prompt=1, completion=9)),
        (Usage(prompt=5), Usage(prompt=0), Usage(prompt=0)),
        (Usage(cached=2, total=7), Usage(), Usage(cached=2, total=7)),
    ],
)
def test_a_later_usage_replaces_what_it_reports(sofar: Usage, later: Usage, merged: Usage) -> None:
    assert sofar.merged(later) == merged


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        (Usage(), Usage(), Usage()),
        (Usage(prompt=1, seconds=0.5), Usage(prompt=2, completion=3), Usage(prompt=3, completion=3, seconds=0.5)),
        (Usage(cached=0), Usage(), Usage(cached=0)),
    ],
)
def test_usages_add_up_field_by_field(one: Usage, two: Usage, both: Usage) -> None:
    assert one.plus(two) == two.plus(one) == both
