"""The sweep: test all channels (or those that are off) one after another, in the background, one sweep at a time.

Must not know pages. It only measures: switching channels by its results belongs to the health of channels.
"""

from __future__ import annotations

import logging
from threading import Lock, Thread

from admin import relay
from admin.stores import Stores
from rules.values import ChannelStatus

log = logging.getLogger("oneapi.admin")

_running = Lock()


def start(stores: Stores, scope: str = "all") -> bool:
    """Begin a sweep; False if one is running. `scope` is "all" or "disabled" (those that are off)."""
    if not _running.acquire(blocking=False):
        return False
    Thread(target=_run, args=(stores, scope), name="channel-sweep", daemon=True).start()
    return True


def _run(stores: Stores, scope: str) -> None:
    try:
        for channel in stores.channels.search(""):
            if scope != "disabled" or channel.status != ChannelStatus.ENABLED:
                outcome = relay.test_channel(stores, channel)
                log.info(
                    "channel %s tested: %s in %.2f s",
                    channel.id,
                    "ok" if outcome.success else "failed",
                    outcome.seconds,
                )
    except Exception:
        # a thread's last frame: the next sweep must be able to start, and the operator to read why this one ended
        log.exception("the channel sweep ended early")
    finally:
        _running.release()
        stores.database.drop()
