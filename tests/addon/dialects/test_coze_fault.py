"""Coze's codes as kinds and statuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.coze_fault import KINDS, STATUSES, fault_in, fault_of, read_error


@pytest.mark.parametrize(
    ("document", "kind", "status", "code"),
    [
        ({"code": 4000, "msg": "m"}, FaultKind.BAD_REQUEST, 400, "4000"),
        ({"code": 4100, "msg": "m"}, FaultKind.BAD_KEY, 401, "4100"),
        ({"code": 700012006, "msg": "m"}, FaultKind.BAD_KEY, 401, "700012006"),
        ({"code": 4101, "msg": "m"}, FaultKind.FORBIDDEN, 403, "4101"),
        ({"code": 4200, "msg": "m"}, FaultKind.NOT_FOUND, 404, "4200"),
        ({"code": "4020", "msg": "m"}, FaultKind.RATE_LIMITED, 429, "4020"),
        ({"code": 4013, "msg": "m"}, FaultKind.SERVER_ERROR, 502, "4013"),
        ({"code": 4019, "msg": "m"}, FaultKind.OUT_OF_BALANCE, 402, "4019"),
        ({"code": 4105, "msg": "m"}, FaultKind.CONTENT_FILTER, 400, "4105"),
        ({"code": 4028, "message": "m"}, FaultKind.OUT_OF_BALANCE, 402, "4028"),
        ({"code": 5000, "err_msg": "m"}, FaultKind.SERVER_ERROR, 502, "5000"),
        ({"code": None, "msg": "m"}, FaultKind.SERVER_ERROR, 502, None),
    ],
)
def test_fault_of(document: dict[str, Any], kind: FaultKind, status: int, code: str | None) -> None:
    fault = fault_of(document)
    assert (fault.kind, fault.status, fault.code, fault.message) == (kind, status, code, "m")


def test_fault_of_every_code_has_a_status() -> None:
    assert set(KINDS.values()) <= STATUSES.keys()


def test_fault_in_finds_the_error_inside_a_200() -> None:
    for document in (
        {"code": 4100, "msg": "m"},
        {"data": {"last_error": {"code": 4100, "msg": "m"}}},
        {"last_error": {"code": 4100, "msg": "m"}},
    ):
        fault = fault_in(document)
        assert fault is not None and fault.kind is FaultKind.BAD_KEY
    for document in ({"code": 0, "data": {}}, {"last_error": {"code": 0}}, {"last_error": None}):
        assert fault_in(document) is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "message", "after"),
    [
        (401, {"x-tt-logid": "L1"}, b'{"code":4100,"msg":"m"}', FaultKind.BAD_KEY, "m (logid L1)", None),
        (400, {}, b'{"code":4101,"msg":"m","detail":{"logid":"L2"}}', FaultKind.FORBIDDEN, "m (logid L2)", None),
        (403, {}, b'{"code":999,"msg":"m"}', FaultKind.FORBIDDEN, "m", None),
        (422, {}, b'{"code":999,"msg":"m"}', FaultKind.BAD_REQUEST, "m", None),
        (429, {"retry-after": "3"}, b'{"msg":"m"}', FaultKind.RATE_LIMITED, "m", 3.0),
        (502, {"retry-after": "soon"}, b"<html>", FaultKind.SERVER_ERROR, "bad response status code 502", None),
        (500, {}, b"[1]", FaultKind.SERVER_ERROR, "bad response status code 500", None),
    ],
)
def test_read_error(
    status: int, headers: dict[str, str], body: bytes, kind: FaultKind, message: str, after: float | None
) -> None:
    fault = read_error(status, headers, body)
    assert (fault.kind, fault.status, fault.message, fault.retry_after) == (kind, status, message, after)


def test_read_error_never_shows_a_page() -> None:
    assert "html" not in json.dumps(read_error(502, {}, b"<html>x</html>").message)
