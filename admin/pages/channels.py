"""Channels as pages: the list with test and switch, the form, deletion."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from admin import providers, relay
from admin.forms import Form, comma_text, one_per_line, typed, whole
from admin.i18n import gettext as _
from admin.session import page_for
from admin.stores import stores
from rules.errors import Invalid
from rules.providers import Provider
from rules.values import ChannelRecord, ChannelStatus, Role

blueprint = Blueprint("channels", __name__, url_prefix="/channels")

PAGE_SIZE = 50
SIMPLE = ("name", "key", "base_url", "models")
ADVANCED = ("group", "priority", "weight", "model_mapping", "system_prompt")
CONFIG = "config."


@blueprint.get("")
@page_for(Role.ADMIN)
def show() -> str:
    keyword, p = request.args.get("keyword", "").strip(), max(0, request.args.get("p", 0, int))
    page = stores().channels.page(p, PAGE_SIZE, keyword)
    more = (p + 1) * PAGE_SIZE < page.total
    return render_template("channels/list.html", page=page, keyword=keyword, number_of_page=p, more=more)


@blueprint.get("/new")
@page_for(Role.ADMIN)
def new() -> str:
    provider = providers.find(request.args.get("type", ""))
    return form_page(blank(provider) if provider else Form(), provider)


@blueprint.post("/new")
@page_for(Role.ADMIN)
def create() -> Any:
    provider = providers.find(request.args.get("type", "")) or abort(404)
    form = typed(request.form, *SIMPLE, *ADVANCED, *config_names(provider))
    ids = add(form, provider)
    if not ids:
        return form_page(form, provider), 422
    flash(_("The channel is saved. Test it, to see whether it answers."))
    warn_if_missing(provider.id)
    return redirect(url_for("channels.show"), 303)


@blueprint.get("/<int:channel_id>")
@page_for(Role.ADMIN)
def edit(channel_id: int) -> str:
    channel = sure(channel_id)
    return form_page(stored(channel), providers.find(channel.type) or unknown_provider(channel), channel)


@blueprint.post("/<int:channel_id>")
@page_for(Role.ADMIN)
def save(channel_id: int) -> Any:
    channel = sure(channel_id)
    provider = providers.find(request.form.get("type", "")) or unknown_provider(channel)
    form = typed(request.form, "type", *SIMPLE, *ADVANCED, *config_names(provider))
    form.values["secret_config"] = channel.secret_config
    changes = changes_of(form, provider) | {"type": provider.id}
    try:
        if not form.problems:
            providers.check_base_url(changes)
            stores().channels.update(channel_id, changes)
    except Invalid as refusal:
        form.refuse(refusal)
    if form.problems:
        return form_page(form, provider, channel), 422
    flash(_("Saved. It is in force within a second; running requests go on undisturbed."))
    warn_if_missing(provider.id)
    return redirect(url_for("channels.show"), 303)


@blueprint.post("/<int:channel_id>/delete")
@page_for(Role.ADMIN)
def delete(channel_id: int) -> Any:
    channel = sure(channel_id)
    stores().channels.delete(channel_id)
    flash(_("The channel %(name)s is deleted.", name=channel.name))
    return redirect(url_for("channels.show"), 303)


@blueprint.post("/<int:channel_id>/test")
@page_for(Role.ADMIN)
def test(channel_id: int) -> Any:
    outcome = relay.test_channel(stores(), sure(channel_id))
    return row_or_list(sure(channel_id), outcome)


@blueprint.post("/<int:channel_id>/switch")
@page_for(Role.ADMIN)
def switch(channel_id: int) -> Any:
    on = request.form.get("status") == str(int(ChannelStatus.ENABLED))
    status = ChannelStatus.ENABLED if on else ChannelStatus.DISABLED
    return row_or_list(stores().channels.update(sure(channel_id).id, {"status": int(status)}))


def row_or_list(channel: ChannelRecord, outcome: relay.Outcome | None = None) -> Any:
    """htmx swaps the row; without it, the list is shown again, and says what came out."""
    if "HX-Request" in request.headers:
        return render_template("channels/row_alone.html", channel=channel, outcome=outcome)
    if outcome:
        words = _("It answered:") if outcome.success else _("The test failed:")
        flash(f"{channel.name}: {words} {outcome.message[:600]}", "message" if outcome.success else "error")
    return redirect(url_for("channels.show"), 303)


def sure(channel_id: int) -> ChannelRecord:
    return stores().channels.get(channel_id) or abort(404)


# Forms


def blank(provider: Provider) -> Form:
    """A new channel's form, filled with what is known of the provider."""
    values: dict[str, object] = {
        "base_url": provider.base_url,
        "models": ", ".join(provider.models if not provider.base_url_required or provider.id == 3 else ()),
        "group": "default",
        "priority": 0,
        "weight": 1,
    }
    return Form(values)


