"""AWS's errors as faults: of replies, and of exceptions in the middle of a stream.

Facts: docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html. Must not know requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind, document_in, retry_after
from addon.dialects import anthropic_fault

INVALID = "invalid_request_error"
Told = tuple[FaultKind, int, str, str | None]
BAD_KEY: Told = (FaultKind.BAD_KEY, 401, INVALID, "invalid_api_key")
RATE_LIMITED: Told = (FaultKind.RATE_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded")
NO_CREDIT: Told = (FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota", "insufficient_quota")
NO_MODEL: Told = (FaultKind.NOT_FOUND, 404, INVALID, "model_not_found")
TOO_LONG: Told = (FaultKind.BAD_REQUEST, 400, INVALID, "context_length_exceeded")
KINDS: Mapping[str, Told] = {
    "ValidationException": (FaultKind.BAD_REQUEST, 400, INVALID, None),
    "SerializationException": (FaultKind.BAD_REQUEST, 400, INVALID, None),
    "ConflictException": (FaultKind.SERVER_ERROR, 409, "server_error", None),
    "ServiceQuotaExceededException": RATE_LIMITED,
    "AccessDeniedException": (FaultKind.FORBIDDEN, 403, "permission_error", "permission_denied"),
    "NotAuthorized": (FaultKind.FORBIDDEN, 403, "permission_error", "permission_denied"),
    "ResourceNotFoundException": NO_MODEL,
    "ModelTimeoutException": (FaultKind.SERVER_ERROR, 504, "server_error", None),
    "ModelErrorException": (FaultKind.SERVER_ERROR, 502, "server_error", None),
    "ModelStreamErrorException": (FaultKind.SERVER_ERROR, 502, "server_error", None),
    "ThrottlingException": RATE_LIMITED,
    "ModelNotReadyException": RATE_LIMITED,
    "InternalServerException": (FaultKind.SERVER_ERROR, 500, "server_error", None),
    "ServiceUnavailableException": (FaultKind.OVERLOADED, 503, "server_error", "overloaded"),
    **dict.fromkeys(
        (
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "IncompleteSignatureException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "ExpiredTokenException",
            "RequestExpired",
            "MissingAuthenticationTokenException",
        ),
        BAD_KEY,
    ),
}
"""Name of the exception -> kind, and OpenAI's status, type and code."""
NAMES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
"""The exception of a status, where nobody says."""
PAYMENT_TROUBLE = re.compile(r"INVALID_PAYMENT_INSTRUMENT")
KEY_TROUBLE = re.compile(r"API key|bearer token|security token|signature|access key", re.IGNORECASE)
TEXTS: tuple[tuple[re.Pattern[str], Told], ...] = (
    (re.compile(r"model identifier is invalid|on-demand throughput"), NO_MODEL),
    (re.compile(r"too long|too many (?:input )?tokens|exceeds? the (?:model's )?(?:maximum|context)", re.I), TOO_LONG),
)
"""What only the text of a validation error tells."""
WRAPPED = re.compile(r"model returned the following errors: (\{.*\})\s*$", re.DOTALL)
ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bABSK[\w+/=-]+")


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply that is not 2xx. The exception's name stands in a header, or in the body."""
    document = document_in(body)
    document = document if isinstance(document, Mapping) else {}
    name = headers.get("x-amzn-errortype") or document.get("__type") or document.get("code") or ""
    return fault_of(str(name), document, status, headers)


def fault_of(
    told: str, document: Mapping[str, Any], status: int = 500, headers: Mapping[str, str] | None = None
) -> Fault:
    """The fault of an exception: `Name`, `name`, `Name:http://..` or `namespace#Name`."""
    said = str(document.get("message") or document.get("Message") or document.get("originalMessage") or "")
    inner = model_error(said, status)
    if inner is not None:
        return inner
    name = told.partition(":")[0].rpartition("#")[2]
    name = name[:1].upper() + name[1:]
    known = name if name in KINDS else NAMES.get(status, "ValidationException" if status < 500 else "")
    kind, client_status, type_, code = meaning(KINDS.get(known, KINDS["InternalServerException"]), said)
    return Fault(
        kind=kind,
        status=client_status,
        message=ACCESS_KEY.sub("…", said) or f"AWS Bedrock answered with {name or f'status {status}'}.",
        type=type_,
        code=code,
        retry_after=retry_after(headers or {}),
    )


def meaning(told: Told, said: str) -> Told:
    """What the text adds to the name."""
    if told[0] is FaultKind.FORBIDDEN and PAYMENT_TROUBLE.search(said):
        return NO_CREDIT
    if told[0] is FaultKind.FORBIDDEN and KEY_TROUBLE.search(said):
        return BAD_KEY
    if told[0] is FaultKind.BAD_REQUEST:
        return next((found for words, found in TEXTS if words.search(said)), told)
    return told


def model_error(said: str, status: int) -> Fault | None:
    """Claude's own error, which Bedrock hands on as a piece of its text."""
    found = WRAPPED.search(said)
    if found is None:
        return None
    try:
        document = json.loads(found[1])
    except (ValueError, RecursionError):
        return None  # something else in braces
    return anthropic_fault.fault_of(document, status) if isinstance(document.get("error"), Mapping) else None
