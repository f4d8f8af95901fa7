"""DashScope's errors as faults: flat documents with dotted codes, also inside a stream that began with a 200.

https://help.aliyun.com/en/model-studio/error-code. Must not know requests nor replies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind, retry_after
from addon.dialects import openai_fault
from addon.dialects.openai_fault_kinds import STATUS_OF, STATUSES, TYPE_OF

KINDS: tuple[tuple[str, FaultKind], ...] = (
    ("Arrearage", FaultKind.OUT_OF_BALANCE),
    ("AllocationQuota", FaultKind.OUT_OF_BALANCE),
    ("PrepaidBillOverdue", FaultKind.OUT_OF_BALANCE),
    ("PostpaidBillOverdue", FaultKind.OUT_OF_BALANCE),
    ("CommodityNotPurchased", FaultKind.OUT_OF_BALANCE),
    ("InvalidApiKey", FaultKind.BAD_KEY),
    ("AccessDenied", FaultKind.FORBIDDEN),
    ("Model.AccessDenied", FaultKind.FORBIDDEN),
    ("Workspace.AccessDenied", FaultKind.FORBIDDEN),
    ("ModelNotFound", FaultKind.NOT_FOUND),
    ("WorkSpaceNotFound", FaultKind.NOT_FOUND),
    ("Throttling", FaultKind.RATE_LIMITED),
    ("LimitRequests", FaultKind.RATE_LIMITED),
    ("DataInspectionFailed", FaultKind.CONTENT_FILTER),
    ("InvalidParameter.DataInspection", FaultKind.CONTENT_FILTER),
    ("InternalError.Algo.DataInspectionFailed", FaultKind.CONTENT_FILTER),
    ("InternalError.Algo.InvalidParameter", FaultKind.BAD_REQUEST),
    ("InvalidParameter", FaultKind.BAD_REQUEST),
    ("InvalidURL", FaultKind.BAD_REQUEST),
    ("BadRequest", FaultKind.BAD_REQUEST),
    ("UnsupportedOperation", FaultKind.BAD_REQUEST),
    ("ModelServingError", FaultKind.OVERLOADED),
    ("ModelUnavailable", FaultKind.OVERLOADED),
    ("ServiceUnavailable", FaultKind.OVERLOADED),
    ("RequestTimeOut", FaultKind.SERVER_ERROR),
    ("InternalError", FaultKind.SERVER_ERROR),
    ("SystemError", FaultKind.SERVER_ERROR),
)
"""Code or the beginning of one -> kind; the first one counts."""
INNER = re.compile(r"<(\d{3})>\s*([A-Z][\w.]*)?")
"""What stands in front of a message that came from further inside: its own status and code."""
CROWDED = re.compile(r"too many requests|being throttled", re.IGNORECASE)
TOO_LONG = re.compile(r"range of input length|maximum context length|input is too long", re.IGNORECASE)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply that is not 2xx; the gateway before the service speaks OpenAI's form."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and isinstance(document.get("code"), str):
        return fault_of(document, status, headers)
    return openai_fault.read_error(status, headers, body)


def fault_of(document: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Fault:
    """The fault that `code` and `message` tell; `status` is that of HTTP."""
    code, message = str(document.get("code") or ""), str(document.get("message") or "")
    kind = kind_of(code, message, status)
    return Fault(
        kind=kind,
        status=status if kind_of_status(status) is kind and status >= 400 else STATUS_OF[kind],
        message=openai_fault.clean(message) or f"DashScope reports {code or 'an error'} without a word about it",
        type=TYPE_OF[kind],
        code="context_length_exceeded" if kind is FaultKind.BAD_REQUEST and TOO_LONG.search(message) else code or None,
        retry_after=retry_after(headers or {}),
    )


def kind_of(code: str, message: str, status: int) -> FaultKind:
    inner = INNER.match(message)
    if CROWDED.search(message):
        return FaultKind.RATE_LIMITED
    for name in (inner[2] or "" if inner else "", code):
        found = next((kind for start, kind in KINDS if name.startswith(start)), None)
        if found is not None:
            return found
    return kind_of_status(int(inner[1]) if inner else status)


def kind_of_status(status: int) -> FaultKind:
    known = STATUSES.get(status)
    if known is not None:
        return known
    return FaultKind.BAD_REQUEST if 400 <= status < 500 else FaultKind.SERVER_ERROR
