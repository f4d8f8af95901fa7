"""Request ids: One API's form, local time and nanoseconds and eight random digits. Unique enough to name a hold."""

from __future__ import annotations

import secrets
import time


def new_request_id() -> str:
    now = time.time_ns()
    stamp = time.strftime("%Y%m%d%H%M%S", time.localtime(now // 1_000_000_000))
    return f"{stamp}{now % 1_000_000_000:09d}{secrets.randbelow(10**8):08d}"
