"""/api/log: the log rows, all of them for admins, one's own for everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from admin.envelope import failed, listed, ok, page_number, whole
from admin.i18n import gettext as _
from admin.session import admin_only, me, users_only
from admin.stores import stores
from rules.logs import LogFilter
from rules.values import LogRecord

blueprint = Blueprint("api_log", __name__, url_prefix="/api/log")


def shown(row: LogRecord, with_id: bool = True) -> dict[str, Any]:
    """A row as One API has it. One's own rows come without their id, as there."""
    return {
        "id": row.id if with_id else 0,
        "user_id": row.user_id,
        "created_at": row.created_at,
        "type": row.type,
        "content": row.content,
        "username": row.username,
        "token_name": row.token_name,
        "model_name": row.model_name,
        "quota": row.quota,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "channel": row.channel,
        "request_id": row.request_id,
        "elapsed_time": row.elapsed_ms,
        "is_stream": row.is_stream,
        "system_prompt_reset": row.system_prompt_reset,
    }


def asked(user_id: int | None = None) -> LogFilter:
    """The filter in the query; of one's own rows (`user_id`) user and channel are no question (A13.4)."""
    given = request.args
    return LogFilter(
        user_id=user_id,
        type=whole(given, "type"),
        start_timestamp=whole(given, "start_timestamp"),
        end_timestamp=whole(given, "end_timestamp"),
        username=given.get("username", "") if user_id is None else "",
        token_name=given.get("token_name", ""),
        model_name=given.get("model_name", ""),
        channel=whole(given, "channel") if user_id is None else 0,
    )


@blueprint.get("/")
@admin_only
def get_logs() -> Response:
    page = stores().logs.page(asked(), page_number())
    return listed([shown(row) for row in page.items], page.total)


@blueprint.get("/self")
@users_only
def get_own_logs() -> Response:
    page = stores().logs.page(asked(me().id), page_number())
    return listed([shown(row, with_id=False) for row in page.items], page.total)


@blueprint.get("/search")
@admin_only
def search_logs() -> Response:
    found = stores().logs.search(request.args.get("keyword", ""))
    return listed([shown(row) for row in found], len(found))


@blueprint.get("/self/search")
@users_only
def search_own_logs() -> Response:
    found = stores().logs.search(request.args.get("keyword", ""), me().id)
    return listed([shown(row, with_id=False) for row in found], len(found))


@blueprint.get("/stat")
@admin_only
def stat() -> Response:
    return ok({"quota": stores().logs.stat(asked())})


@blueprint.get("/self/stat")
@users_only
def own_stat() -> Response:
    return ok({"quota": stores().logs.stat(asked(me().id))})


@blueprint.delete("/")
@admin_only
def delete_logs() -> Response:
    target = whole(request.args, "target_timestamp")
    if not target:
        return failed(_("target timestamp is required"))
    deleted = stores().logs.delete_before(target)
    stores().tally.forget()
    return ok(deleted)
