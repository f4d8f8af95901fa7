"""Who is asking: a session cookie or an access token, looked up in the database at each request; and who may do what.

The cookie holds a user id and that user's auth version, signed. A new password, a ban or another role moves the
version, and every cookie from before is nobody's. A restricted session (default password) reaches the choice of a
new one only.
Must not know any noun.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Request, Response, g, redirect, request, url_for
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface

from admin.envelope import failed
from admin.hosts import is_loopback
from admin.i18n import gettext as _
from admin.stores import stores
from rules.values import Role, UserRecord, UserStatus

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")
View = Callable[Parameters, Any]

COOKIE_NAME = "session"
FORWARDING_HEADERS = ("Forwarded", "Via")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom this request acts for. `restricted`: only the choice of a new password is open."""

    user: UserRecord
    by_cookie: bool
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody to act for: `reason` is "missing", "bad_token" or "banned"."""

    reason: str


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, Secure whenever the browser came over https, directly or through a reverse proxy."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return came_by_https(request)


def came_by_https(asked: Request) -> bool:
    return asked.is_secure or asked.headers.get("X-Forwarded-Proto", "").lower().startswith("https")


def came_from_here(asked: Request) -> bool:
    """True if the peer is this machine and nothing says that it passes on somebody else's request."""
    forwarded = any(name.lower().startswith("x-forwarded-") for name, _value in asked.headers)
    named = any(name in asked.headers for name in FORWARDING_HEADERS)
    return is_loopback(asked.remote_addr or "") and not forwarded and not named


def identify() -> Account | Nobody:
    """Whom this request acts for, looked up once. The session wins over the access token (A3.1)."""
    if "identity" not in g:
        g.identity = _by_cookie() or _by_access_token()
    found = g.identity
    assert isinstance(found, Account | Nobody)
    return found


def account() -> Account | None:
    """The account of a page's reader, restricted or not; None: nobody."""
    found = identify()
    return found if isinstance(found, Account) else None


def me() -> UserRecord:
    """The user behind a view that a guard protects."""
    found = account()
    assert found is not None
    return found.user


def begin(user: UserRecord, *, restricted: bool = False) -> None:
    """Log this user in, on a cookie that holds nothing of what was there before."""
    cookie.clear()
    cookie.permanent = True
    cookie["user"] = user.id
    cookie["version"] = user.auth_version
    if restricted:
        cookie["restricted"] = True
    g.identity = Account(user, by_cookie=True, restricted=restricted)


def end() -> None:
    cookie.clear()
    g.identity = Nobody("missing")


def _by_cookie() -> Account | None:
    user_id, version = cookie.get("user"), cookie.get("version")
    if not isinstance(user_id, int):
        return None
    user = stores().users.get(user_id)
    if user is None or user.auth_version != version or user.status != UserStatus.ENABLED:
        cookie.clear()
        return None
    return Account(user, by_cookie=True, restricted=bool(cookie.get("restricted")))


def _by_access_token() -> Account | Nobody:
    sent = request.headers.get("Authorization", "").strip()
    token = sent.removeprefix("Bearer ").strip()
    if not token:
        return Nobody("missing")
    user = stores().users.by_access_token(token)
    if user is None:
        return Nobody("bad_token")
    return Account(user, by_cookie=False) if user.status == UserStatus.ENABLED else Nobody("banned")


# Guards of /api: One API's messages and statuses (A3.2).


def users_only(view: View[Parameters]) -> View[Parameters]:
    return _guarded(view, Role.COMMON)


def admin_only(view: View[Parameters]) -> View[Parameters]:
    return _guarded(view, Role.ADMIN)


def root_only(view: View[Parameters]) -> View[Parameters]:
    return _guarded(view, Role.ROOT)


def _guarded(view: View[Parameters], role: Role) -> View[Parameters]:
    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Any:
        return _api_refusal(identify(), role) or view(*args, **kwargs)

    return guarded


def _api_refusal(found: Account | Nobody, role: Role) -> Any:
    if isinstance(found, Nobody):
        return REFUSALS[found.reason]()
    if found.restricted:
        return failed(_("The default password opens nothing else: choose a new password first"))
    return None if found.user.role >= role else failed(_("Not allowed: your role is too low"))


REFUSALS: Mapping[str, Callable[[], Any]] = {
    "missing": lambda: failed(_("Not allowed: not logged in, and no access token given"), 401),
    "bad_token": lambda: failed(_("Not allowed: the access token is not valid")),
    "banned": lambda: failed(_("The user is banned")),
}


# Guards of the pages: they lead to where one can go on.


def go(address: str) -> Any:
    """To another page; htmx is told to leave the one it is on, not to put the other one into it."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def where_to_return() -> str | None:
    """The page to come back to after the log-in: this one, unless it is a part of another or changes something."""
    back = request.full_path.rstrip("?")
    whole = request.method == "GET" and "HX-Request" not in request.headers and back != "/"
    return back if whole else None


def page_for(role: Role) -> Callable[[View[Parameters]], View[Parameters]]:
    """A page for people who are logged in with at least this role; it is for cookies, never for access tokens."""

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Any:
            found = account()
            if found is None or not found.by_cookie:
                return go(url_for("login.show", next=where_to_return()))
            if found.restricted:
                return go(url_for("setup.password"))
            if found.user.role < role:
                from admin.errors import forbidden

                return forbidden()
            return view(*args, **kwargs)

        return guarded

    return decorate
