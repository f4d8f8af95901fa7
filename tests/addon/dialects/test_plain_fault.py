"""Errors that are a sentence and a status, in OpenAI's words."""

from __future__ import annotations

import json

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.plain_fault import fault_of, read_error


@pytest.mark.parametrize(
    ("status", "kind", "ours", "code"),
    [
        (400, FaultKind.BAD_REQUEST, 400, None),
        (401, FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (402, FaultKind.OUT_OF_BALANCE, 429, "insufficient_quota"),
        (403, FaultKind.FORBIDDEN, 403, "permission_denied"),
        (404, FaultKind.NOT_FOUND, 404, "model_not_found"),
        (422, FaultKind.BAD_REQUEST, 422, None),
        (429, FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (500, FaultKind.SERVER_ERROR, 500, None),
        (503, FaultKind.OVERLOADED, 503, "overloaded"),
    ],
)
def test_a_status_says_what_it_is(status: int, kind: FaultKind, ours: int, code: str | None) -> None:
    fault = read_error(status, {"retry-after": "7"}, json.dumps({"message": "So it is."}).encode())
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, ours, code, "So it is.")
    assert fault.retry_after == 7 and fault.type != "upstream_error"


def test_a_provider_may_mean_something_else_by_it() -> None:
    fault = read_error(498, {}, b'{"detail":"no"}', {498: FaultKind.BAD_KEY})
    assert (fault.kind, fault.status, fault.message) == (FaultKind.BAD_KEY, 401, "no")


def test_an_error_inside_a_good_reply_has_the_status_of_its_kind_and_no_key() -> None:
    fault = fault_of(FaultKind.SERVER_ERROR, "sk-fake-0123456789 fell over")
    assert (fault.status, fault.message, fault.type) == (502, "*** fell over", "server_error")
    assert fault_of(FaultKind.OUT_OF_BALANCE, "empty").status == 429


def test_a_conversation_that_does_not_fit_has_openais_code() -> None:
    fault = read_error(400, {}, b'{"message":"too many tokens: size limit exceeded"}')
    assert (fault.kind, fault.code) == (FaultKind.BAD_REQUEST, "context_length_exceeded")
