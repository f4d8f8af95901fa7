"""The rows of `rules.providers_clouds`; what every row must be is in `test_providers`."""

from rules.providers import PROVIDERS
from rules.providers_clouds import ROWS


def test_rows_are_all_in_the_table() -> None:
    assert all(PROVIDERS[row.id] is row for row in ROWS)
