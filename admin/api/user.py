"""/api/user: log-in, and one's own account. The management of other users is not here yet."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, request

from admin import session
from admin.envelope import body, failed, ok, picked
from admin.i18n import gettext as _
from admin.login import LoggedIn, LoginRefused, log_in
from admin.session import Account, me, users_only
from admin.stores import stores
from rules.values import UserRecord

blueprint = Blueprint("api_user", __name__, url_prefix="/api/user")

OWN_FIELDS = ("username", "display_name", "password")


def shown(user: UserRecord) -> dict[str, Any]:
    """A user as One API has it; password, access token and verification code are there and always empty."""
    return {
        "id": user.id,
        "username": user.username,
        "password": "",
        "display_name": user.display_name,
        "role": user.role,
        "status": user.status,
        "email": user.email,
        "github_id": user.github_id,
        "wechat_id": user.wechat_id,
        "lark_id": user.lark_id,
        "oidc_id": user.oidc_id,
        "verification_code": "",
        "access_token": "",
        "quota": user.quota,
        "used_quota": user.used_quota,
        "request_count": user.request_count,
        "group": user.group,
        "aff_code": user.aff_code,
        "inviter_id": user.inviter_id,
    }


@blueprint.post("/login")
def login() -> Response:
    sent = body()
    outcome = log_in(
        stores(),
        str(sent.get("username") or ""),
        str(sent.get("password") or ""),
        address=request.remote_addr or "",
        from_here=session.came_from_here(request),
        now=time.monotonic(),
    )
    if isinstance(outcome, LoginRefused):
        return refused(outcome)
    return logged_in(outcome)


def refused(outcome: LoginRefused) -> Response:
    response = failed(outcome.message, 429 if outcome.wait else 200)
    if outcome.wait:
        response.headers["Retry-After"] = str(outcome.wait)
    return response


def logged_in(outcome: LoggedIn) -> Response:
    session.begin(outcome.user, restricted=outcome.restricted)
    user = outcome.user
    message = _("The default password opens nothing else: choose a new password first") if outcome.restricted else ""
    facts = {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "status": user.status,
    }
    return ok(facts, message)


@blueprint.get("/logout")
def logout() -> Response:
    session.end()
    return ok()


@blueprint.get("/self")
@users_only
def get_self() -> Response:
    return ok(shown(me()))


@blueprint.put("/self")
def update_self() -> Any:
    """A new password needs the old one (`original_password`) and begins a new session; every other one ends.

    A restricted session may choose a new password here, and nothing else.
    """
    found = session.identify()
    if not isinstance(found, Account) or not found.restricted:
        return _update_self()
    sent = body()
    if not sent.get("password"):
        return failed(_("The default password opens nothing else: choose a new password first"))
    session.begin(stores().users.update(found.user.id, {"password": sent["password"]}))
    return ok()


@users_only
def _update_self() -> Any:
    sent = body()
    changes = {name: value for name, value in picked(sent, OWN_FIELDS).items() if value != ""}
    old = str(sent.get("original_password") or "")
    if "password" in changes and not stores().users.has_password(me().id, old):
        return failed(_("The present password is wrong"))
    by_cookie = isinstance(found := session.identify(), Account) and found.by_cookie
    user = stores().users.update(me().id, changes)
    if by_cookie and "password" in changes:
        session.begin(user)
    return ok()


@blueprint.get("/token")
@users_only
def new_access_token() -> Response:
    """A new access token, shown this once."""
    return ok(stores().users.new_access_token(me().id))
