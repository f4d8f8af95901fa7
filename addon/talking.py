"""A conversation that is under way: each message is looked at, and the hold grows with what has been used.

At first the hold is what a minute of talk costs (`billing.reserved`). When more than that is used, it grows to what is
used and another minute; if that is not there, the session ends with an error. Must not know mitmproxy.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future

from addon.exchange import Exchange
from addon.realtime import BUG, SPENT, Session
from addon.services import Services
from addon.settlement import bill_of
from rules.values import Hold, Shortfall

logger = logging.getLogger(__name__)


def is_ended(exchange: Exchange) -> bool:
    """Whether we have ended the session: what comes behind that, nobody would pay for."""
    return isinstance(exchange.live, Session) and exchange.live.stop is not None


async def passed(services: Services, exchange: Exchange, from_client: bool, content: bytes) -> bytes:
    """What becomes of a message. Never raises: a session that cannot be metered ends."""
    session = exchange.live
    assert isinstance(session, Session)
    try:
        if from_client:
            return session.said(content)
        if session.heard(content):
            await pay(services, exchange, session)
    except Exception:
        # What cannot be metered is not given away; a hook that raised would let it pass.
        logger.exception("request %s: a message could not be metered", exchange.id)
        session.break_off(BUG)
    return content


async def pay(services: Services, exchange: Exchange, session: Session) -> None:
    """Sees to it that the hold covers what has been used."""
    hold, bill = exchange.hold, bill_of(exchange)
    if hold is None or bill.cost is None or bill.cost.quota <= hold.quota:
        return
    future = services.ledger.extend(hold, bill.cost.quota + (exchange.first_hold or hold.quota))
    exchange.growing = future
    future.add_done_callback(lambda done: grow(exchange, done))
    found: Hold | Shortfall = await asyncio.wrap_future(future)
    if isinstance(found, Shortfall):
        session.break_off(SPENT)


def grow(exchange: Exchange, done: Future[Hold | Shortfall]) -> None:
    """In the ledger's thread, before anybody can settle with the new hold."""
    if done.cancelled() or done.exception() is not None:
        return
    found = done.result()
    if isinstance(found, Hold):
        exchange.hold = found
