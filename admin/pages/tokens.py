"""Tokens as pages: one's own list with copy and switch, the form, deletion."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for

from admin.forms import Form, comma_text, dollars, moment, moment_text, one_per_line, typed
from admin.i18n import gettext as _
from admin.refusals import words
from admin.session import me, page_for
from admin.stores import options, stores
from rules.errors import Invalid
from rules.tokens import NEVER
from rules.values import Role, TokenRecord, TokenStatus

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

PAGE_SIZE = 50
FIELDS = ("name", "remain", "expires", "models", "subnet")
SHOWN_AT = {"remain_quota": "remain", "expired_time": "expires"}
FRESH = "fresh_token"


@blueprint.get("")
@page_for(Role.COMMON)
def show() -> str:
    keyword, p = request.args.get("keyword", "").strip(), max(0, request.args.get("p", 0, int))
    page = stores().tokens.page(me().id, p, size=PAGE_SIZE, keyword=keyword)
    fresh = session.pop(FRESH, None)
    return render_template(
        "tokens/list.html",
        page=page,
        keyword=keyword,
        number_of_page=p,
        more=(p + 1) * PAGE_SIZE < page.total,
        fresh=stores().tokens.get(me().id, fresh) if fresh else None,
        now=time.time(),
    )


@blueprint.get("/new")
@page_for(Role.COMMON)
def new() -> str:
    return form_page(Form({"unlimited_quota": False}))


@blueprint.post("/new")
@page_for(Role.COMMON)
def create() -> Any:
    form = typed(request.form, *FIELDS, flags=("unlimited_quota",))
    changes = changes_of(form)
    try:
        if not form.problems:
            token = stores().tokens.create(me().id, changes)
            session[FRESH] = token.id
            return redirect(url_for("tokens.show"), 303)
    except Invalid as refusal:
        form.refuse(refusal, SHOWN_AT)
    return form_page(form), 422


@blueprint.get("/<int:token_id>")
@page_for(Role.COMMON)
def edit(token_id: int) -> str:
    token = sure(token_id)
    return form_page(stored(token), token)


@blueprint.post("/<int:token_id>")
@page_for(Role.COMMON)
def save(token_id: int) -> Any:
    token = sure(token_id)
    form = typed(request.form, *FIELDS, flags=("unlimited_quota",))
    changes = changes_of(form, token)
    try:
        if not form.problems:
            stores().tokens.update(me().id, token_id, changes)
            flash(_("Saved."))
            return redirect(url_for("tokens.show"), 303)
    except Invalid as refusal:
        form.refuse(refusal, SHOWN_AT)
    return form_page(form, token), 422


@blueprint.post("/<int:token_id>/delete")
@page_for(Role.COMMON)
def delete(token_id: int) -> Any:
    token = sure(token_id)
    stores().tokens.delete(me().id, token_id)
    flash(_("The token %(name)s is deleted.", name=token.name))
    return redirect(url_for("tokens.show"), 303)


@blueprint.post("/<int:token_id>/switch")
@page_for(Role.COMMON)
def switch(token_id: int) -> Any:
    token, problem = sure(token_id), ""
    on = request.form.get("status") == str(int(TokenStatus.ENABLED))
    status = TokenStatus.ENABLED if on else TokenStatus.DISABLED
    try:
        token = stores().tokens.update(me().id, token_id, {"status": int(status)})
    except Invalid as refusal:
        problem = words(refusal)
    if "HX-Request" in request.headers:
        return render_template("tokens/row_alone.html", token=token, problem=problem, now=time.time())
    if problem:
        flash(f"{token.name}: {problem}", "error")
    return redirect(url_for("tokens.show"), 303)


def sure(token_id: int) -> TokenRecord:
    return stores().tokens.get(me().id, token_id) or abort(404)


def changes_of(form: Form, before: TokenRecord | None = None) -> dict[str, object]:
    """What the store is told. The amount counts only where there is a limit."""
    changes: dict[str, object] = {
        "name": form.text("name"),
        "unlimited_quota": bool(form.values["unlimited_quota"]),
        "expired_time": moment(form, "expires", NEVER),
        "models": one_per_line(form.text("models")),
        "subnet": one_per_line(form.text("subnet")),
    }
    if not form.text("name"):
        form.problems["name"] = _("A name is needed")
    if not form.values["unlimited_quota"]:
        changes["remain_quota"] = dollars(form, "remain", options().quota_per_unit)
        if before and not before.unlimited_quota and form.text("remain") == amount(before.remain_quota):
            del changes["remain_quota"]  # not touched: what was used meanwhile stays used
    return changes


def amount(quota: int) -> str:
    """A quota as the form shows it, in dollars."""
    return f"{max(quota, 0) / options().quota_per_unit:.6f}".rstrip("0").rstrip(".")


def stored(token: TokenRecord) -> Form:
    return Form(
        {
            "name": token.name,
            "unlimited_quota": token.unlimited_quota,
            "remain": "" if token.unlimited_quota else amount(token.remain_quota),
            "expires": moment_text(token.expired_time),
            "models": comma_text(token.models),
            "subnet": comma_text(token.subnet),
        }
    )


def form_page(form: Form, token: TokenRecord | None = None) -> str:
    return render_template("tokens/form.html", form=form, token=token, now=time.time())
