"""Errors in every shape that compatible providers write them in (the fact sheets), and what the client is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.fault import Fault, FaultKind
from addon.dialects.openai_fault import MESSAGE_LIMIT, fault_in, read_error


def read(status: int, body: Any, **headers: str) -> Fault:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_error(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def told(status: int, body: Any) -> tuple[str, int, str, str, str | None, str | None]:
    fault = read(status, body)
    return fault.kind.value, fault.status, fault.message, fault.type, fault.code, fault.param


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        # OpenAI: everything as it is
        (
            404,
            {
                "error": {
                    "message": "No m",
                    "type": "invalid_request_error",
                    "param": "model",
                    "code": "model_not_found",
                }
            },
            ("not_found", 404, "No m", "invalid_request_error", "model_not_found", "model"),
        ),
        (
            429,
            {"error": {"message": "Pay", "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}},
            ("out_of_balance", 429, "Pay", "insufficient_quota", "insufficient_quota", None),
        ),
        # Azure: no type, and a number as the code
        (
            401,
            {"error": {"code": "401", "message": "Access denied"}},
            ("bad_key", 401, "Access denied", "authentication_error", "401", None),
        ),
        (
            404,
            {"error": {"code": "DeploymentNotFound", "message": "No deployment"}},
            ("not_found", 404, "No deployment", "not_found_error", "DeploymentNotFound", None),
        ),
        # Google: in a list, with a status of its own
        (
            400,
            [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}],
            ("bad_key", 400, "API key not valid.", "authentication_error", "INVALID_ARGUMENT", None),
        ),
        # Mistral: flat; FastAPI's list; a detail in an object
        (
            400,
            {"object": "error", "message": "Bad m", "type": "invalid_model", "param": "model", "code": "1500"},
            ("not_found", 400, "Bad m", "invalid_model", "1500", "model"),
        ),
        (
            401,
            {"detail": "Unauthorized"},
            ("bad_key", 401, "Unauthorized", "upstream_error", NO := "bad_response_status_code", None),
        ),
        (
            422,
            {"detail": [{"loc": ["body", "x"], "msg": "Extra inputs", "type": "extra_forbidden"}, "odd", {"msg": "m"}]},
            ("bad_request", 422, "x: Extra inputs; odd; m", "upstream_error", NO, None),
        ),
        (
            422,
            {"message": {"detail": [{"loc": ["body", "n"], "msg": "too small"}]}},
            ("bad_request", 422, "n: too small", "upstream_error", NO, None),
        ),
        # xAI: the error is a text; SiliconFlow, Novita, FastGPT: flat
        (404, {"code": "Not found", "error": "Gone"}, ("not_found", 404, "Gone", "upstream_error", "Not found", None)),
        (
            400,
            {"code": 20012, "message": "No model", "data": None},
            ("not_found", 400, "No model", "upstream_error", "20012", None),
        ),
        (401, "Invalid token", ("bad_key", 401, "Invalid token", "upstream_error", NO, None)),
        (
            500,
            {"code": 507000, "statusText": "aiPointsNotEnough", "message": "m", "data": None},
            ("out_of_balance", 500, "m", "upstream_error", "507000", None),
        ),
        (401, {"code": 401, "reason": "WHY", "message": "m"}, ("bad_key", 401, "m", "upstream_error", "WHY", None)),
        (
            500,
            {"code": 514, "statusText": "unAuthApiKey"},
            ("bad_key", 500, "unAuthApiKey", "upstream_error", "514", None),
        ),
        # Cloudflare, Volcengine's control plane, and One API's order of fields
        (
            400,
            {"result": None, "success": False, "errors": [{"code": 5007, "message": "No such model"}]},
            ("not_found", 400, "No such model", "upstream_error", "5007", None),
        ),
        (
            403,
            {"ResponseMetadata": {"RequestId": "r", "Error": {"Code": "AccessDenied", "Message": "Denied"}}},
            ("forbidden", 403, "Denied", "upstream_error", "AccessDenied", None),
        ),
        (400, {"msg": "b", "err": "c"}, ("bad_request", 400, "b", "upstream_error", NO, None)),
        (400, {"error_msg": "d", "err": "c"}, ("bad_request", 400, "c", "upstream_error", NO, None)),
        (400, {"header": {"message": "e"}}, ("bad_request", 400, "e", "upstream_error", NO, None)),
        (400, {"response": {"error": {"message": "f"}}}, ("bad_request", 400, "f", "upstream_error", NO, None)),
        (
            400,
            {"error": {"message": "", "code": None}, "msg": "g"},
            ("bad_request", 400, "g", "invalid_request_error", None, None),
        ),
        # Nothing to read
        (502, {}, ("server_error", 502, "bad response status code 502", "upstream_error", NO, None)),
        (502, [], ("server_error", 502, "bad response status code 502", "upstream_error", NO, None)),
        (502, b"", ("server_error", 502, "bad response status code 502", "upstream_error", NO, None)),
        (502, b"\xff\xfe\x00", ("server_error", 502, "bad response status code 502", "upstream_error", NO, None)),
        (503, b"Service down\nmore", ("overloaded", 503, "Service down", "upstream_error", NO, None)),
        (
            502,
            b" <!DOCTYPE html><html><title>502</title></html>",
            (
                "server_error",
                502,
                "the provider answered with HTTP 502 and a web page instead of an error message",
                "upstream_error",
                NO,
                None,
            ),
        ),
    ],
)
def test_read_error_reads_every_shape(status: int, body: Any, expected: tuple[Any, ...]) -> None:
    assert told(status, body) == expected


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry_after": "12"}, "", 12.0),
        ({"retry_after": "1.5"}, "", 1.5),
        ({"retry_after_ms": "250", "retry_after": "9"}, "", 0.25),
        ({"x_ms_retry_after_ms": "3000"}, "", 3.0),
        ({"retry_after": "Mon, 23 Nov 2026 10:00:30 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, "", 30.0),
        ({"retry_after": "Mon, 23 Nov 2026 09:00:00 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, "", 0.0),
        ({"retry_after": "soon", "date": "today"}, "", None),
        ({"retry_after": "Mon, 23 Nov 2026 10:00:30 GMT"}, "", None),
        ({}, "Please retry after 7 seconds.", 7.0),
        ({}, "please try again after 1 seconds", 1.0),
        ({}, "Please try again in 20ms. Visit", 0.02),
        ({}, "Please try again in 1.5s.", 1.5),
        ({}, "Try again in 2 minutes", 120.0),
        ({}, "Try again in 4m", 240.0),
        ({}, "try again later", None),
    ],
)
def test_read_error_says_when_to_try_again(headers: dict[str, str], message: str, seconds: float | None) -> None:
    assert read(429, {"error": {"message": message or "limit", "code": "x"}}, **headers).retry_after == seconds


def test_read_error_finds_googles_delay() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "23.5s"}, "odd", {"retryDelay": "x"}]
    assert read(429, {"error": {"message": "m", "details": details}}).retry_after == 23.5


def test_read_error_shows_no_key_and_no_novel() -> None:
    text = "Incorrect API key provided: sk-fakefake********fake. See https://x.example/?key=AIfake&b=1 "
    text += "AIza" + "Fake" * 5
    message = read(401, {"error": {"message": text}}).message
    assert message == "Incorrect API key provided: ***. See https://x.example/?***&b=1 ***"
    assert len(read(400, {"error": {"message": "x" * 99999}}).message) == MESSAGE_LIMIT


@pytest.mark.parametrize(
    ("document", "kind", "status", "message", "code"),
    [
        ({"error": {"message": "m", "code": 502}}, FaultKind.SERVER_ERROR, 502, "m", "502"),
        ({"error": {"message": "m", "status_code": 400}}, FaultKind.BAD_REQUEST, 400, "m", None),
        ({"error": {"message": "m", "http_code": "401"}}, FaultKind.BAD_KEY, 401, "m", None),
        ({"error": {"message": "m", "type": "rate_limit_error"}}, FaultKind.RATE_LIMITED, 429, "m", None),
        ({"error": "text"}, FaultKind.SERVER_ERROR, 502, "text", "bad_response_status_code"),
        ({"choices": [{"error": {"code": 502, "message": "m"}}]}, FaultKind.SERVER_ERROR, 502, "m", "502"),
        ({"choices": [{}], "x_groq": {"error": "m"}}, FaultKind.SERVER_ERROR, 502, "m", "bad_response_status_code"),
        ({"base_resp": {"status_code": 1008, "status_msg": "m"}}, FaultKind.OUT_OF_BALANCE, 402, "m", "1008"),
        ({"base_resp": {"status_code": 1026, "status_msg": "m"}}, FaultKind.CONTENT_FILTER, 400, "m", "1026"),
        ({"code": 11200, "message": "m", "sid": "s"}, FaultKind.FORBIDDEN, 403, "m", "11200"),
        ({"code": 10013, "message": "m", "choices": []}, FaultKind.CONTENT_FILTER, 400, "m", "10013"),
        ({"object": "error", "message": "m"}, FaultKind.SERVER_ERROR, 502, "m", "bad_response_status_code"),
        ({"success": False, "errors": [{"code": 10000, "message": "m"}]}, FaultKind.BAD_KEY, 401, "m", "10000"),
        ({"error_code": 17, "error_msg": "m"}, FaultKind.SERVER_ERROR, 502, "m", "bad_response_status_code"),
    ],
)
def test_fault_in_finds_the_error_inside_a_200(
    document: dict[str, Any], kind: FaultKind, status: int, message: str, code: str | None
) -> None:
    fault = fault_in(document)
    assert fault is not None
    assert (fault.kind, fault.status, fault.message, fault.code) == (kind, status, message, code)


@pytest.mark.parametrize(
    "document",
    [
        {"choices": [{"delta": {}}], "error": None},
        {"choices": [{}], "code": 0, "message": "Success"},
        {"choices": [{}], "code": 7},
        {"choices": [], "id": "", "prompt_filter_results": []},
        {"choices": [], "usage": {"total_tokens": 1}, "code": 9},
        {"data": [{"embedding": [1]}], "code": 1},
        {"choices": [], "base_resp": {"status_code": 0, "status_msg": "Invalid parameters detected"}},
        {"choices": [], "code": "success"},
        {"choices": ["odd"], "base_resp": None},
    ],
)
def test_fault_in_leaves_good_replies_alone(document: dict[str, Any]) -> None:
    assert fault_in(document) is None
