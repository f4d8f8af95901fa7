"""Tencent's codes, by the tables of the fact sheet."""

from __future__ import annotations

import json

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.tencent_fault import fault_in, fault_of, read_error


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("AuthFailure.SignatureFailure", FaultKind.BAD_KEY, 401),
        ("AuthFailure.SignatureExpire", FaultKind.BAD_KEY, 401),
        ("AuthFailure.UnauthorizedOperation", FaultKind.FORBIDDEN, 403),
        ("UnauthorizedOperation", FaultKind.FORBIDDEN, 403),
        ("FailedOperation.ServiceNotActivated", FaultKind.FORBIDDEN, 403),
        ("FailedOperation.FreeResourcePackExhausted", FaultKind.OUT_OF_BALANCE, 402),
        ("FailedOperation.ServiceStopArrears", FaultKind.OUT_OF_BALANCE, 402),
        ("ResourceUnavailable.InArrears", FaultKind.OUT_OF_BALANCE, 402),
        ("ResourceInsufficient.ChargeResourceExhaust", FaultKind.OUT_OF_BALANCE, 402),
        ("RequestLimitExceeded.UinLimitExceeded", FaultKind.RATE_LIMITED, 429),
        ("LimitExceeded", FaultKind.RATE_LIMITED, 429),
        ("FailedOperation.EngineServerLimitExceeded", FaultKind.RATE_LIMITED, 429),
        ("FailedOperation.EngineServerError", FaultKind.SERVER_ERROR, 502),
        ("FailedOperation.EngineRequestTimeout", FaultKind.SERVER_ERROR, 504),
        ("InternalError", FaultKind.SERVER_ERROR, 502),
        ("InvalidParameterValue.Model", FaultKind.NOT_FOUND, 404),
        ("InvalidParameterValue", FaultKind.BAD_REQUEST, 400),
        ("MissingParameter", FaultKind.BAD_REQUEST, 400),
        ("OperationDenied.TextIllegalDetected", FaultKind.CONTENT_FILTER, 400),
        ("4000", FaultKind.SERVER_ERROR, 502),
        ("4001", FaultKind.SERVER_ERROR, 504),
    ],
)
def test_code_says_what_went_wrong(code: str, kind: FaultKind, status: int) -> None:
    fault = fault_of(code, "why")
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, status, code, "why")


def test_error_without_words_still_says_something() -> None:
    fault = fault_of("", None)
    assert fault.code is None and "without a word" in fault.message


@pytest.mark.parametrize(
    "document",
    [
        {"Response": {"Error": {"Code": "InternalError", "Message": "why"}, "RequestId": "x"}},
        {"Error": {"Code": "InternalError", "Message": "why"}},
        {"ErrorMsg": {"Code": 4000, "Msg": "why"}, "Choices": []},
    ],
)
def test_error_is_found_wherever_it_stands(document: dict[str, object]) -> None:
    for fault in (fault_in(document), read_error(json.dumps(document).encode())):
        assert fault is not None
        assert (fault.kind, fault.message) == (FaultKind.SERVER_ERROR, "why")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Response":{"Choices":[]}}', b'{"ErrorMsg":{"Msg":""}}'])
def test_what_is_no_error_of_tencents_is_none(body: bytes) -> None:
    assert read_error(body) is None
