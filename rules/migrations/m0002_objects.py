"""Who made what at which channel: files, batches, fine-tuning jobs. Knows no model."""

from __future__ import annotations

from rules.migrations.schema import Schema

OBJECTS = """
object_id VARCHAR(255) NOT NULL, user_id BIGINT NOT NULL, channel_id BIGINT NOT NULL, created_at BIGINT NOT NULL,
PRIMARY KEY (object_id, user_id)
"""


def up(schema: Schema) -> None:
    schema.table("objects", OBJECTS)
    schema.index("objects", "user_id", "created_at")
