"""The one place where the relay meets the admin app."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from mitmproxy import ctx

from addon.dialects import DIALECTS
from addon.hooks import OneAPI
from addon.pages import Pages
from addon.services import Services, open_services
from addon.settings import read_settings
from admin import create_app
from admin.config import AdminConfig

CA_FILE = "mitmproxy-ca-cert.pem"


def make_addon(services: Services | None = None) -> OneAPI:
    """`services`: what has been opened already; else it is opened when mitmproxy runs."""
    settings = read_settings(os.environ)
    return OneAPI(lambda: services or open_services(settings), make_pages)


def ca_path() -> Path | None:
    """The certificate of mitmproxy's authority, once it is there."""
    path = Path(ctx.options.confdir).expanduser() / CA_FILE
    return path if path.exists() else None


def make_pages(services: Services, relay_url: Callable[[], str]) -> Pages:
    app = create_app(
        AdminConfig(
            database=services.database,
            vault=services.vault,
            relay_url=relay_url,
            version=version("oneapi-mitmproxy"),
            start_time=int(time.time()),
            data_dir=services.settings.data_dir,
            ca_cert=ca_path,
            allowed_hosts=services.settings.hosts,
            dialects=frozenset(DIALECTS),
        )
    )
    return Pages(app)
