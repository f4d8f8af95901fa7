"""Delivery: an event of a connection reaches its layers, even when the connection's task is cancelled meanwhile.

mitmproxy hands events over behind a lock. A task that is cancelled while it waits there (another task met the reset
connection first, and said so) takes its event with it: the stream never learns that its upstream is gone, and the
client waits for ever. With eager tasks (Python 3.12) that happens to every other reset among a few dozen at once.
Must not know flows or formats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Deliver = Callable[[Any], Awaitable[None]]


def steadfast(deliver: Deliver) -> Deliver:
    """`deliver`, a connection handler's `server_event`, which can be interrupted only before it has done anything: it
    is called again, and the cancellation comes at the task's next pause, where mitmproxy expects one."""

    async def server_event(event: Any) -> None:
        cancelled = False
        while True:
            try:
                await deliver(event)
                break
            except asyncio.CancelledError:
                cancelled = True
        task = asyncio.current_task()
        if cancelled and task is not None:
            task.cancel()

    return server_event
