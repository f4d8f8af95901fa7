"""Recorded exchanges, played with the splits they were read with. Knows no dialect and no socket."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.fake_provider.answer import Answer

# Facts about the recorded connection, not about the reply: this one has its own.
HOP_BY_HOP = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive"})


@dataclass(frozen=True, slots=True)
class Recording:
    """`request` is what was asked back then (method, url, headers, body); `answer` is what came."""

    name: str
    request: dict[str, Any]
    answer: Answer


def load_recording(path: Path) -> Recording:
    value = json.loads(path.read_text(encoding="utf-8"))
    return Recording(path.name, value.get("request", {}), _answer(value["response"], value.get("framing", "json")))


def _answer(response: dict[str, Any], framing: str) -> Answer:
    body = _body(response)
    kept = tuple((name, str(v)) for name, v in response["headers"].items() if name.lower() not in HOP_BY_HOP)
    if framing in ("json", "text", "binary"):
        return Answer(response["status"], kept, (body,))
    return Answer(response["status"], kept, tuple(_split(body, response.get("chunk_lengths"), framing)), streamed=True)


def _body(response: dict[str, Any]) -> bytes:
    if "body_base64" in response:
        return base64.b64decode(response["body_base64"])
    return str(response.get("body_text", "")).encode()


def _split(body: bytes, lengths: list[int] | None, framing: str) -> list[bytes]:
    """The real reads where the recording kept them; else one piece a frame, as a provider would flush."""
    if lengths:
        pieces, start = [], 0
        for length in lengths:
            pieces.append(body[start : start + length])
            start += length
        return [piece for piece in [*pieces, body[start:]] if piece]
    pattern = {"sse": rb".*?(?:\r?\n\r?\n|\Z)", "ndjson": rb".*?(?:\n|\Z)"}.get(framing)
    return [piece for piece in re.findall(pattern, body, re.DOTALL) if piece] if pattern else [body]
