"""Baidu's numbers, by the table of the fact sheet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.baidu_fault import fault_in, read_error


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        (1, FaultKind.SERVER_ERROR, 502),
        (2, FaultKind.OVERLOADED, 503),
        (3, FaultKind.NOT_FOUND, 404),
        (4, FaultKind.RATE_LIMITED, 429),
        (6, FaultKind.FORBIDDEN, 403),
        (13, FaultKind.BAD_KEY, 401),
        (17, FaultKind.OUT_OF_BALANCE, 402),
        (18, FaultKind.RATE_LIMITED, 429),
        (19, FaultKind.OUT_OF_BALANCE, 402),
        (110, FaultKind.BAD_KEY, 401),
        (111, FaultKind.BAD_KEY, 401),
        (336000, FaultKind.SERVER_ERROR, 502),
        (336003, FaultKind.BAD_REQUEST, 400),
        (336004, FaultKind.FORBIDDEN, 403),
        (336100, FaultKind.OVERLOADED, 503),
        (336105, FaultKind.NOT_FOUND, 404),
        (336501, FaultKind.RATE_LIMITED, 429),
        (336505, FaultKind.RATE_LIMITED, 429),
    ],
)
def test_number_says_what_went_wrong(code: int, kind: FaultKind, status: int) -> None:
    fault = fault_in({"error_code": code, "error_msg": "why", "id": "as-1"})
    assert fault is not None
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, status, str(code), "why")


def test_a_prompt_that_is_too_long_has_openais_code() -> None:
    fault = fault_in({"error_code": 336103})
    assert fault is not None
    assert fault.code == "context_length_exceeded" and "without a word" in fault.message


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ({"error": "invalid_client", "error_description": "unknown client id"}, FaultKind.BAD_KEY, "unknown client id"),
        ({"error": "invalid_client"}, FaultKind.BAD_KEY, "invalid_client"),
        ({"message": "gone"}, FaultKind.BAD_KEY, "gone"),
        ([], FaultKind.BAD_KEY, "bad response status code 401"),
    ],
)
def test_status_that_is_an_error_is_read_as_well(body: Any, kind: FaultKind, message: str) -> None:
    fault = read_error(401, {}, json.dumps(body).encode())
    assert (fault.kind, fault.message) == (kind, message)


def test_page_is_told_as_one() -> None:
    assert "web page" in read_error(502, {}, b"<html>").message


def test_good_document_holds_no_fault() -> None:
    assert fault_in({"result": "Hi", "error_code": 0}) is None
