"""Frame: the unit of framing, whatever the framing is (an SSE event, a line of NDJSON, a binary message)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """`event` is "" where the framing has no names; `data` is the payload without framing."""

    data: bytes
    event: str = ""
