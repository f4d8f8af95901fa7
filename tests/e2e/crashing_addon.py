"""A second script for mitmdump: makes the relay crash where a request's `x-crash` header says, as a bug of ours would.

Whatever is connected elsewhere than to loopback is led to the decoy in ONEAPI_TEST_DECOY: if a request got out to the
host that its client meant, the decoy would have it. Knows the relay's insides, which is why it is not a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from addon import attempting, front, hooks, reception
from addon.exchange import Exchange, Visit
from addon.stream import RelayStream
from rules.ledger import Ledger

HEADER = "x-crash"


class MadeUpBug(Exception):
    """What a mistake of ours would raise."""


def crash_if(wanted: str, visit: Visit | None, after: int = 0) -> None:
    """Raises where `visit` asked for it; `after`: only at the later calls."""
    if visit is None or dict(visit.headers).get(HEADER) != wanted:
        return
    visit.facts[wanted] = visit.facts.get(wanted, 0) + 1
    if visit.facts[wanted] > after:
        raise MadeUpBug(wanted)


def before(owner: Any, name: str, visit_of: Callable[..., Visit | None], after: int = 0, point: str = "") -> None:
    """Makes `owner.name` crash before it does anything."""
    original = getattr(owner, name)

    def crashing(*arguments: Any, **named: Any) -> Any:
        crash_if(point or name, visit_of(*arguments), after)
        return original(*arguments, **named)

    setattr(owner, name, crashing)


def make_crash() -> None:
    claim, relayed, reserve = hooks.OneAPI.claim, front.relayed, Ledger.reserve

    def crashing_claim(self: Any, claimed: Any, *rest: Any) -> Any:
        if claimed.request.headers.get(HEADER) == "claim":
            raise MadeUpBug("claim")
        return claim(self, claimed, *rest)

    async def crashing_relayed(services: Any, flow: Any, visit: Visit) -> Any:
        refusal = await relayed(services, flow, visit)
        crash_if("relayed", visit)
        return refusal

    def crashing_reserve(self: Ledger, hold: Any) -> Future[Any]:
        future = reserve(self, hold)
        if hold.id not in self.__dict__.setdefault("crashing", set()):
            return future
        future.result()
        broken: Future[Any] = Future()
        broken.set_exception(MadeUpBug("ledger"))
        return broken

    def mark(services: Any, exchange: Exchange, *rest: Any) -> Any:
        visit = next((one for one in hooks.visits.values() if one.id == exchange.id), None)
        if visit is not None and dict(visit.headers).get(HEADER) == "ledger":
            services.ledger.__dict__.setdefault("crashing", set()).add(exchange.id)
        return marked(services, exchange, *rest)

    marked = reception.reserve
    reception.reserve = mark
    hooks.OneAPI.claim = crashing_claim  # type: ignore[method-assign]
    front.relayed = crashing_relayed
    Ledger.reserve = crashing_reserve  # type: ignore[method-assign]
    before(front, "serve", lambda house, flow, visit: visit)
    for name in ("begin", "on_head", "on_data", "on_end", "commit", "answer"):
        before(RelayStream, name, lambda self, *rest: self.visit)
    before(RelayStream, "pour", lambda self, *rest: self.visit, after=3, point="late")
    current: list[Visit | None] = [None]
    begin = RelayStream.begin

    def remembering(self: RelayStream, send: Any) -> Any:
        current[0] = self.visit
        return begin(self, send)

    RelayStream.begin = remembering  # type: ignore[method-assign]
    before(attempting, "sent_request", lambda *arguments: current[0])


class Decoy:
    def server_connect(self, data: ServerConnectionHookData) -> None:
        address = data.server.address
        if address and not address[0].startswith("127."):
            data.server.address = ("127.0.0.1", int(os.environ["ONEAPI_TEST_DECOY"]))


make_crash()
addons = [Decoy()]
