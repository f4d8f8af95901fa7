"""PROVIDERS: one row per provider, by One API's channel type. Must not know addon, peewee or HTTP.

To add an OpenAI-compatible provider, add a row to one of `providers_world`, `providers_hosts`, `providers_china` and
`providers_clouds`; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from rules import providers_china, providers_clouds, providers_hosts, providers_world
from rules.provider import Provider

__all__ = ["PROVIDERS", "Provider", "by_id"]


def by_id(rows: Iterable[Provider]) -> Mapping[int, Provider]:
    """The table of these rows. Raises ValueError for a row that contradicts another one or itself."""
    table: dict[int, Provider] = {}
    names: set[str] = set()
    for row in sorted(rows, key=lambda row: row.id):
        if row.id in table or row.name in names:
            raise ValueError(f"two providers are called {row.id} or {row.name}")
        if row.base_url.endswith("/"):
            raise ValueError(f"the base URL of {row.name} ends with a slash")
        if row.base_url_required and row.base_url:
            raise ValueError(f"{row.name} has a base URL and requires one")
        table[row.id] = row
        names.add(row.name)
    return MappingProxyType(table)


PROVIDERS: Mapping[int, Provider] = by_id(
    (*providers_world.ROWS, *providers_hosts.ROWS, *providers_china.ROWS, *providers_clouds.ROWS)
)
