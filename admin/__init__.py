"""The admin app: One API's management API and the pages. Knows rules and Flask; must not know addon or mitmproxy.

`create_app` puts it together: stores, doors (Host, CSRF, headers), languages, one error handler, the blueprints.
What it needs of the relay it asks over HTTP (relay.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, request

from admin import api, certificates, errors, headers, pages, session
from admin.config import AdminConfig
from admin.csrf import reads_cross_site, refuses
from admin.hosts import is_ours
from admin.i18n import gettext as _
from admin.stores import open_stores, options, stores

__all__ = ["AdminConfig", "create_app"]

LARGEST_BODY = 8 * 1024 * 1024
SESSION_LIFE = timedelta(days=30)


def create_app(config: AdminConfig) -> Flask:
    """The WSGI app. Opens no connection of its own; every thread that serves it gets one from the database."""
    app = Flask(__name__)
    app.secret_key = config.vault.session_secret
    app.session_interface = session.CookieSessions()
    app.config.update(
        SESSION_COOKIE_NAME=session.COOKIE_NAME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["stores"] = open_stores(config)
    app.before_request(check_host)
    app.before_request(check_origin)
    app.after_request(headers.add_security_headers)
    errors.register(app)
    app.register_blueprint(certificates.blueprint)
    api.register(app)
    pages.register(app)
    return app


def check_host() -> Any:
    """Only for names that are ours (hosts.py). The option is read only when the quick answer is no."""
    allowed = stores().config.allowed_hosts
    if is_ours(request.host, allowed):
        return None
    return None if is_ours(request.host, allowed, options().server_address) else errors.answer(421)


def check_origin() -> Any:
    """Only by our own pages, where a browser's cookie is at work (csrf.py)."""
    has_cookie = session.COOKIE_NAME in request.cookies
    if has_cookie and request.path.startswith("/api/") and reads_cross_site(dict(request.headers)):
        return errors.answer(
            403, _("Refused: this request was sent by another site. Open the page here and try again.")
        )
    reason = refuses(
        request.method, dict(request.headers), has_cookie=has_cookie, has_body=bool(request.content_length)
    )
    return errors.answer(403, _(reason)) if reason else None
