"""Errors of Baidu's Qianfan v1 as faults: a number and a text, inside a 200; those of its tokens are OAuth's.

https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh. Must not know requests nor streams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from addon.canon.fault import Fault, FaultKind
from addon.dialects import openai_fault
from addon.dialects.openai_fault_kinds import STATUS_OF, TYPE_OF

KINDS: Mapping[int, FaultKind] = {
    **dict.fromkeys((2, 336100), FaultKind.OVERLOADED),
    **dict.fromkeys((3, 336005, 336105), FaultKind.NOT_FOUND),
    **dict.fromkeys((6, 336004), FaultKind.FORBIDDEN),
    **dict.fromkeys((13, 14, 15, 100, 110, 111), FaultKind.BAD_KEY),
    **dict.fromkeys((17, 19), FaultKind.OUT_OF_BALANCE),
    **dict.fromkeys((4, 18, 336117, *range(336501, 336506), 336507), FaultKind.RATE_LIMITED),
    **dict.fromkeys((336001, 336002, 336003, 336006, 336007, 336008), FaultKind.BAD_REQUEST),
    **dict.fromkeys((336101, 336103, 336104, 336106), FaultKind.BAD_REQUEST),
    **dict.fromkeys((336118, 336122, 336123, 336221, 337006, 337008, 337009), FaultKind.BAD_REQUEST),
}
"""error_code -> kind; the rest is the server's failure."""
TOO_LONG = (336103, 336007)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply whose status is an error."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    fault = fault_in(document) if isinstance(document, dict) else None
    return fault or openai_fault.read_error(status, headers, body)


def fault_in(document: Mapping[str, Any]) -> Fault | None:
    """The fault that a document holds instead of an answer, or None."""
    code = document.get("error_code")
    if isinstance(code, int) and code:
        kind = KINDS.get(code, FaultKind.SERVER_ERROR)
        word = "context_length_exceeded" if code in TOO_LONG else str(code)
        return _fault(kind, document.get("error_msg"), word)
    error = document.get("error")
    if isinstance(error, str) and error:
        return _fault(FaultKind.BAD_KEY, document.get("error_description") or error, error)
    return None


def _fault(kind: FaultKind, message: Any, code: str) -> Fault:
    text = openai_fault.clean(str(message or "")) or f"Baidu reports error {code} without a word about it"
    return Fault(kind, STATUS_OF[kind], text, TYPE_OF[kind], code)
