"""Request ids: One API's form, local time and nanoseconds and eight random digits. Unique enough to name a hold."""

from __future__ import annotations

import base64
import secrets
import time


def new_request_id() -> str:
    now = time.time_ns()
    stamp = time.strftime("%Y%m%d%H%M%S", time.localtime(now // 1_000_000_000))
    return f"{stamp}{now % 1_000_000_000:09d}{secrets.randbelow(10**8):08d}"


def new_mask() -> bytes:
    """Of a WebSocket frame that we send (RFC 6455, 5.3)."""
    return secrets.token_bytes(4)


def new_socket_key() -> str:
    """A Sec-WebSocket-Key: 16 random bytes (RFC 6455, 4.1)."""
    return base64.b64encode(secrets.token_bytes(16)).decode()
