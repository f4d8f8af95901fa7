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
