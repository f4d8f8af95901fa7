"""Anthropic's errors as faults, row by row."""

from __future__ import annotations

import json

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.anthropic_fault import fault_of, read_error


def body(type: str, message: str = "said") -> bytes:
    return json.dumps({"type": "error", "error": {"type": type, "message": message}}).encode()


@pytest.mark.parametrize(
    ("status", "type", "kind", "ours", "code"),
    [
        (400, "invalid_request_error", FaultKind.BAD_REQUEST, 400, None),
        (401, "authentication_error", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (402, "billing_error", FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota"),
        (403, "permission_error", FaultKind.FORBIDDEN, 403, "permission_denied"),
        (404, "not_found_error", FaultKind.NOT_FOUND, 404, "model_not_found"),
        (409, "conflict_error", FaultKind.SERVER_ERROR, 409, None),
        (413, "request_too_large", FaultKind.BAD_REQUEST, 413, "request_too_large"),
        (429, "rate_limit_error", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (500, "api_error", FaultKind.SERVER_ERROR, 500, None),
        (504, "timeout_error", FaultKind.SERVER_ERROR, 504, None),
        (529, "overloaded_error", FaultKind.OVERLOADED, 503, "overloaded"),
        (413, "content_too_large", FaultKind.BAD_REQUEST, 413, "request_too_large"),
        (418, "teapot_error", FaultKind.BAD_REQUEST, 418, None),
        (502, "bad_gateway", FaultKind.SERVER_ERROR, 502, None),
    ],
)
def test_each_error_has_its_kind_status_and_code(
    status: int, type: str, kind: FaultKind, ours: int, code: str | None
) -> None:
    fault = read_error(status, {}, body(type))
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, ours, code, "said")


@pytest.mark.parametrize(
    ("message", "kind", "code"),
    [
        ("Your credit balance is too low to access the API.", FaultKind.OUT_OF_BALANCE, "insufficient_quota"),
        ("You have reached your specified API usage limits.", FaultKind.OUT_OF_BALANCE, "insufficient_quota"),
        ("Output blocked by content filtering policy", FaultKind.CONTENT_FILTER, "content_filter"),
        ("prompt is too long: 210000 tokens > 200000 maximum", FaultKind.BAD_REQUEST, "context_length_exceeded"),
    ],
)
def test_a_bad_request_is_told_apart_by_its_text(message: str, kind: FaultKind, code: str) -> None:
    fault = read_error(400, {}, body("invalid_request_error", message))
    assert (fault.kind, fault.code) == (kind, code)


def test_a_tiers_monthly_cap_is_no_rate_limit() -> None:
    error = {"type": "rate_limit_error", "message": "cap", "details": {"error_code": "enforced_spend_limit_reached"}}
    fault = fault_of({"type": "error", "error": error}, 429)
    assert (fault.kind, fault.status, fault.code) == (FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota")


@pytest.mark.parametrize("page", [b"<html>502</html>", b"", b"[]", b'{"error":"text"}', b"[" * 100_000])
def test_a_body_that_is_not_anthropics_goes_by_its_status(page: bytes) -> None:
    fault = read_error(529, {"retry-after": "2"}, page)
    assert (fault.kind, fault.status, fault.retry_after) == (FaultKind.OVERLOADED, 503, 2)
    assert fault.message == "Anthropic answered with status 529."


def test_an_unknown_error_within_a_stream_is_the_servers() -> None:
    fault = fault_of({"type": "error", "error": {"type": {"odd": 1}, "message": "hm"}})
    assert (fault.kind, fault.status, fault.message) == (FaultKind.SERVER_ERROR, 500, "hm")


def test_a_key_in_the_text_is_not_repeated() -> None:
    fault = read_error(401, {}, body("authentication_error", "invalid key sk-ant-fake-1234 given"))
    assert fault.message == "invalid key sk-ant-… given"
