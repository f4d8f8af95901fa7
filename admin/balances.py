"""Balances of channels: one, or those of all enabled channels in the background, one run at a time.

Must not know pages. It only asks and keeps: what follows from an empty account belongs to the health of channels.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, Thread

from admin import providers, relay
from admin.advice import advised
from admin.i18n import gettext as _
from admin.stores import Stores
from rules.values import ChannelRecord, ChannelStatus

log = logging.getLogger("oneapi.admin")

AT_ONCE = 4
_running = Lock()


def tells(channel: ChannelRecord) -> bool:
    """Whether this type of channel has a balance that can be asked for."""
    provider = providers.find(channel.type)
    return provider is not None and bool(provider.balance)


def read(stores: Stores, channel: ChannelRecord) -> relay.BalanceOutcome:
    """The balance of one channel, or why it is not known, in the reader's language where we can say more."""
    if not tells(channel):
        return relay.BalanceOutcome(False, _("Not implemented yet"))
    outcome = relay.read_balance(stores, channel)
    if outcome.success:
        return outcome
    return relay.BalanceOutcome(False, advised(outcome.kind, outcome.message), outcome.kind)


def start(stores: Stores) -> bool:
    """Begin to ask for all of them; False if that is under way."""
    if not _running.acquire(blocking=False):
        return False
    Thread(target=_run, args=(stores,), name="channel-balances", daemon=True).start()
    return True


def asked(channels: Iterable[ChannelRecord]) -> list[ChannelRecord]:
    """The enabled channels whose provider tells."""
    return [channel for channel in channels if channel.status == ChannelStatus.ENABLED and tells(channel)]


def _run(stores: Stores) -> None:
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for channel, outcome in pool.map(lambda one: _one(stores, one), asked(stores.channels.search(""))):
                log.info("channel %s: balance %s", channel.id, "known" if outcome.success else outcome.message)
    except Exception:
        # a thread's last frame: the next run must be able to start, and the operator to read why this one ended
        log.exception("the balances ended early")
    finally:
        _running.release()
        stores.database.drop()


def _one(stores: Stores, channel: ChannelRecord) -> tuple[ChannelRecord, relay.BalanceOutcome]:
    try:
        return channel, relay.read_balance(stores, channel)
    finally:
        stores.database.drop()
