"""/api/channel: One API's channels for admins. Keys go in and never come out."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from flask import Blueprint, Response, jsonify, request

from admin import balances, keys, providers, relay, sweep
from admin.envelope import body, failed, listed, nothing_there, ok, page_number, picked, whole
from admin.i18n import gettext as _
from admin.session import admin_only
from admin.stores import stores
from rules.providers import PROVIDERS
from rules.values import ChannelRecord

blueprint = Blueprint("api_channel", __name__, url_prefix="/api/channel")

FIELDS = ("type", "key", "status", "name", "weight", "base_url", "other", "models", "group", "model_mapping",
          "priority", "config", "system_prompt")  # fmt: skip


def shown(channel: ChannelRecord) -> dict[str, Any]:
    """A channel as One API's lists have it; `key` is there and always empty. `balance_currency` is ours: One API stores
    yuan as if they were dollars (A12.7)."""
    return {
        "id": channel.id,
        "type": channel.type,
        "key": "",
        "status": channel.status,
        "name": channel.name,
        "weight": channel.weight,
        "created_time": channel.created_time,
        "test_time": channel.test_time,
        "response_time": channel.response_time,
        "base_url": channel.base_url,
        "other": channel.other,
        "balance": channel.balance,
        "balance_updated_time": channel.balance_updated_time,
        "balance_currency": channel.balance_currency,
        "models": channel.models,
        "group": channel.group,
        "used_quota": channel.used_quota,
        "model_mapping": channel.model_mapping,
        "priority": channel.priority,
        "config": json.dumps(dict(channel.config), ensure_ascii=False) if channel.config else "",
        "system_prompt": channel.system_prompt,
    }


@blueprint.get("/")
@admin_only
def get_channels() -> Response:
    page = stores().channels.page(page_number())
    return listed([shown(channel) for channel in page.items], page.total)


@blueprint.get("/search")
@admin_only
def search_channels() -> Response:
    found = stores().channels.search(request.args.get("keyword", ""))
    return listed([shown(channel) for channel in found], len(found))


@blueprint.get("/<int:channel_id>")
@admin_only
def get_channel(channel_id: int) -> Response:
    channel = stores().channels.get(channel_id)
    return ok(shown(channel)) if channel else nothing_there()


@blueprint.post("/")
@admin_only
def create_channels() -> Response:
    given = written(body())
    providers.check_base_url(given)
    made = stores().channels.create(given)
    return ok(message=remarks(whole(given, "type"), made))


@blueprint.put("/")
@admin_only
def update_channel() -> Response:
    sent = body()
    channel = stores().channels.update(whole(sent, "id"), written(sent))
    return ok(shown(channel), remarks(channel.type, [channel.id] if {"key", "type", "base_url"} & sent.keys() else []))


def remarks(kind: int, channel_ids: Collection[int]) -> str:
    """What the operator should know of channels that are saved all the same; "" as in One API if there is nothing."""
    return " ".join(
        filter(None, [providers.not_yet(kind, stores().config.dialects), *keys.remarks(stores(), channel_ids)])
    )


def written(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields to write. An empty group was not chosen by the client; status 0 is no status (zero values)."""
    given = picked(sent, FIELDS)
    if not given.get("group", "?"):
        del given["group"]
    if not given.get("status", 1):
        del given["status"]
    return {name: value for name, value in given.items() if value is not None}


@blueprint.delete("/disabled")
@admin_only
def delete_disabled_channels() -> Response:
    return ok(stores().channels.delete_disabled())


@blueprint.delete("/<int:channel_id>")
@admin_only
def delete_channel(channel_id: int) -> Response:
    return ok() if stores().channels.delete(channel_id) else nothing_there()


@blueprint.get("/test/<int:channel_id>")
@admin_only
def test_channel(channel_id: int) -> Response:
    channel = stores().channels.get(channel_id)
    if channel is None:
        return nothing_there()
    outcome = relay.test_channel(stores(), channel, request.args.get("model", ""))
    answer = ok if outcome.success else failed
    return answer(message=outcome.message, time=round(outcome.seconds, 3), modelName=outcome.model)


@blueprint.get("/test")
@admin_only
def test_channels() -> Response:
    return ok() if sweep.start(stores(), request.args.get("scope", "all")) else failed(_("A test is already running"))


@blueprint.get("/update_balance/<int:channel_id>")
@admin_only
def update_balance(channel_id: int) -> Response:
    channel = stores().channels.get(channel_id)
    if channel is None:
        return nothing_there()
    outcome = balances.read(stores(), channel)
    if not outcome.success:
        return failed(outcome.message)
    return ok(balance=float(outcome.amount), balance_currency=outcome.currency)


@blueprint.get("/update_balance")
@admin_only
def update_balances() -> Response:
    """All enabled channels, in the background. One API answers the same and does nothing (A12.8)."""
    balances.start(stores())
    return ok()


@blueprint.get("/models")
@admin_only
def list_models() -> Response:
    """OpenAI's list shape: every model that some provider is known for, and those that channels offer."""
    owners = {model: row.name for row in reversed(list(PROVIDERS.values())) for model in row.models}
    names = sorted({*owners, *stores().channels.models()})
    data = [openai_model(name, owners.get(name, "custom")) for name in names]
    return jsonify({"object": "list", "data": data})


def openai_model(name: str, owner: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1626777600, "owned_by": owner, "root": name, "parent": None}
