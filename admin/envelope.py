"""One API's one answer shape, and reading what came in. Must not know any noun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, jsonify, request

from admin.i18n import gettext as _
from rules.errors import Invalid

PAGE_SIZE = 10
MISSING = object()


def ok(data: Any = MISSING, message: str = "", **more: Any) -> Response:
    """`{"success": true, "message": "", "data": ..}`; `data` is left out where One API leaves it out."""
    answer: dict[str, Any] = {"success": True, "message": message, **more}
    if data is not MISSING:
        answer["data"] = data
    return jsonify(answer)


def failed(message: str, status: int = 200, **more: Any) -> Response:
    """Refusals are HTTP 200 as well (A3.3), except where One API has a status of its own."""
    response = jsonify({"success": False, "message": message, **more})
    response.status_code = status
    return response


def listed(data: list[Any], total: int) -> Response:
    """A page of a list; how many there are in all stands in a header, for One API's body has no place for it."""
    response = ok(data)
    response.headers["X-Total-Count"] = str(total)
    return response


def body() -> dict[str, Any]:
    """The JSON object that was sent, whatever its content type says. Raises Invalid."""
    found = request.get_json(force=True, silent=True)
    if not isinstance(found, dict):
        raise Invalid("无效的参数")
    return found


def picked(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The fields that may be written, of a whole object as One API's clients send it back."""
    return {name: given[name] for name in names if name in given}


def whole(given: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A whole number of a body or a query; anything else is the default, as in One API."""
    value = given.get(name, default)
    if isinstance(value, bool):
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def page_number() -> int:
    return max(0, whole(request.args, "p"))


def not_found() -> Response:
    """A1.7: what an unknown path under /api answers, whatever the method."""
    message = f"Invalid URL ({request.method} {request.path})"
    response = jsonify({"error": {"message": message, "type": "invalid_request_error", "param": "", "code": ""}})
    response.status_code = 404
    return response


def nothing_there() -> Response:
    """One API passes on what its database layer says when an id leads nowhere; this is that text."""
    return failed(_("record not found"))
