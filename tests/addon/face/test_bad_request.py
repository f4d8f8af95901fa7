from __future__ import annotations

from addon.face.bad_request import BadRequest


def test_bad_request_holds_what_the_error_document_needs() -> None:
    error = BadRequest("messages", "field messages is required")
    assert (error.param, error.message, error.code) == (
        "messages",
        "field messages is required",
        "invalid_text_request",
    )
    assert str(error) == "field messages is required"
