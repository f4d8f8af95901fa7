"""Under which address programs reach this server, for what people are told to paste."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from admin.hosts import is_loopback
from admin.session import came_by_https
from admin.stores import options


def own_address() -> str:
    """The option ServerAddress if it was set, else the address that this browser uses; without a slash at its end."""
    chosen = options().server_address.rstrip("/")
    if chosen:
        return chosen
    scheme = "https" if came_by_https(request) else "http"
    return f"{scheme}://{request.host}"


def proxy_address(token_key: str) -> str:
    """The same as a proxy. Beyond this machine the proxy door asks for a token, as the password of the proxy's user."""
    parts = urlsplit(own_address())
    host = parts.hostname or ""
    here = host == "localhost" or is_loopback(host)
    return f"{parts.scheme}://{'' if here else f'oneapi:{token_key}@'}{parts.netloc}"
