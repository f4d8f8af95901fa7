"""Language and theme: a cookie each, for everybody, logged in or not."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from admin import i18n

blueprint = Blueprint("preferences", __name__)

YEAR = 365 * 24 * 3600
THEMES = ("light", "dark")


@blueprint.post("/preferences")
def change() -> Response:
    response = redirect(own_path(request.form.get("back", "")), 303)
    language, theme = request.form.get("language", ""), request.form.get("theme", "")
    if language in i18n.LANGUAGES:
        response.set_cookie(i18n.COOKIE, language, max_age=YEAR, samesite="Lax")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    return response


def own_path(wanted: str) -> str:
    """A path of ours, or the front page: never somebody else's address (`//host`, `/\\host`, `https:..`)."""
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if ours and wanted.isprintable() else "/"
