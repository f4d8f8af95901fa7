"""The certificate of our authority, and the few files that a browser or an app fetches before anybody logs in.

Must not know how certificates are made.
"""

from __future__ import annotations

from pathlib import Path

import certifi
from flask import Blueprint, Response, current_app, send_file

from admin.i18n import gettext as _
from admin.stores import stores

blueprint = Blueprint("certificates", __name__)

PEM = "application/x-pem-file"


@blueprint.get("/ca.pem")
def ca() -> Response:
    """Our authority's certificate alone, for a system's trust store."""
    found = stores().config.ca_cert()
    return _pem(found.read_bytes(), "oneapi-ca.pem") if found else _not_there()


@blueprint.get("/ca-bundle.pem")
def bundle() -> Response:
    """The public roots and ours in one file, for SSL_CERT_FILE: an app reaches other hosts as well."""
    found = stores().config.ca_cert()
    if found is None:
        return _not_there()
    public = Path(certifi.where()).read_bytes().rstrip()
    return _pem(public + b"\n\n# One API for mitmproxy\n" + found.read_bytes(), "oneapi-ca-bundle.pem")


@blueprint.get("/robots.txt")
def robots() -> Response:
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    folder = current_app.static_folder
    assert folder is not None
    return send_file(Path(folder) / "icon.svg", mimetype="image/svg+xml", max_age=604800)


def _pem(content: bytes, name: str) -> Response:
    return Response(content, mimetype=PEM, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _not_there() -> Response:
    return Response(
        _("The certificate authority is not made yet: start the relay once.") + "\n", 404, mimetype="text/plain"
    )
