"""/api/option: One API's options, for root. Secret ones can be set and are never shown."""

from __future__ import annotations

from flask import Blueprint, Response

from admin.envelope import body, ok
from admin.session import root_only
from admin.stores import stores
from rules.errors import Invalid

blueprint = Blueprint("api_option", __name__, url_prefix="/api/option")


@blueprint.get("/")
@root_only
def get_options() -> Response:
    return ok([{"key": key, "value": value} for key, value in stores().options.listed().items()])


@blueprint.put("/")
@root_only
def update_option() -> Response:
    sent = body()
    key, value = sent.get("key"), sent.get("value")
    if not isinstance(key, str) or value is None:
        raise Invalid("无效的参数")
    stores().options.set(key, value)
    return ok()
