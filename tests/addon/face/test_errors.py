from __future__ import annotations

import json

from addon.canon.fault import Fault, FaultKind
from addon.face.errors import error_body, error_frame, fault_body, fault_document
from tests.clients import Reply, parsed_by_openai

FAULT = Fault(FaultKind.RATE_LIMITED, 429, "慢一点", "requests", "rate_limit_exceeded", "model")


def test_error_body_has_openais_shape_and_ends_with_the_request_id() -> None:
    assert json.loads(error_body("no", "one_api_error", "model", "bad", "r1")) == {
        "error": {"message": "no (request id: r1)", "type": "one_api_error", "param": "model", "code": "bad"}
    }
    assert json.loads(error_body("no", "one_api_error", None, None))["error"]["message"] == "no"


def test_a_fault_keeps_what_the_provider_said() -> None:
    document = fault_document(FAULT, "r1")
    assert document == json.loads(fault_body(FAULT, "r1"))
    assert document["error"] == {
        "message": "慢一点 (request id: r1)",
        "type": "requests",
        "param": "model",
        "code": "rate_limit_exceeded",
    }


def test_the_official_client_raises_what_we_say() -> None:
    whole, framed = parsed_by_openai(
        [Reply("chat", fault_body(FAULT, "r1"), 429), Reply("chat-stream", error_frame(FAULT, "r2"))]
    )
    assert whole.error.startswith("RateLimitError: Error code: 429")
    assert "慢一点 (request id: r1)" in whole.error
    assert framed.error == "APIError: 慢一点 (request id: r2)"
