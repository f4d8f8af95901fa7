"""Errors as OpenAI's clients read them: a document, or a frame in a stream that has begun.

Must not know how an error came about.
"""

from __future__ import annotations

from typing import Any

from addon.canon.fault import Fault
from addon.face.json_bytes import dumps

ONE_API_ERROR = "one_api_error"
"""The type of errors of our own (facts A7.7); those of a provider keep theirs."""


def error_document(
    message: str, type: str, param: str | None, code: str | None, request_id: str = ""
) -> dict[str, Any]:
    """`{"error": ..}`; the message ends with the request id, as One API's do, so that people can ask about it."""
    if request_id:
        message = f"{message} (request id: {request_id})"
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def error_body(message: str, type: str, param: str | None, code: str | None, request_id: str = "") -> bytes:
    """The body of an error reply."""
    return dumps(error_document(message, type, param, code, request_id))


def fault_document(fault: Fault, request_id: str = "") -> dict[str, Any]:
    """An upstream failure in OpenAI's shape; its status is `fault.status`."""
    return error_document(fault.message, fault.type, fault.param, fault.code, request_id)


def fault_body(fault: Fault, request_id: str = "") -> bytes:
    """The body of the reply that tells a client of an upstream failure."""
    return dumps(fault_document(fault, request_id))


def error_frame(fault: Fault, request_id: str = "") -> bytes:
    """The same inside of a stream: OpenAI's SDKs raise when a frame has an `error`. No `[DONE]` follows."""
    return b"data: " + fault_body(fault, request_id) + b"\n\n"
