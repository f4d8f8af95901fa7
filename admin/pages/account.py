"""One's own account: name, password, access token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from admin import session
from admin.forms import Form, typed
from admin.i18n import N_
from admin.i18n import gettext as _
from admin.pages.address import own_address
from admin.session import me, page_for
from admin.stores import stores
from rules.errors import Invalid
from rules.values import Role

blueprint = Blueprint("account", __name__, url_prefix="/account")

ROLE_NAMES = {Role.COMMON: N_("user"), Role.ADMIN: N_("administrator"), Role.ROOT: N_("root")}


@blueprint.get("")
@page_for(Role.COMMON)
def show() -> str:
    return page()


@blueprint.post("/name")
@page_for(Role.COMMON)
def rename() -> Any:
    form = typed(request.form, "username", "display_name")
    try:
        stores().users.update(me().id, {name: form.text(name) for name in form.values})
    except Invalid as refusal:
        form.refuse(refusal)
        return page(names=form), 422
    flash(_("Saved."))
    return redirect(url_for("account.show"), 303)


@blueprint.post("/password")
@page_for(Role.COMMON)
def change_password() -> Any:
    form = typed(request.form, "original_password", "password")
    try:
        if not stores().users.has_password(me().id, str(form.values["original_password"])):
            form.problems["original_password"] = _("The present password is wrong")
            return page(passwords=form), 422
        user = stores().users.update(me().id, {"password": form.values["password"]})
    except Invalid as refusal:
        form.refuse(refusal)
        return page(passwords=form), 422
    session.begin(user)
    flash(_("The new password holds from now on. Every other log-in of yours has ended."))
    return redirect(url_for("account.show"), 303)


@blueprint.post("/access-token")
@page_for(Role.COMMON)
def make_access_token() -> str:
    """The answer itself shows it, this once: no address leads to it again."""
    return page(access_token=stores().users.new_access_token(me().id))


def page(names: Form | None = None, passwords: Form | None = None, access_token: str = "") -> str:
    user = me()
    return render_template(
        "account.html",
        names=names or Form({"username": user.username, "display_name": user.display_name}),
        passwords=passwords or Form(),
        access_token=access_token,
        role_name=_(ROLE_NAMES.get(Role(user.role), ROLE_NAMES[Role.COMMON])),
        address=own_address(),
    )
