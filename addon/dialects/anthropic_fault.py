"""Anthropic's errors as faults: of replies, and in the middle of a stream (platform.claude.com/docs/en/api/errors).

Must not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind, document_in, retry_after

INVALID = "invalid_request_error"
KINDS: Mapping[str, tuple[FaultKind, int, str, str | None]] = {
    "invalid_request_error": (FaultKind.BAD_REQUEST, 400, INVALID, None),
    "authentication_error": (FaultKind.BAD_KEY, 401, INVALID, "invalid_api_key"),
    "billing_error": (FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota", "insufficient_quota"),
    "permission_error": (FaultKind.FORBIDDEN, 403, "permission_error", "permission_denied"),
    "not_found_error": (FaultKind.NOT_FOUND, 404, INVALID, "model_not_found"),
    "conflict_error": (FaultKind.SERVER_ERROR, 409, "server_error", None),
    "request_too_large": (FaultKind.BAD_REQUEST, 413, INVALID, "request_too_large"),
    "rate_limit_error": (FaultKind.RATE_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded"),
    "api_error": (FaultKind.SERVER_ERROR, 500, "server_error", None),
    "timeout_error": (FaultKind.SERVER_ERROR, 504, "server_error", None),
    "overloaded_error": (FaultKind.OVERLOADED, 503, "server_error", "overloaded"),
}
"""error.type -> kind, and OpenAI's status, type and code."""
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The error type of a status, where the body does not say."""
OUT_OF_BALANCE = ("credit balance is too low", "api usage limits")
SPENT = "enforced_spend_limit_reached"
"""error.details.error_code of a 429 that no waiting helps against: the tier's monthly cap."""
CODES = {
    "content filtering policy": (FaultKind.CONTENT_FILTER, "content_filter"),
    "prompt is too long": (FaultKind.BAD_REQUEST, "context_length_exceeded"),
}
"""What only the text of an invalid request tells: kind and code."""
KEY = re.compile(r"sk-ant-[\w-]+")


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply that is not 2xx."""
    return fault_of(document_in(body), status, headers)


def fault_of(document: Any, status: int = 500, headers: Mapping[str, str] | None = None) -> Fault:
    """The fault that an error document tells; `status` and `headers` are those it came with, if it did."""
    error = document.get("error") if isinstance(document, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    said = str(error.get("message") or "")
    told = str(error.get("type"))
    name = told if told in KINDS else TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    details = error.get("details")
    spent = isinstance(details, Mapping) and details.get("error_code") == SPENT
    if spent or (name == "invalid_request_error" and any(words in said.lower() for words in OUT_OF_BALANCE)):
        name = "billing_error"
    kind, client_status, type_, code = KINDS[name]
    if name == "invalid_request_error":
        kind, code = next((found for words, found in CODES.items() if words in said.lower()), (kind, code))
    return Fault(
        kind=kind,
        status=client_status if told in KINDS or status in TYPES else status,
        message=KEY.sub("sk-ant-…", said) or f"Anthropic answered with status {status}.",
        type=type_,
        code=code,
        retry_after=retry_after(headers or {}),
    )
