"""Coze's errors as faults: a code and a text, mostly inside a 200.

Must not know requests nor streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind, document_in

KINDS: Mapping[int, FaultKind] = {
    **dict.fromkeys((4000, 4001, 4002, 4003, 4004, 4005, 4007, 4010), FaultKind.BAD_REQUEST),
    **dict.fromkeys((4300, 4301, 4302, 4303, 4304), FaultKind.BAD_REQUEST),  # files
    **dict.fromkeys((4100, 700012006), FaultKind.BAD_KEY),
    **dict.fromkeys((4101, 4102), FaultKind.FORBIDDEN),
    **dict.fromkeys((4006, 4012, 4015, 4200), FaultKind.NOT_FOUND),
    **dict.fromkeys((4011, 4019, 4022, 4027, 4028), FaultKind.OUT_OF_BALANCE),
    **dict.fromkeys((4008, 4009, 4020), FaultKind.RATE_LIMITED),
    **dict.fromkeys((4014, 4105), FaultKind.CONTENT_FILTER),
}
"""https://www.coze.cn/open/docs/developer_guides/coze_error_codes; all others are the server's."""
STATUSES: Mapping[FaultKind, int] = {
    FaultKind.CONTENT_FILTER: 400,
    FaultKind.BAD_REQUEST: 400,
    FaultKind.BAD_KEY: 401,
    FaultKind.OUT_OF_BALANCE: 402,
    FaultKind.FORBIDDEN: 403,
    FaultKind.NOT_FOUND: 404,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.SERVER_ERROR: 502,
}
"""The status that a fault gets, since Coze answers 200."""


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply whose status is an error."""
    document = _object(body)
    fault = fault_of(document, headers.get("x-tt-logid", ""))
    after = headers.get("retry-after", "")
    kind = fault.kind if _number(fault.code) in KINDS else _kind_of_status(status)
    message = fault.message if document else f"bad response status code {status}"
    return Fault(kind, status, message, fault.type, fault.code, None, float(after) if after.isdigit() else None)


def fault_of(document: Mapping[str, Any], log_id: str = "") -> Fault:
    """The fault that a `{code, msg}` tells of, in any of the shapes that Coze writes it in."""
    inner = document.get("error_information")
    if isinstance(inner, dict):
        document = inner
    code = _number(document.get("code", document.get("err_code")))
    detail = document.get("detail")
    log_id = log_id or str((detail if isinstance(detail, dict) else {}).get("logid") or "")
    text = document.get("msg") or document.get("err_msg") or document.get("message") or inner
    message = text if isinstance(text, str) and text else "Coze reports an error without saying which"
    kind = KINDS.get(code, FaultKind.SERVER_ERROR)
    return Fault(
        kind=kind,
        status=STATUSES[kind],
        message=f"{message} (logid {log_id})" if log_id else message,
        code=str(code) if code else None,
    )


def fault_in(document: Mapping[str, Any]) -> Fault | None:
    """The fault inside a 200, or None."""
    if document.get("code"):
        return fault_of(document)
    data = document.get("data")
    error = (data if isinstance(data, dict) else document).get("last_error")
    return fault_of(error) if isinstance(error, dict) and error.get("code") else None


def _object(body: bytes) -> Mapping[str, Any]:
    document = document_in(body)
    return document if isinstance(document, dict) else {}


def _kind_of_status(status: int) -> FaultKind:
    kinds = {known: kind for kind, known in STATUSES.items()}
    if status in kinds:
        return kinds[status]
    return FaultKind.BAD_REQUEST if status < 500 else FaultKind.SERVER_ERROR


def _number(code: Any) -> int:
    text = str(code)
    return int(text) if text.isdigit() else 0
