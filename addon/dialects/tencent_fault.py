"""Tencent Cloud's errors as faults: dotted codes, inside a 200 (cloud.tencent.com/document/product/1729/101837).

Must not know requests nor streams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind
from addon.dialects.openai_fault import clean
from addon.dialects.openai_fault_kinds import STATUS_OF, TYPE_OF

KINDS: tuple[tuple[str, FaultKind], ...] = (
    ("AuthFailure.UnauthorizedOperation", FaultKind.FORBIDDEN),
    ("AuthFailure", FaultKind.BAD_KEY),
    ("UnauthorizedOperation", FaultKind.FORBIDDEN),
    ("FailedOperation.UserUnAuthError", FaultKind.FORBIDDEN),
    ("FailedOperation.ServiceNotActivated", FaultKind.FORBIDDEN),
    ("FailedOperation.FreeResourcePackExhausted", FaultKind.OUT_OF_BALANCE),
    ("FailedOperation.ResourcePackExhausted", FaultKind.OUT_OF_BALANCE),
    ("FailedOperation.ServiceStop", FaultKind.OUT_OF_BALANCE),
    ("ResourceInsufficient.ChargeResourceExhaust", FaultKind.OUT_OF_BALANCE),
    ("ResourceUnavailable.InArrears", FaultKind.OUT_OF_BALANCE),
    ("ResourceUnavailable.LowBalance", FaultKind.OUT_OF_BALANCE),
    ("ResourceUnavailable.StopUsing", FaultKind.OUT_OF_BALANCE),
    ("FailedOperation.EngineServerLimitExceeded", FaultKind.RATE_LIMITED),
    ("LimitExceeded", FaultKind.RATE_LIMITED),
    ("RequestLimitExceeded", FaultKind.RATE_LIMITED),
    ("InvalidParameterValue.Model", FaultKind.NOT_FOUND),
    ("InvalidParameter", FaultKind.BAD_REQUEST),
    ("MissingParameter", FaultKind.BAD_REQUEST),
    ("UnknownParameter", FaultKind.BAD_REQUEST),
    ("InvalidAction", FaultKind.BAD_REQUEST),
    ("UnsupportedOperation", FaultKind.BAD_REQUEST),
    ("OperationDenied.TextIllegalDetected", FaultKind.CONTENT_FILTER),
    ("OperationDenied.ImageIllegalDetected", FaultKind.CONTENT_FILTER),
    ("ResourceInsufficient", FaultKind.OVERLOADED),
)
"""Code or the beginning of one -> kind; the first one counts. The rest is the server's failure."""
STATUSES = {"FailedOperation.EngineRequestTimeout": 504, "4001": 504}


def read_error(body: bytes) -> Fault | None:
    """The fault of a reply in the cloud's form, None if it has another."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return fault_in(document) if isinstance(document, dict) else None


def fault_in(document: Mapping[str, Any]) -> Fault | None:
    """The fault that a reply or a frame holds instead of an answer, or None."""
    response = document.get("Response")
    holder = response if isinstance(response, dict) else document
    error = holder.get("Error")
    if isinstance(error, dict):
        return fault_of(str(error.get("Code") or ""), error.get("Message"))
    broken = holder.get("ErrorMsg")
    if isinstance(broken, dict) and (broken.get("Code") or broken.get("Msg")):
        return fault_of(str(broken.get("Code") or ""), broken.get("Msg"))
    return None


def fault_of(code: str, message: Any) -> Fault:
    kind = next((kind for start, kind in KINDS if code.startswith(start)), FaultKind.SERVER_ERROR)
    return Fault(
        kind=kind,
        status=STATUSES.get(code, STATUS_OF[kind]),
        message=clean(str(message or "")) or f"Tencent reports {code or 'an error'} without a word about it",
        type=TYPE_OF[kind],
        code=code or None,
    )
