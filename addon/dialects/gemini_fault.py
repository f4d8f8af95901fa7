"""Google's errors as faults (google.rpc.Status; ai.google.dev/gemini-api/docs/troubleshooting).

Must not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind, document_in, retry_after

INVALID = "invalid_request_error"
BAD_KEY = (FaultKind.BAD_KEY, 401, INVALID, "invalid_api_key")
NO_CREDIT = (FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota", "insufficient_quota")
PAYMENT_REQUIRED = 402
"""The status of a prepaid account without credit; until September 2026 that was a 429."""
KINDS: Mapping[str, tuple[FaultKind, int, str, str | None]] = {
    "INVALID_ARGUMENT": (FaultKind.BAD_REQUEST, 400, INVALID, None),
    "OUT_OF_RANGE": (FaultKind.BAD_REQUEST, 400, INVALID, None),
    "FAILED_PRECONDITION": (FaultKind.FORBIDDEN, 400, INVALID, "failed_precondition"),
    "UNAUTHENTICATED": BAD_KEY,
    "PERMISSION_DENIED": (FaultKind.FORBIDDEN, 403, "permission_error", "permission_denied"),
    "NOT_FOUND": (FaultKind.NOT_FOUND, 404, INVALID, "model_not_found"),
    "RESOURCE_EXHAUSTED": (FaultKind.RATE_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded"),
    "CANCELLED": (FaultKind.SERVER_ERROR, 502, "server_error", None),
    "INTERNAL": (FaultKind.SERVER_ERROR, 500, "server_error", None),
    "UNKNOWN": (FaultKind.SERVER_ERROR, 500, "server_error", None),
    "UNAVAILABLE": (FaultKind.OVERLOADED, 503, "server_error", "overloaded"),
    "DEADLINE_EXCEEDED": (FaultKind.SERVER_ERROR, 504, "server_error", None),
}
"""error.status -> kind, and OpenAI's status, type and code."""
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""The status word of an HTTP status, where the body does not say."""
KEY_TROUBLE = re.compile(r"API key (?:not valid|expired|not found)", re.IGNORECASE)
CREDIT_TROUBLE = re.compile(r"credits are depleted|requires billing to be enabled", re.IGNORECASE)
TOO_LONG = re.compile(r"token count .*exceeds the maximum", re.IGNORECASE)
SECRET = re.compile(r"AIza[\w-]+|(?<=api_key:)[\w-]+|(?<=[?&]key=)[^&\s'\"]+")


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply that is not 2xx."""
    return fault_of(document_in(body), status, headers)


def fault_of(document: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> Fault:
    """The fault that an error document tells, also one wrapped in an array; `status` is that of HTTP, if it had one."""
    error = error_in(document)
    said = str(error.get("message") or "")
    code = error.get("code")
    http = status or (code if isinstance(code, int) else 500)
    told = str(error.get("status"))
    word = told if told in KINDS else STATUSES.get(http, "INTERNAL" if http >= 500 else "INVALID_ARGUMENT")
    details = details_of(error)
    kind, client_status, type_, client_code = trouble(said, details, http) or KINDS[word]
    if word == "INVALID_ARGUMENT" and TOO_LONG.search(said):
        client_code = "context_length_exceeded"
    return Fault(
        kind=kind,
        status=client_status if told in KINDS or http in (*STATUSES, PAYMENT_REQUIRED) else http,
        message=SECRET.sub("…", said) or f"Gemini answered with status {http}.",
        type=type_,
        code=client_code,
        retry_after=retry_delay(details) or retry_after(headers or {}),
    )


def error_in(document: Any) -> Mapping[str, Any]:
    if isinstance(document, list) and document:
        document = document[0]
    error = document.get("error") if isinstance(document, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def details_of(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = error.get("details")
    return [detail for detail in details if isinstance(detail, Mapping)] if isinstance(details, list) else []


def trouble(
    said: str, details: Iterable[Mapping[str, Any]], http: int
) -> tuple[FaultKind, int, str, str | None] | None:
    """What reasons and words tell beyond the status: a bad key is a 400 there, an empty account may be a 403 or 429."""
    reasons = [detail.get("reason") for detail in details]
    if "API_KEY_INVALID" in reasons or KEY_TROUBLE.search(said):
        return BAD_KEY
    if http == PAYMENT_REQUIRED or "BILLING_DISABLED" in reasons or CREDIT_TROUBLE.search(said):
        return NO_CREDIT
    return None


def retry_delay(details: Iterable[Mapping[str, Any]]) -> float | None:
    """The seconds of `google.rpc.RetryInfo` ("37s", "1.5s")."""
    for detail in details:
        try:
            return float(str(detail["retryDelay"]).removesuffix("s"))
        except (KeyError, ValueError):
            continue
    return None
