"""AWS's errors as faults (facts, 3.5)."""

from __future__ import annotations

import json

import pytest

from addon.canon.fault import FaultKind
from addon.dialects.bedrock_fault import fault_of, read_error

CORAL = "http://internal.amazon.com/coral/com.amazon.bedrock/"


@pytest.mark.parametrize(
    ("status", "name", "message", "kind", "client_status", "code"),
    [
        (400, "ValidationException", "messages: empty", FaultKind.BAD_REQUEST, 400, None),
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
            FaultKind.NOT_FOUND,
            404,
            "model_not_found",
        ),
        (
            400,
            "ValidationException",
            "Invocation of model ID x with on-demand throughput isn\u2019t supported. Retry with an inference profile.",
            FaultKind.NOT_FOUND,
            404,
            "model_not_found",
        ),
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
            FaultKind.BAD_REQUEST,
            400,
            "context_length_exceeded",
        ),
        (400, "ServiceQuotaExceededException", "quota", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (400, "NotAuthorized", "no", FaultKind.FORBIDDEN, 403, "permission_denied"),
        (400, "IncompleteSignature", "no", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (400, "RequestExpired", "no", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (
            403,
            "AccessDeniedException",
            "Model access is denied due to INVALID_PAYMENT_INSTRUMENT: add one",
            FaultKind.OUT_OF_BALANCE,
            429,
            "insufficient_quota",
        ),
        (400, "ConflictException", "conflict", FaultKind.SERVER_ERROR, 409, None),
        (403, "AccessDeniedException", "no access to this model", FaultKind.FORBIDDEN, 403, "permission_denied"),
        (
            403,
            "AccessDeniedException",
            "Please make sure your API Key is valid.",
            FaultKind.BAD_KEY,
            401,
            "invalid_api_key",
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token is invalid.",
            FaultKind.BAD_KEY,
            401,
            "invalid_api_key",
        ),
        (
            403,
            "InvalidSignatureException",
            "The request signature we calculated does not match",
            FaultKind.BAD_KEY,
            401,
            "invalid_api_key",
        ),
        (403, "ExpiredTokenException", "expired", FaultKind.BAD_KEY, 401, "invalid_api_key"),
        (404, "ResourceNotFoundException", "legacy", FaultKind.NOT_FOUND, 404, "model_not_found"),
        (408, "ModelTimeoutException", "slow", FaultKind.SERVER_ERROR, 504, None),
        (424, "ModelErrorException", "broken", FaultKind.SERVER_ERROR, 502, None),
        (429, "ThrottlingException", "slow down", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (429, "ModelNotReadyException", "loading", FaultKind.RATE_LIMITED, 429, "rate_limit_exceeded"),
        (500, "InternalServerException", "oops", FaultKind.SERVER_ERROR, 500, None),
        (503, "ServiceUnavailableException", "busy", FaultKind.OVERLOADED, 503, "overloaded"),
    ],
)
def test_each_exception_has_its_meaning(
    status: int, name: str, message: str, kind: FaultKind, client_status: int, code: str | None
) -> None:
    body = json.dumps({"message": message}).encode()
    for headers in ({"x-amzn-errortype": f"{name}:{CORAL}"}, {"x-amzn-errortype": name}):
        fault = read_error(status, headers, body)
        assert (fault.kind, fault.status, fault.code, fault.message) == (kind, client_status, code, message)
    typed = json.dumps({"__type": f"com.amazon.coral.service#{name}", "Message": message}).encode()
    assert read_error(status, {}, typed) == fault
    assert fault_of(name[0].lower() + name[1:], {"message": message}) == fault


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FaultKind.BAD_REQUEST),
        (403, FaultKind.FORBIDDEN),
        (404, FaultKind.NOT_FOUND),
        (418, FaultKind.BAD_REQUEST),
        (429, FaultKind.RATE_LIMITED),
        (502, FaultKind.SERVER_ERROR),
        (503, FaultKind.OVERLOADED),
    ],
)
def test_a_status_without_a_name_says_it(status: int, kind: FaultKind) -> None:
    for body in (b"<html>", b"", b"[]", b'{"error": 1}', b"[" * 100_000):
        fault = read_error(status, {"retry-after": "7"}, body)
        assert (fault.kind, fault.retry_after) == (kind, 7)
        assert fault.message == f"AWS Bedrock answered with status {status}."


def test_a_name_without_a_text_is_told() -> None:
    assert fault_of("throttlingException", {}).message == "AWS Bedrock answered with ThrottlingException."


def test_claudes_own_error_is_unwrapped() -> None:
    inner = {
        "type": "error",
        "request_id": "req_1",
        "error": {"type": "invalid_request_error", "message": "`temperature` is deprecated for this model."},
    }
    said = f"The model returned the following errors: {json.dumps(inner)}"
    fault = read_error(400, {"x-amzn-errortype": "ValidationException"}, json.dumps({"message": said}).encode())
    assert fault.kind is FaultKind.BAD_REQUEST
    assert fault.message == "`temperature` is deprecated for this model."


@pytest.mark.parametrize("inside", ["{not json}", '{"message": "x"}'])
def test_something_else_in_braces_stays_text(inside: str) -> None:
    said = f"The model returned the following errors: {inside}"
    assert fault_of("ValidationException", {"message": said}, 400).message == said


def test_a_message_does_not_repeat_a_key() -> None:
    for key in ("AKIA" + "FAKEFAKEFAKE1234", "ABSK" + "ZmFrZWZha2VmYWtl="):
        fault = fault_of("AccessDeniedException", {"message": f"The key {key} is not allowed"}, 403)
        assert fault.message == "The key … is not allowed"
