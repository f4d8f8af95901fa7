"""Log-in and log-out."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin import session
from admin.forms import Form, typed
from admin.login import LoginRefused
from admin.login import log_in as decide
from admin.pages.preferences import own_path
from admin.stores import stores
from rules.first_start import ROOT

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def show() -> Any:
    found = session.account()
    if found and found.by_cookie and not found.restricted:
        return redirect(own_path(request.args.get("next", "")))
    return page(Form(), request.args.get("next", ""))


@blueprint.post("/login")
def log_in() -> Any:
    form, back = typed(request.form, "username", "password"), request.form.get("next", "")
    outcome = decide(
        stores(),
        form.text("username"),
        str(form.values["password"]),
        address=request.remote_addr or "",
        from_here=session.came_from_here(request),
        now=time.monotonic(),
    )
    if isinstance(outcome, LoginRefused):
        form.problems[""] = outcome.message
        form.values["password"] = ""
        return page(form, back), 429 if outcome.wait else 200
    session.begin(outcome.user, restricted=outcome.restricted)
    return redirect(url_for("setup.password") if outcome.restricted else own_path(back), 303)


@blueprint.post("/logout")
def log_out() -> Response:
    session.end()
    return redirect(url_for("login.show"), 303)


def page(form: Form, back: str) -> str:
    return render_template(
        "login.html",
        form=form,
        next=own_path(back),
        default_password_waits=default_password_waits(),
        from_here=session.came_from_here(request),
    )


def default_password_waits() -> bool:
    """True until somebody has chosen root's password."""
    root = stores().users.find(ROOT)
    return root is not None and root.must_change_password
