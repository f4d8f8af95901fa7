"""Kinds of failures, by the providers' own codes and words."""

from __future__ import annotations

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.openai_fault_kinds import CODES, MINIMAX, STATUS_OF, TYPE_OF, kind_of


@pytest.mark.parametrize(
    ("status", "code", "type_", "message", "kind"),
    [
        (400, "", "", "", "bad_request"),
        (401, "", "", "", "bad_key"),
        (402, "", "", "Insufficient Balance", "out_of_balance"),
        (403, "", "", "", "forbidden"),
        (403, "AccountOverdueError", "Forbidden", "overdue", "out_of_balance"),
        (403, "403", "", "Out of call volume quota. Quota will be replenished in 9 days.", "out_of_balance"),
        (404, "", "", "", "not_found"),
        (408, "", "", "", "server_error"),
        (413, "", "", "", "bad_request"),
        (422, "", "", "", "bad_request"),
        (429, "", "", "", "rate_limited"),
        (429, "project_spend_limit_exceeded", "", "", "out_of_balance"),
        (429, "1113", "", "您的账户已欠费", "out_of_balance"),
        (403, "access_denied", "access_denied", "Your account is overdue", "out_of_balance"),
        (429, "", "exceeded_current_quota_error", "", "out_of_balance"),
        (429, "", "engine_overloaded_error", "", "overloaded"),
        (429, "ServerOverloaded", "", "", "overloaded"),
        (429, "", "", "Insufficient account balance, please recharge", "out_of_balance"),
        (400, "InputTextSensitiveContentDetected", "BadRequest", "", "content_filter"),
        (400, "content_filter", "", "", "content_filter"),
        (400, "1300", "", "", "content_filter"),  # Zhipu
        (429, "1300", "rate_limited", "Rate limit exceeded", "rate_limited"),  # Mistral
        (429, "3505", "service_tier_capacity_exceeded", "", "rate_limited"),
        (403, "NOT_ENOUGH_BALANCE", "", "", "out_of_balance"),  # Novita
        (403, "30001", "", "Sorry, your account balance is insufficient", "out_of_balance"),  # SiliconFlow
        # xAI
        (429, "", "", "Your team has either used all available credits or reached its limit.", "out_of_balance"),
        (400, "Client specified an invalid argument", "", "Incorrect API key provided: xa***", "bad_key"),
        (451, "", "", "", "content_filter"),
        (498, "", "", "", "rate_limited"),
        (500, "", "", "", "server_error"),
        (502, "", "invalid_request_error", "", "server_error"),
        (503, "", "", "", "overloaded"),
        (529, "", "", "", "overloaded"),
        (200, "", "invalid_request_error", "", "bad_request"),
        (200, "", "permission_error", "", "forbidden"),
        (200, "", "unheard_of", "", "server_error"),
    ],
)
def test_kind_of(status: int, code: str, type_: str, message: str, kind: str) -> None:
    assert kind_of(status, code, type_, message, None) == kind


def test_kind_of_minimaxs_numbers_goes_before_all_else() -> None:
    assert kind_of(200, "1002", "", "", 1002) is FaultKind.RATE_LIMITED
    assert kind_of(401, "", "", "", 1008) is FaultKind.OUT_OF_BALANCE
    assert kind_of(200, "", "", "", 1000) is FaultKind.SERVER_ERROR
    assert kind_of(200, "", "", "", 0) is FaultKind.SERVER_ERROR


def test_every_kind_that_a_code_means_has_a_status_and_a_type() -> None:
    assert {*CODES.values(), *MINIMAX.values()} <= STATUS_OF.keys() == TYPE_OF.keys()
    assert all(code == code.lower() for code in CODES)
