"""What a channel's balance is counted in. Balances from before were asked of nobody. Knows no model."""

from __future__ import annotations

from rules.migrations.schema import Schema


def up(schema: Schema) -> None:
    schema.column("channels", "balance_currency", "VARCHAR(16) NOT NULL DEFAULT 'USD'")
