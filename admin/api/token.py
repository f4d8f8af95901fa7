"""/api/token: a user's own relay tokens. Keys are shown to their owner, as One API's pages and scripts need it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from admin.envelope import body, listed, nothing_there, ok, page_number, picked, whole
from admin.session import me, users_only
from admin.stores import stores
from rules.values import TokenRecord

blueprint = Blueprint("api_token", __name__, url_prefix="/api/token")

FIELDS = ("name", "expired_time", "remain_quota", "unlimited_quota", "models", "subnet")


def shown(token: TokenRecord) -> dict[str, Any]:
    """A token as One API has it: its columns, key included, and `models` null where it may use all."""
    return asdict(token) | {"models": token.models or None, "subnet": token.subnet or None}


@blueprint.get("/")
@users_only
def get_tokens() -> Response:
    page = stores().tokens.page(me().id, page_number(), request.args.get("order", ""))
    return listed([shown(token) for token in page.items], page.total)


@blueprint.get("/search")
@users_only
def search_tokens() -> Response:
    found = stores().tokens.search(me().id, request.args.get("keyword", ""))
    return listed([shown(token) for token in found], len(found))


@blueprint.get("/<int:token_id>")
@users_only
def get_token(token_id: int) -> Response:
    token = stores().tokens.get(me().id, token_id)
    return ok(shown(token)) if token else nothing_there()


@blueprint.post("/")
@users_only
def create_token() -> Response:
    return ok(shown(stores().tokens.create(me().id, picked(body(), FIELDS))))


@blueprint.put("/")
@users_only
def update_token() -> Response:
    sent = body()
    fields = ("status",) if request.args.get("status_only") else FIELDS
    return ok(shown(stores().tokens.update(me().id, whole(sent, "id"), picked(sent, fields))))


@blueprint.delete("/<int:token_id>")
@users_only
def delete_token(token_id: int) -> Response:
    return ok() if stores().tokens.delete(me().id, token_id) else nothing_there()
