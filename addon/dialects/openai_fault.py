"""What OpenAI-compatible providers say when they fail, in every shape they say it in, as a Fault.

Also finds errors that come inside a 200. Must not know requests nor what a good reply looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from addon.canon.fault import Fault, document_in
from addon.dialects.openai_fault_kinds import STATUS_OF, TYPE_OF, kind_of

MESSAGE_LIMIT = 2000
NO_SHAPE = "bad_response_status_code"
"""One API's code of an error that has none of its own."""

_RETRY_TEXT = re.compile(
    r"(?:retry|try again) (?:after|in) (?P<number>\d+(?:\.\d+)?) ?(?P<unit>ms|milliseconds?|m|minutes?|s|seconds?)?\b",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"\b(?:(?:sk|pat|gsk|xai|bce)[-_][-_/A-Za-z0-9*]{8,}|AIza[-_A-Za-z0-9]{20,})"
    r"|(?<=[?&])(?:key|access_token|api[-_]?key)=[^&\s\"']+"
)
_GOOD_CODES = (None, 0, "0", 200, "200", "success", "Success", "ok")


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of a reply whose status is an error. Header names are lower-case."""
    document = _document(body)
    if document is None:
        return _unreadable(status, headers, body)
    return fault_of(document, status, headers)


def fault_in(document: Mapping[str, Any]) -> Fault | None:
    """The fault that a reply with status 200 holds instead of an answer, or None."""
    if document.get("error") or _base_code(document) not in _GOOD_CODES or _groq_error(document):
        return fault_of(document, HTTPStatus.OK, {})
    for choice in document.get("choices") or ():
        if isinstance(choice, dict) and choice.get("error"):
            return fault_of(choice, HTTPStatus.OK, {})
    if document.get("choices") or document.get("data") or document.get("usage"):
        return None
    failed = document.get("object") == "error" or document.get("success") is False
    codes = (document.get("code"), document.get("error_code"), document.get("status_code"))
    if failed or any(code not in _GOOD_CODES for code in codes):
        return fault_of(document, HTTPStatus.OK, {})
    return None


def fault_of(document: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Fault:
    """The fault that this error document tells of. A status that is no error is replaced by a fitting one."""
    error = _error_object(document)
    message = _message(document, error) or f"bad response status code {status}"
    code = _code(document, error, status)
    type_ = _text(error.get("type"))
    status = _own_status(document, error, status)
    # FastGPT's word stands there, whatever its numbers are.
    kind = kind_of(status, code or "", type_ or _text(document.get("statusText")), message, _base_code(document))
    if status < HTTPStatus.BAD_REQUEST:
        status = STATUS_OF[kind]
    shaped = isinstance(document.get("error"), dict)
    return Fault(
        kind=kind,
        status=status,
        message=clean(message),
        type=type_ or (TYPE_OF[kind] if shaped else "upstream_error"),
        code=code if code or shaped else NO_SHAPE,
        param=_text(error.get("param")) or None,
        retry_after=retry_after(headers, message, document),
    )


def retry_after(headers: Mapping[str, str], message: str, document: Any = None) -> float | None:
    """When to try again, in seconds: from the headers, Google's details, or the words of the message."""
    for name, unit in (("retry-after-ms", 1000), ("x-ms-retry-after-ms", 1000), ("retry-after", 1)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value) / unit
        if value and headers.get("date"):
            return _seconds_between(headers["date"], value)
    delay = next(_delays(document), None)
    if delay is not None:
        return delay
    found = _RETRY_TEXT.search(message)
    if found is None:
        return None
    unit_name = (found["unit"] or "s").lower()
    factor = 0.001 if unit_name.startswith(("ms", "milli")) else 60 if unit_name.startswith("m") else 1
    return float(found["number"]) * factor


def clean(message: str) -> str:
    """The provider's words without keys, and not without end."""
    return _SECRETS.sub("***", message.strip())[:MESSAGE_LIMIT]


