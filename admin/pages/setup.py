"""The first run: choose a password, add a channel, test it, connect an app. One can come back to each step."""

from __future__ import annotations

import socket
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for

from admin import providers, relay
from admin import session as sessions
from admin.forms import Form, typed
from admin.i18n import gettext as _
from admin.pages import channel_form, channels, connect
from admin.session import me, page_for
from admin.stores import stores
from rules.errors import Invalid
from rules.tokens import NEVER
from rules.values import ChannelRecord, Role, TokenRecord, TokenStatus

blueprint = Blueprint("setup", __name__, url_prefix="/setup")

OUTCOME = "test_outcome"
DEMO_NAME = "Demo"
DEMO_MODELS = "gpt-4o-mini"
DEMO_KEY = "demo"
LOOK_SECONDS = 0.3


@blueprint.get("/password")
def password() -> Any:
    found = sessions.account()
    if found is None or not found.restricted:
        return redirect(url_for("dashboard.show"))
    return render_template("setup/password.html", form=Form())


@blueprint.post("/password")
def choose_password() -> Any:
    """With the default password, this is the only thing that can be done."""
    found = sessions.account()
    if found is None or not found.restricted:
        return redirect(url_for("dashboard.show"), 303)
    form = typed(request.form, "password", "repeated")
    chosen = str(form.values["password"])
    try:
        if chosen != form.values["repeated"]:
            form.problems["repeated"] = _("This is not the same")
            return render_template("setup/password.html", form=form), 422
        user = stores().users.update(found.user.id, {"password": chosen})
    except Invalid as refusal:
        form.refuse(refusal)
        return render_template("setup/password.html", form=form), 422
    sessions.begin(user)
    return redirect(url_for("setup.channel" if user.role >= Role.ADMIN else "dashboard.show"), 303)


@blueprint.get("/channel")
@page_for(Role.ADMIN)
def channel() -> str:
    provider = providers.find(request.args.get("type", ""))
    return channel_page(channel_form.blank(provider) if provider else Form(), provider)


@blueprint.post("/channel")
@page_for(Role.ADMIN)
def add_channel() -> Any:
    provider = providers.find(request.args.get("type", "")) or abort(404)
    form = typed(request.form, *channel_form.SIMPLE, *channel_form.config_names(provider))
    ids = channel_form.add(form, provider)
    if not ids:
        return channel_page(form, provider), 422
    channel_form.warn(provider.id, list(ids))
    return redirect(url_for("setup.test", channel_id=ids[0]), 303)


@blueprint.post("/demo")
@page_for(Role.ADMIN)
def use_demo() -> Any:
    """A channel to the provider that scripts/fake-provider plays on this machine; the same one again if it is there."""
    there = next((one for one in stores().channels.search(DEMO_NAME) if is_demo(one)), None)
    if there is None:
        address = f"http://127.0.0.1:{stores().config.demo_port}/v1"
        made = {
            "type": providers.DEMO_TYPE,
            "name": DEMO_NAME,
            "key": DEMO_KEY,
            "base_url": address,
            "models": DEMO_MODELS,
        }
        demo_id = stores().channels.create(made)[0]
    else:
        demo_id = there.id
    return redirect(url_for("setup.test", channel_id=demo_id), 303)


@blueprint.get("/test/<int:channel_id>")
@page_for(Role.ADMIN)
def test(channel_id: int) -> str:
    found = channels.sure(channel_id)
    said = session.pop(OUTCOME, None)
    outcome = relay.Outcome(*said) if isinstance(said, list) and len(said) == 4 else None
    down = is_demo(found) and not demo_runs()
    return render_template("setup/test.html", channel=found, outcome=outcome, demo_is_down=down)


@blueprint.post("/test/<int:channel_id>")
@page_for(Role.ADMIN)
def run_test(channel_id: int) -> Any:
    outcome = relay.test_channel(stores(), channels.sure(channel_id))
    session[OUTCOME] = [outcome.success, outcome.message[:800], outcome.seconds, outcome.model]
    return redirect(url_for("setup.test", channel_id=channel_id), 303)


@blueprint.post("/token")
@page_for(Role.ADMIN)
def make_token() -> Any:
    """The first token: one that is there and works, or a new one without a limit of its own."""
    usable = (one for one in stores().tokens.page(me().id, size=20).items if one.status == TokenStatus.ENABLED)
    token = next(usable, None) or stores().tokens.create(
        me().id, {"name": _("my first app"), "unlimited_quota": True, "expired_time": NEVER}
    )
    return redirect(url_for("setup.connect_app", token=token.id), 303)


@blueprint.get("/connect")
@page_for(Role.ADMIN)
def connect_app() -> Any:
    token: TokenRecord | None = stores().tokens.get(me().id, request.args.get("token", 0, int))
    if token is None:
        flash(_("This token is not there any more."), "error")
        return redirect(url_for("tokens.show"))
    return render_template("setup/connect.html", **connect.cards(token))


def channel_page(form: Form, provider: Any) -> str:
    return render_template(
        "setup/channel.html",
        form=form,
        provider=provider,
        popular=providers.popular(),
        everyone=providers.everyone(),
    )


def is_demo(found: ChannelRecord) -> bool:
    return found.base_url.startswith(f"http://127.0.0.1:{stores().config.demo_port}")


def demo_runs() -> bool:
    """Does somebody listen where the demo provider would?"""
    try:
        socket.create_connection(("127.0.0.1", stores().config.demo_port), LOOK_SECONDS).close()
    except OSError:
        return False
    return True
