"""The same nouns as HTML: server-rendered, no build step. Must not know /api.

Every page works without JavaScript; htmx replaces a row or a list where a reload would only be in the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from markupsafe import Markup

from admin import balances, providers, session
from admin.i18n import N_, gettext, language, ngettext
from admin.i18n import gettext as _
from admin.icons import icon
from admin.pages import account, channels, connect, dashboard, login, logs, preferences, settings, setup, tokens
from admin.show import FILTERS
from admin.stores import options, stores
from rules.values import Role

__all__ = [
    "account",
    "channels",
    "connect",
    "dashboard",
    "login",
    "logs",
    "preferences",
    "register",
    "settings",
    "setup",
    "tokens",
]

ONE_API = "https://github.com/songquanpeng/one-api"
PAGES = (login, preferences, setup, dashboard, channels, tokens, logs, settings, account, connect)
MENU: tuple[tuple[str, str, str, Role], ...] = (
    ("dashboard.show", "dashboard", N_("Dashboard"), Role.COMMON),
    ("channels.show", "channels", N_("Channels"), Role.ADMIN),
    ("tokens.show", "tokens", N_("Tokens"), Role.COMMON),
    ("logs.show", "logs", N_("Logs"), Role.COMMON),
    ("connect.show", "connect", N_("Connect"), Role.COMMON),
    ("settings.show", "settings", N_("Settings"), Role.ROOT),
)


@dataclass(frozen=True, slots=True)
class MenuItem:
    href: str
    icon: str
    text: str
    current: bool


def register(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(icon=icon, asset=asset, one_api_link=one_api_link)
    app.jinja_env.globals.update(
        title_of=providers.title_of, title_of_type=providers.title_of_type, key_format=providers.key_format
    )
    app.jinja_env.globals.update(tells_balance=balances.tells)
    app.context_processor(shared)
    app.before_request(set_unit)
    for page in PAGES:
        app.register_blueprint(page.blueprint)


def set_unit() -> None:
    """What a dollar is, for the money filter; static files and /api do not ask."""
    if request.blueprint and not request.blueprint.startswith(("api_", "certificates")):
        g.quota_per_unit = options().quota_per_unit


def shared() -> dict[str, Any]:
    """What every template may use."""
    found = session.account()
    theme = request.cookies.get("theme", "")
    return {
        "account": found,
        "menu": menu(found),
        "language": language(),
        "theme": theme if theme in ("light", "dark") else "",
        "system_name": options().system_name,
        "version": stores().config.version,
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


def menu(found: session.Account | None) -> list[MenuItem]:
    if found is None or found.restricted:
        return []
    return [
        MenuItem(url_for(endpoint), name, _(text), (request.blueprint or "") == endpoint.partition(".")[0])
        for endpoint, name, text, role in MENU
        if found.user.role >= role
    ]


def asset(name: str) -> str:
    """A static file's address, which changes with the version so that caches never serve yesterday's."""
    return url_for("static", filename=name, v=stores().config.version)


def one_api_link() -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer">One API</a>').format(ONE_API)
