"""/api: One API's management API, a module per noun, in its exact shapes and messages. Must not know the pages."""

from __future__ import annotations

from flask import Flask

from admin.api import channel, group, log, option, status, token, user


def register(app: Flask) -> None:
    for noun in (status, user, channel, token, log, option, group):
        app.register_blueprint(noun.blueprint)
