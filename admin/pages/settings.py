"""Settings: One API's options, for what exists here, in its three groups (A16.12). Root only.

An option whose feature is not here yet has no field; /api/option knows it all the same.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from admin.forms import Form, typed
from admin.i18n import gettext as _
from admin.pages.setting_groups import GROUPS, Group, Setting
from admin.session import page_for
from admin.stores import stores
from rules.errors import Invalid
from rules.values import Role

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
@blueprint.get("/<name>")
@page_for(Role.ROOT)
def show(name: str = "operation") -> str:
    group, now = sure(name), stores().options.listed()
    return page(group, Form({option.key: value_of(option, now[option.key]) for option in group.options}))


@blueprint.post("/<name>")
@page_for(Role.ROOT)
def save(name: str) -> Any:
    group = sure(name)
    flags = tuple(option.key for option in group.options if option.kind == "flag")
    form = typed(request.form, *(option.key for option in group.options if option.kind != "flag"), flags=flags)
    now = stores().options.listed()
    wanted = {option.key: text_of(option, form) for option in group.options}
    try:
        stores().options.set_all({key: value for key, value in wanted.items() if value != now[key]})
    except Invalid as refusal:
        form.refuse(refusal)
        return page(group, form), 422
    flash(_("Saved."))
    return redirect(url_for("settings.show", name=name), 303)


def sure(name: str) -> Group:
    return next((group for group in GROUPS if group.name == name), None) or abort(404)


def value_of(option: Setting, text: str) -> object:
    return text == "true" if option.kind == "flag" else text


def text_of(option: Setting, form: Form) -> str:
    if option.kind == "flag":
        return "true" if form.values[option.key] else "false"
    return str(form.values[option.key]).replace("\r\n", "\n").strip()


def page(group: Group, form: Form) -> str:
    return render_template("settings/show.html", groups=GROUPS, current=group, form=form, config=stores().config)
