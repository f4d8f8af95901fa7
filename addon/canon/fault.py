"""Fault: an upstream failure as a value, in the words that a client and the verdict table need."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class FaultKind(enum.StrEnum):
    """What went wrong, for the verdict and the log."""

    BAD_REQUEST = "bad_request"
    BAD_KEY = "bad_key"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    OUT_OF_BALANCE = "out_of_balance"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    CONTENT_FILTER = "content_filter"
    SERVER_ERROR = "server_error"
    TRANSPORT = "transport"
    GARBAGE = "garbage"
    CUT = "cut"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Fault:
    """An upstream failure. `status`, `type`, `code` and `param` are OpenAI's; `retry_after` is in seconds.

    `message` is the provider's own text; it never holds a key or a URL with one.
    """

    kind: FaultKind
    status: int
    message: str
    type: str = "upstream_error"
    code: str | None = None
    param: str | None = None
    retry_after: float | None = None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds a reply asks to wait, by its headers (lower-case names). Dates are not taken: there is no clock."""
    for name, scale in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def document_in(body: bytes) -> Any:
    """What an error's body says in JSON. None: a page of something in between, and the status has to say it all."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
