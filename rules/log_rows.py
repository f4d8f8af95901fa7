"""A log row as columns and back, for whoever writes one. Knows the columns and their lengths; asks no question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rules.database import Database
from rules.models import Logs
from rules.values import LogRecord, LogRow

LENGTHS = {"username": 64, "token_name": 100, "model_name": 255, "request_id": 64, "stream_end": 32}
LONGEST_CONTENT = 60_000
FLAGS = ("is_stream", "system_prompt_reset", "estimated")


def columns_of(row: LogRow) -> dict[str, Any]:
    """The row's columns. Texts come from clients: what a database would choke on is taken out, never refused."""
    columns: dict[str, Any] = {
        "user_id": row.user_id,
        "created_at": row.created_at,
        "type": int(row.type),
        "content": _clean(row.content, LONGEST_CONTENT),
        "quota": row.quota,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "channel": row.channel,
        "elapsed_time": row.elapsed_ms,
        "first_byte_ms": row.first_byte_ms,
        "status": row.status,
        "uncollected": row.uncollected,
        "detail": json.dumps(dict(row.detail), default=str) if row.detail else "",
    }
    columns |= {name: _clean(getattr(row, name), longest) for name, longest in LENGTHS.items()}
    return columns | {name: int(getattr(row, name)) for name in FLAGS}


def insert_log(database: Database, row: LogRow) -> int:
    """Insert one row, as part of the caller's transaction if there is one; its id."""
    return database.insert(Logs, columns_of(row))


def record_of(columns: Mapping[str, Any]) -> LogRecord:
    values = {name: value for name, value in columns.items() if name not in ("elapsed_time", "detail", *FLAGS)}
    values |= {name: bool(columns[name]) for name in FLAGS}
    return LogRecord(**values, elapsed_ms=columns["elapsed_time"], detail=_detail(columns["detail"]))


def _clean(text: str, longest: int) -> str:
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\x00", "")[:longest]


def _detail(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
