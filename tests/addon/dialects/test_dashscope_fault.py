"""DashScope's errors, code by code."""

from __future__ import annotations

import json

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.dashscope_fault import fault_of, read_error

CROWDED = "<503> InternalError.Algo: An error occurred [Too many requests. Your requests are being throttled]"


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "told"),
    [
        (400, "InvalidParameter", "Range of top_p", FaultKind.BAD_REQUEST, 400),
        (400, "Arrearage", "in good standing", FaultKind.OUT_OF_BALANCE, 402),
        (403, "AllocationQuota.FreeTierOnly", "free tier", FaultKind.OUT_OF_BALANCE, 402),
        (400, "DataInspectionFailed", "inappropriate", FaultKind.CONTENT_FILTER, 400),
        (401, "InvalidApiKey", "Invalid API-key", FaultKind.BAD_KEY, 401),
        (403, "AccessDenied.Unpurchased", "denied", FaultKind.FORBIDDEN, 403),
        (403, "Model.AccessDenied", "denied", FaultKind.FORBIDDEN, 403),
        (404, "ModelNotFound", "no model", FaultKind.NOT_FOUND, 404),
        (429, "Throttling.AllocationQuota", "exceeded", FaultKind.RATE_LIMITED, 429),
        (500, "InternalError.Algo", "oops", FaultKind.SERVER_ERROR, 500),
        (500, "InternalError.Algo", "<400> InternalError.Algo.InvalidParameter: bad", FaultKind.BAD_REQUEST, 400),
        (500, "InternalError.Algo", CROWDED, FaultKind.RATE_LIMITED, 429),
        (503, "ModelServingError", "busy", FaultKind.OVERLOADED, 503),
        (408, "RequestTimeOut", "late", FaultKind.SERVER_ERROR, 408),
        (413, "Odd.TooLarge", "too large", FaultKind.BAD_REQUEST, 413),
        (500, "Odd", "<429> slow", FaultKind.RATE_LIMITED, 429),
        (500, "Odd", "?", FaultKind.SERVER_ERROR, 500),
    ],
)
def test_an_error(status: int, code: str, message: str, kind: FaultKind, told: int) -> None:
    body = json.dumps({"code": code, "message": message, "request_id": "r"}).encode()
    fault = read_error(status, {"retry-after": "3"}, body)
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, told, code, message)
    assert fault.retry_after == 3


def test_a_request_that_is_too_long_is_called_so() -> None:
    fault = fault_of({"code": "InvalidParameter", "message": "Range of input length should be [1, 30720]"})
    assert (fault.kind, fault.code, fault.status) == (FaultKind.BAD_REQUEST, "context_length_exceeded", 400)


def test_an_error_without_words() -> None:
    assert fault_of({"code": "InternalError"}).message == "DashScope reports InternalError without a word about it"
    fault = fault_of({})
    assert (fault.kind, fault.code) == (FaultKind.SERVER_ERROR, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}', FaultKind.BAD_KEY),
        (b"<html>", FaultKind.BAD_REQUEST),
        (b"[1]", FaultKind.BAD_REQUEST),
    ],
)
def test_the_gateway_in_front_speaks_otherwise(body: bytes, kind: FaultKind) -> None:
    assert read_error(400, {}, body).kind is kind
