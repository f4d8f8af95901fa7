"""Requests that are passed on as they are: who may ask for them, and which channel they go to. Unbilled.

Must not know mitmproxy. No query here.
"""

from __future__ import annotations

import re
import time
from urllib.parse import unquote

from addon.admission import Caller, find_credential
from addon.attempts import Terms, attempts
from addon.canon.raw import RawRequest, harmless
from addon.canon.request import Endpoint
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.plan import Candidate, candidate
from addon.reception import Arrival, identified, record
from addon.services import Services
from rules.snapshot import Snapshot
from rules.values import Channel, ChannelStatus, Role

CLIMBS = re.compile(r"(?i)/(?:\.|%2e){1,2}(?:[/\\?#;]|%2f|%5c|$)")
"""A dot segment, which would lead out of the channel's base URL."""


async def receive_proxied(services: Services, visit: Visit, arrival: Arrival) -> Refusal | None:
    """`/v1/oneapi/proxy/<channel>/..`: makes `visit.exchange` ready, or says why not."""
    caller = identified(services, visit, arrival)
    if isinstance(caller, Refusal):
        return caller
    refusal = unlimited(caller) or admit_proxied(services, visit, caller, arrival)
    return record(services, visit, caller, Endpoint.PROXY.value, False, refusal) if refusal else None


def admit_proxied(services: Services, visit: Visit, caller: Caller, arrival: Arrival) -> Refusal | None:
    if CLIMBS.search(visit.route.rest.partition("?")[0]):
        return Refusal(400, "the path may not hold . or .. segments", type="invalid_request_error")
    snapshot = services.snapshots.current
    channel = reachable(snapshot, caller, visit.route.channel)
    if isinstance(channel, Refusal):
        return channel
    request = passed(visit, arrival, Endpoint.PROXY, Endpoint.PROXY.value)
    found = candidate(snapshot, caller, channel, request.endpoint, request.model, services.means, int(time.time()))
    if found is None:
        return no_such_channel(visit.route.channel)
    visit.exchange = opened(services, visit, caller, request, (found,))
    return None


def unlimited(caller: Caller) -> Refusal | None:
    """A token that may use some models only cannot be held to them where we do not look."""
    if not caller.token.models:
        return None
    return Refusal(
        403,
        "该令牌限制了可用模型，不能使用此接口",
        "this token may use certain models only, and so not this endpoint",
    )


def reachable(snapshot: Snapshot, caller: Caller, text: str) -> Channel | Refusal:
    """The channel, if it is in the caller's group or the caller an admin; else it is as if there were none."""
    channel = snapshot.channel(int(text)) if text.isascii() and text.isdigit() else None
    if channel is None or not (caller.user.role >= Role.ADMIN or caller.user.group in channel.groups):
        return no_such_channel(text)
    if channel.status != ChannelStatus.ENABLED:
        return Refusal(403, "该渠道已被禁用", "this channel is disabled")
    return channel


def no_such_channel(text: str) -> Refusal:
    return Refusal(400, "无效的渠道 Id", f"there is no proxy channel {text}")


def passed(visit: Visit, arrival: Arrival, endpoint: Endpoint, name: str) -> RawRequest:
    """The client's request without what is between it and us."""
    path, _, query = visit.route.rest.partition("?")
    key = find_credential(arrival.headers, arrival.query).key
    kept = [pair for pair in query.split("&") if pair and not (key and key in unquote(pair))]
    headers = harmless(arrival.headers, [key, visit.proxy_credential])
    return RawRequest(endpoint, visit.route.method, path, "&".join(kept), headers, arrival.body, name)


def opened(
    services: Services, visit: Visit, caller: Caller, request: RawRequest, candidates: tuple[Candidate, ...]
) -> Exchange:
    """The exchange, with its first step built. Nothing is reserved, for nothing will be due."""
    now = int(time.time())
    retries = services.snapshots.current.options.retry_times
    exchange = Exchange(
        id=visit.id,
        caller=caller,
        request=request,
        steps=attempts(request, candidates, Terms(retries, visit.id, now, 0, services.minted)),
        prompt_estimate=0,
        created_at=now,
        began=visit.began,
    )
    exchange.start()
    return exchange
