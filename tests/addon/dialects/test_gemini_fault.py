"""Google's errors as faults, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.gemini_fault import fault_of, read_error


def body(status: str, message: str = "said", details: Any = None) -> bytes:
    return json.dumps({"error": {"code": 1, "message": message, "status": status, "details": details}}).encode()


@pytest.mark.parametrize(
    ("http", "status", "kind", "ours", "code"),
    [
        (400, "INVALID_ARGUMENT", FaultKind.BAD_REQUEST, 400, None),
        (400, "OUT_OF_RANGE", FaultKind.BAD_REQUEST, 400, None),
        (400, "FAILED_PRECONDITION", FaultKind.FORBIDDEN, 400, "failed_precondition"),
        (401, "UNAUTHENTICATED", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (403, "PERMISSION_DENIED", FaultKind.FORBIDDEN, 403, "permission_denied"),
        (404, "NOT_FOUND", FaultKind.NOT_FOUND, 404, "model_not_found"),
        (429, "RESOURCE_EXHAUSTED", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (499, "CANCELLED", FaultKind.SERVER_ERROR, 502, None),
        (500, "INTERNAL", FaultKind.SERVER_ERROR, 500, None),
        (500, "UNKNOWN", FaultKind.SERVER_ERROR, 500, None),
        (503, "UNAVAILABLE", FaultKind.OVERLOADED, 503, "overloaded"),
        (504, "DEADLINE_EXCEEDED", FaultKind.SERVER_ERROR, 504, None),
        (418, "TEAPOT", FaultKind.BAD_REQUEST, 418, None),
        (502, "", FaultKind.SERVER_ERROR, 502, None),
        (429, "", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
    ],
)
def test_each_error_has_its_kind_status_and_code(
    http: int, status: str, kind: FaultKind, ours: int, code: str | None
) -> None:
    fault = read_error(http, {}, body(status))
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, ours, code, "said")


@pytest.mark.parametrize(
    ("message", "details"),
    [
        ("API key not valid. Please pass a valid API key.", None),
        ("API key expired. Please renew the API key.", []),
        ("Hm.", [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]),
    ],
)
def test_a_bad_key_is_a_401_although_google_says_400(message: str, details: Any) -> None:
    fault = read_error(400, {}, body("INVALID_ARGUMENT", message, details))
    assert (fault.kind, fault.status, fault.code) == (FaultKind.BAD_KEY, 401, "invalid_api_key")


@pytest.mark.parametrize(
    ("http", "status", "message", "details"),
    [
        (402, "RESOURCE_EXHAUSTED", "Pay.", None),
        (402, "", "", None),
        (429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", None),
        (403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", None),
        (403, "PERMISSION_DENIED", "Hm.", [{"reason": "BILLING_DISABLED"}]),
    ],
)
def test_an_empty_account_is_no_rate_limit(http: int, status: str, message: str, details: Any) -> None:
    fault = read_error(http, {}, body(status, message, details))
    assert (fault.kind, fault.status, fault.code) == (FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota")


@pytest.mark.parametrize(
    ("details", "headers", "seconds"),
    [
        ([{"retryDelay": "37s"}], {}, 37),
        ([{"violations": []}, {"retryDelay": "1.5s"}], {"retry-after": "9"}, 1.5),
        ([{"retryDelay": "soon"}], {"retry-after": "9"}, 9),
        (["odd"], {}, None),
        ("odd", {}, None),
    ],
)
def test_the_delay_comes_from_the_details_or_the_headers(
    details: Any, headers: dict[str, str], seconds: float | None
) -> None:
    assert read_error(429, headers, body("RESOURCE_EXHAUSTED", details=details)).retry_after == seconds


def test_a_prompt_that_is_too_long_has_openais_code() -> None:
    said = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    assert read_error(400, {}, body("INVALID_ARGUMENT", said)).code == "context_length_exceeded"


def test_an_error_in_an_array_is_the_same_error() -> None:
    one = body("UNAVAILABLE")
    assert read_error(503, {}, b"[" + one + b"\n]\n") == read_error(503, {}, one)


@pytest.mark.parametrize("page", [b"<html>", b"", b"[]", b"3", b'{"error":"text"}', b"[" * 100_000])
def test_a_body_that_is_not_googles_goes_by_its_status(page: bytes) -> None:
    fault = read_error(503, {"retry-after": "2"}, page)
    assert (fault.kind, fault.status, fault.retry_after) == (FaultKind.OVERLOADED, 503, 2)
    assert fault.message == "Gemini answered with status 503."


@pytest.mark.parametrize(
    ("error", "status"), [({"code": 503}, 503), ({"status": "INTERNAL"}, 500), ({}, 500), ({"code": "x"}, 500)]
)
def test_an_error_within_a_stream_goes_by_its_own_code(error: dict[str, Any], status: int) -> None:
    assert fault_of({"error": error}).status == status


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Consumer 'api_key:AIzaFake-1' has been suspended.", "Consumer 'api_key:…' has been suspended."),
        ("Key AIzaFake_2 leaked", "Key … leaked"),
        ("POST https://x.test/v1?alt=sse&key=secret1 failed", "POST https://x.test/v1?alt=sse&key=… failed"),
    ],
)
def test_a_key_in_the_text_is_not_repeated(said: str, shown: str) -> None:
    assert read_error(403, {}, body("PERMISSION_DENIED", said)).message == shown