def stored(channel: ChannelRecord) -> Form:
    mapping = (
        json.dumps(json.loads(channel.model_mapping), ensure_ascii=False, indent=2) if channel.model_mapping else ""
    )
    config = {f"{CONFIG}{name}": value for name, value in channel.config.items()}
    values: dict[str, object] = {
        "type": channel.type,
        "name": channel.name,
        "base_url": channel.base_url,
        "models": comma_text(channel.models),
        "group": comma_text(channel.group),
        "priority": channel.priority,
        "weight": channel.weight,
        "model_mapping": mapping,
        "system_prompt": channel.system_prompt,
        "secret_config": channel.secret_config,
    }
    return Form(values | config)


def add(form: Form, provider: Provider) -> tuple[int, ...]:
    """Create the channels of a form (one per key); () and problems in the form if that cannot be."""
    form.values["type"] = provider.id
    changes = changes_of(form, provider) | {"type": provider.id}
    if not form.text("key") and provider.name != "ollama":
        form.problems["key"] = _("The provider's key is needed")
    if not form.text("models"):
        form.problems["models"] = _("Name at least one model")
    try:
        if not form.problems:
            providers.check_base_url(changes)
            return stores().channels.create(changes)
    except Invalid as refusal:
        form.refuse(refusal)
    return ()


def changes_of(form: Form, provider: Provider) -> dict[str, object]:
    """What the stores are told. The provider's own address is stored as "", so that it may change with the provider."""
    base_url = form.text("base_url").rstrip("/")
    changes: dict[str, object] = {
        "name": form.text("name") or providers.title_of(provider),
        "key": form.text("key").replace("\r", ""),
        "base_url": "" if base_url == provider.base_url else base_url,
        "models": one_per_line(form.text("models")),
    }
    if provider.config_fields:
        changes["config"] = {
            name.removeprefix(CONFIG): form.text(name) for name in config_names(provider) if form.text(name)
        }
    if "group" not in form.values:
        return changes
    return changes | {
        "group": one_per_line(form.text("group")),
        "priority": whole(form, "priority"),
        "weight": whole(form, "weight"),
        "model_mapping": form.text("model_mapping"),
        "system_prompt": form.text("system_prompt").replace("\r", ""),
    }


def config_names(provider: Provider) -> tuple[str, ...]:
    return tuple(CONFIG + name for name, _label, _hint in provider.config_fields)


def unknown_provider(channel: ChannelRecord) -> Provider:
    """A channel of a type that this version does not know can still be looked at, switched off and deleted."""
    title = providers.title_of_type(channel.type)
    return Provider(channel.type, f"type-{channel.type}", title, title, "")


def warn_if_missing(number: int) -> None:
    warning = providers.not_yet(number, stores().config.dialects)
    if warning:
        flash(warning, "warning")


def form_page(form: Form, provider: Provider | None, channel: ChannelRecord | None = None) -> str:
    changed = channel and (
        channel.model_mapping or channel.system_prompt or channel.priority or channel.group != "default"
    )
    return render_template(
        "channels/form.html",
        form=form,
        provider=provider,
        channel=channel,
        popular=providers.popular(),
        everyone=providers.everyone(),
        provider_choices=providers.choices(),
        open_advanced=bool(changed) or bool(form.problems.keys() & set(ADVANCED)),
    )
