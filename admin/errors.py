"""One handler for everything that goes wrong: /api gets the envelope, people get a page that says what to change.

Must not know any noun.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from admin import refusals
from admin.envelope import failed, not_found
from admin.i18n import N_
from admin.i18n import gettext as _
from rules.errors import Invalid

log = logging.getLogger("oneapi.admin")

WORDS: dict[int, tuple[str, str]] = {
    400: (N_("This request cannot be read"), N_("Something in it has the wrong form. Go back and try again.")),
    403: (N_("This is not for your role"), N_("Ask an administrator, or log in with another account.")),
    404: (N_("There is nothing here"), N_("The address is wrong, or what it led to was deleted.")),
    405: (N_("Not like this"), N_("This address takes another kind of request.")),
    413: (N_("Too much at once"), N_("What was sent is larger than this server takes.")),
    421: (
        N_("This server does not answer to that name"),
        N_(
            "Open it by its IP address or as localhost, or add the name to the option ServerAddress or the setting"
            " for allowed host names."
        ),
    ),
    429: (N_("Too many attempts"), N_("Wait a little, then try again.")),
    500: (N_("Something broke on this side"), N_("It stands in the server's log, under this number.")),
}


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    title: str
    advice: str
    request_id: str = ""


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Invalid, refused)
    app.register_error_handler(Exception, broken)


def http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if wants_json():
        unknown = status in (404, 405) and request.path.startswith("/api/")
        return not_found() if unknown else failed(words(status)[0], status)
    return page(status)


def refused(error: Invalid) -> Any:
    """A store refused a write. Forms catch it and show it at the field; what arrives here has no form."""
    message = refusals.words(error)
    return failed(message) if wants_json() else page(400, message)


def broken(error: Exception) -> Any:
    """Whatever nobody expected: a number for the reader, the rest for the log."""
    number = secrets.token_hex(4)
    log.error("request %s broke: %s %s", number, request.method, request.path, exc_info=error)
    if wants_json():
        return failed(f"{words(500)[0]} ({number})", 500)
    return page(500, request_id=number)


def forbidden() -> Response:
    return page(403)


def answer(status: int, advice: str = "") -> Response:
    """The refusal of a door, for whoever asked: the envelope or a page."""
    if wants_json():
        title, usual = words(status)
        return failed(advice or f"{title}. {usual}", status)
    return page(status, advice)


def page(status: int, advice: str = "", request_id: str = "") -> Response:
    title, usual = words(status)
    problem = Problem(status, title, advice or usual, request_id)
    response = make_response(render_template("errors/solo.html", error=problem))
    response.status_code = status
    return response


def words(status: int) -> tuple[str, str]:
    title, advice = WORDS.get(status, WORDS[400 if status < 500 else 500])
    return _(title), _(advice)


def wants_json() -> bool:
    return request.path.startswith("/api/") or request.path == "/api"
