"""Fault: an upstream failure as a value, in the words that a client and the verdict table need."""

from __future__ import annotations

import enum
from dataclasses import dataclass


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
