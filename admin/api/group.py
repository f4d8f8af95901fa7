"""/api/group: the names of the user groups, which are the keys of the group ratios."""

from __future__ import annotations

from flask import Blueprint, Response

from admin.envelope import ok
from admin.session import admin_only
from admin.stores import options

blueprint = Blueprint("api_group", __name__, url_prefix="/api/group")


@blueprint.get("/")
@admin_only
def get_groups() -> Response:
    return ok(list(options().group_ratio))
