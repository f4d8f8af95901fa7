"""Channels as pages: the list with test, balance and switch, the form, deletion."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from admin import balances, providers, relay
from admin.forms import Form, comma_text
from admin.i18n import gettext as _
from admin.pages import channel_form
from admin.pages.channel_form import ADVANCED, FOUND, Offer, unknown_provider
from admin.session import page_for
from admin.stores import stores
from rules.errors import Invalid
from rules.providers import Provider
from rules.values import ChannelRecord, ChannelStatus, Role

blueprint = Blueprint("channels", __name__, url_prefix="/channels")

PAGE_SIZE = 50


@blueprint.get("")
@page_for(Role.ADMIN)
def show() -> str:
    keyword, p = request.args.get("keyword", "").strip(), max(0, request.args.get("p", 0, int))
    page = stores().channels.page(p, PAGE_SIZE, keyword)
    more = (p + 1) * PAGE_SIZE < page.total
    telling = bool(balances.asked(page.items))
    return render_template(
        "channels/list.html", page=page, keyword=keyword, number_of_page=p, more=more, telling=telling
    )


@blueprint.get("/new")
@page_for(Role.ADMIN)
def new() -> str:
    provider = providers.find(request.args.get("type", ""))
    return form_page(channel_form.blank(provider) if provider else Form(), provider)


@blueprint.post("/new")
@page_for(Role.ADMIN)
def create() -> Any:
    provider = providers.find(request.form.get("type") or request.args.get("type", "")) or abort(404)
    form = sent()
    ids = channel_form.add(form, provider)
    if not ids:
        return form_page(form, provider), 422
    flash(_("The channel is saved. Test it, to see whether it answers."))
    channel_form.warn(provider.id, list(ids))
    return redirect(url_for("channels.show"), 303)


@blueprint.get("/<int:channel_id>")
@page_for(Role.ADMIN)
def edit(channel_id: int) -> str:
    channel = sure(channel_id)
    provider = providers.find(channel.type) or unknown_provider(channel)
    return form_page(channel_form.stored(channel), provider, channel)


@blueprint.post("/<int:channel_id>")
@page_for(Role.ADMIN)
def save(channel_id: int) -> Any:
    channel = sure(channel_id)
    provider = providers.find(request.form.get("type", "")) or unknown_provider(channel)
    form = sent(channel)
    changes = channel_form.changes_of(form, provider) | {"type": provider.id}
    try:
        if not form.problems:
            providers.check_base_url(changes)
            stores().channels.update(channel_id, changes)
    except Invalid as refusal:
        form.refuse(refusal)
    if form.problems:
        return form_page(form, provider, channel), 422
    flash(_("Saved. It is in force within a second; running requests go on undisturbed."))
    channel_form.warn(provider.id, [channel_id])
    return redirect(url_for("channels.show"), 303)


@blueprint.post("/form")
@page_for(Role.ADMIN)
def reshape() -> Any:
    """The form again, nothing saved and nothing lost: `do` is type (its fields), fetch (the provider's models), all
    (nothing but these), or ticked."""
    channel = sure(request.args.get("channel", 0, int)) if "channel" in request.args else None
    provider = providers.find(request.form.get("type", "")) or (channel and unknown_provider(channel)) or abort(404)
    form, wanted, offer = sent(channel), request.form.get("do", "type"), None
    channel_form.switch(form, providers.find(request.form.get("was", "")), provider)
    if wanted in ("fetch", "all"):
        offer = channel_form.offer(form, provider, channel)
    if wanted == "all" and offer and offer.kind == "good":
        form.values["models"] = comma_text(",".join(model.id for model in offer.models))
        offer = None
    return form_page(form, provider, channel, offer)


def sent(channel: ChannelRecord | None = None) -> Form:
    form = channel_form.sent(request.form, request.form.getlist(FOUND))
    form.values["secret_config"] = channel.secret_config if channel else ()
    return form


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
    outcome = relay.test_channel(stores(), sure(channel_id), request.form.get("model", ""))
    return row_or_list(sure(channel_id), outcome)


@blueprint.post("/<int:channel_id>/balance")
@page_for(Role.ADMIN)
def balance(channel_id: int) -> Any:
    outcome = balances.read(stores(), sure(channel_id))
    return row_or_list(sure(channel_id), left=outcome)


@blueprint.post("/balances")
@page_for(Role.ADMIN)
def all_balances() -> Any:
    balances.start(stores())
    flash(_("The providers are being asked; what they say appears here as it comes. Open this page again in a moment."))
    return redirect(url_for("channels.show"), 303)


@blueprint.post("/<int:channel_id>/switch")
@page_for(Role.ADMIN)
def switch(channel_id: int) -> Any:
    on = request.form.get("status") == str(int(ChannelStatus.ENABLED))
    status = ChannelStatus.ENABLED if on else ChannelStatus.DISABLED
    return row_or_list(stores().channels.update(sure(channel_id).id, {"status": int(status)}))


def row_or_list(
    channel: ChannelRecord, outcome: relay.Outcome | None = None, left: relay.BalanceOutcome | None = None
) -> Any:
    """htmx swaps the row, or what the form's own test shows; without it, the page is shown again with what came out."""
    from_form = "model" in request.form
    if "HX-Request" in request.headers and from_form:
        return render_template("channels/outcome.html", outcome=outcome)
    if "HX-Request" in request.headers:
        return render_template("channels/row_alone.html", channel=channel, outcome=outcome, left=left)
    if outcome:
        words = _("It answered:") if outcome.success else _("The test failed:")
        flash(f"{channel.name}: {words} {outcome.message[:600]}", "message" if outcome.success else "error")
    if left and not left.success:
        flash(f"{channel.name}: {left.message[:600]}", "error")
    if from_form:
        return redirect(url_for("channels.edit", channel_id=channel.id), 303)
    return redirect(url_for("channels.show"), 303)


def sure(channel_id: int) -> ChannelRecord:
    return stores().channels.get(channel_id) or abort(404)


def form_page(
    form: Form, provider: Provider | None, channel: ChannelRecord | None = None, offer: Offer | None = None
) -> str:
    changed = channel and (
        channel.model_mapping or channel.system_prompt or channel.priority or channel.group != "default"
    )
    return render_template(
        "channels/form_fields.html" if "HX-Request" in request.headers else "channels/form.html",
        form=form,
        provider=provider,
        channel=channel,
        offer=offer,
        popular=providers.popular(),
        everyone=providers.everyone(),
        provider_choices=providers.choices(),
        open_advanced=bool(changed) or bool(form.problems.keys() & set(ADVANCED)),
    )