def _document(body: bytes) -> Mapping[str, Any] | None:
    """The error document; Google wraps it in a list."""
    document = document_in(body)
    if isinstance(document, list) and document:
        document = document[0]
    if isinstance(document, str):
        return {"message": document}
    return document if isinstance(document, dict) else None


def _unreadable(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """A page or a line of text: what can be said about it in one sentence."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        message = f"the provider answered with HTTP {status} and a web page instead of an error message"
    elif not text or text[0] in "[{" or "\ufffd" in text:
        message = f"bad response status code {status}"
    else:
        message = text.splitlines()[0][:300]
    kind = kind_of(status, "", "", message, None)
    after = retry_after(headers, message)
    return Fault(kind, status, clean(message), "upstream_error", NO_SHAPE, retry_after=after)


def _error_object(document: Mapping[str, Any]) -> Mapping[str, Any]:
    error = document.get("error")
    if isinstance(error, dict):
        return error
    control = document.get("ResponseMetadata")
    if isinstance(control, dict) and isinstance(control.get("Error"), dict):
        return {"message": control["Error"].get("Message"), "code": control["Error"].get("Code")}
    errors = document.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return errors[0]
    return document


def _message(document: Mapping[str, Any], error: Mapping[str, Any]) -> str:
    """The first text of One API's order, then of the shapes it did not know."""
    found = (
        error.get("message"),
        *(document.get(name) for name in ("message", "msg", "err", "error_msg")),
        _inside(document, "header", "message"),
        _inside(document, "response", "error", "message"),
        document.get("error"),
        _groq_error(document),
        _inside(document, "base_resp", "status_msg"),
        document.get("detail"),
        *(document.get(name) for name in ("reason", "statusText")),
    )
    return next((text for text in map(_sentence, found) if text), "")


def _sentence(value: Any) -> str:
    """Text, or the text in FastAPI's list of what is wrong where, or in Mistral's wrapped `detail`."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, map(_validation_error, value)))
    if isinstance(value, dict):
        return _sentence(value.get("message") or value.get("detail"))
    return ""


def _validation_error(item: Any) -> str:
    if not isinstance(item, dict):
        return _sentence(item)
    where = ".".join(str(step) for step in item.get("loc") or () if step != "body")
    return f"{where}: {item.get('msg')}" if where else _text(item.get("msg"))


def _code(document: Mapping[str, Any], error: Mapping[str, Any], status: int) -> str | None:
    code = error.get("code")
    if code in (None, "") and _base_code(document) not in _GOOD_CODES:
        code = _base_code(document)
    if code in (None, "") and error is not document:
        code = document.get("code")
    if isinstance(code, int) and code == status:
        # Google's and Novita's word for it says more.
        code = error.get("status") or error.get("reason") or code
    return _text(code) or None


def _own_status(document: Mapping[str, Any], error: Mapping[str, Any], status: int) -> int:
    """The status that the document itself names, for errors inside a 200."""
    if status >= HTTPStatus.BAD_REQUEST:
        return status
    for value in (error.get("status_code"), error.get("http_code"), error.get("code"), document.get("status")):
        text = _text(value)
        if text.isdigit() and 400 <= int(text) < 600:
            return int(text)
    return status


def _base_code(document: Mapping[str, Any]) -> Any:
    """MiniMax's own code, which stands beside a status 200."""
    return _inside(document, "base_resp", "status_code")


def _groq_error(document: Mapping[str, Any]) -> Any:
    return _inside(document, "x_groq", "error")


def _inside(document: Any, *names: str) -> Any:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _delays(value: Any) -> Iterator[float]:
    """Google's RetryInfo, wherever it stands: `"retryDelay": "23s"`."""
    if isinstance(value, dict):
        delay = value.get("retryDelay")
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            yield float(delay[:-1])
        for inner in value.values():
            yield from _delays(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _delays(inner)


def _seconds_between(date: str, later: str) -> float | None:
    """Retry-After as a date, measured on the provider's own clock."""
    try:
        return max((parsedate_to_datetime(later) - parsedate_to_datetime(date)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
