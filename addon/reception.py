"""From a claimed request to an exchange that is ready to run, or a refusal.

    authenticate -> decode -> permit -> plan -> fetch what URLs name -> wait for a channel that soon has rested
                 -> estimate -> build the first step -> reserve

Must not know mitmproxy. No query on this path: the snapshot is in memory, the ledger's writer does the one write.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from addon.admission import Caller, Credential, authenticate, credential_of, find_credential, permit
from addon.attempts import Send, Terms, attempts
from addon.billing import reserved
from addon.canon.realtime import without
from addon.canon.request import Endpoint, Request
from addon.cooling import Cooling, short_rest
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.face.bad_request import BadRequest
from addon.face.decode import decode, unpack_body
from addon.face.decode_realtime import decode_realtime
from addon.inlining import inlined
from addon.meter import estimate_prompt
from addon.named_files import with_files
from addon.plan import Candidate, plan
from addon.services import Services
from addon.settlement import refused_row
from rules.errors import LedgerBusy
from rules.snapshot import Snapshot
from rules.values import Hold, Shortfall

logger = logging.getLogger(__name__)

COUNT_OFF_LOOP = 64 * 1024
"""Bodies above this are counted in a thread: the tokenizer takes 0.2 to 0.4 s per MB."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in: header names in lower case, the query, the body as it was sent."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


def identify(services: Services, visit: Visit, arrival: Arrival) -> Caller | Refusal:
    """Who calls: our token in the request, else the one shown to the proxy."""
    credential = find_credential(arrival.headers, arrival.query)
    snapshot = services.snapshots.current
    found = authenticate(snapshot, credential, visit.peer, time.time())
    if isinstance(found, Refusal) and visit.proxy_credential and not is_ours(snapshot, credential):
        return authenticate(snapshot, credential_of(visit.proxy_credential), visit.peer, time.time())
    return found


def identified(services: Services, visit: Visit, arrival: Arrival) -> Caller | Refusal:
    """The same, with a line in the log where nobody is found."""
    caller = identify(services, visit, arrival)
    if isinstance(caller, Refusal):
        logger.info("%s refused: %s %s: %s", visit.id, caller.status, visit.peer, caller.message)
    return caller


def is_ours(snapshot: Snapshot, credential: Credential) -> bool:
    return bool(credential.key) and snapshot.token(credential.key) is not None


async def receive(services: Services, visit: Visit, arrival: Arrival, endpoint: Endpoint) -> Refusal | None:
    """Makes `visit.exchange` ready. A refusal leaves a log row once the caller is known, a line in the log before."""
    caller = identified(services, visit, arrival)
    if isinstance(caller, Refusal):
        return caller
    try:
        request = decoded(visit, arrival, endpoint)
    except BadRequest as bad:
        refusal = Refusal(400, bad.message, type="invalid_request_error", code=bad.code, param=bad.param)
        return record(services, visit, caller, "", False, refusal)
    return await admit(services, visit, caller, request)


def decoded(visit: Visit, arrival: Arrival, endpoint: Endpoint) -> Request:
    if endpoint is Endpoint.REALTIME:
        key = find_credential(arrival.headers, arrival.query).key
        return without(decode_realtime(arrival.headers, arrival.query), [key, visit.proxy_credential])
    return decode(endpoint, arrival.headers.get("content-type", ""), document(visit, arrival), visit.route.model)


def document(visit: Visit, arrival: Arrival) -> bytes:
    """The client's document; where the path names the model (Azure's deployments) it is put in. Forms stay."""
    raw = unpack_body(arrival.headers.get("content-encoding", ""), arrival.body)
    if not visit.route.model or raw.startswith(b"--"):
        return raw
    try:
        found = json.loads(raw)
    except ValueError:
        return raw
    return json.dumps({**found, "model": visit.route.model}).encode() if isinstance(found, dict) else raw


def record(services: Services, visit: Visit, caller: Caller, model: str, stream: bool, refusal: Refusal) -> Refusal:
    logger.info("%s refused: %s %s: %s", visit.id, refusal.status, caller.token.name, refusal.message)
    now = int(time.time())
    services.ledger.record(refused_row(caller, model, stream, now, visit.id, refusal.status, refusal.message))
    return refusal


async def admit(services: Services, visit: Visit, caller: Caller, request: Request) -> Refusal | None:
    snapshot = services.snapshots.current
    refusal = permit(caller, request.model)
    planned = refusal or plan(
        snapshot, caller, request.endpoint, request.model, services.means, services.rng, int(time.time())
    )
    if isinstance(planned, Refusal):
        return record(services, visit, caller, request.model, request.stream, planned)
    found = await with_files(services.database, caller, request, planned)
    if not isinstance(found, Refusal):
        found = await inlined(*found, services.fetcher.fetch)
    if isinstance(found, Refusal):
        return record(services, visit, caller, request.model, request.stream, found)
    if caller.pinned is None:
        await short_rest(services.health, found[1])
    return await prepare(services, visit, caller, *found)


async def prepare(
    services: Services, visit: Visit, caller: Caller, request: Request, candidates: tuple[Candidate, ...]
) -> Refusal | None:
    """Estimates, builds the first step and reserves; `visit.exchange` is set only when all of it has worked."""
    snapshot = services.snapshots.current
    tokens = await prompt_tokens(request, snapshot.options.approximate_token_enabled)
    now = int(time.time())
    retries = 0 if caller.pinned is not None else snapshot.options.retry_times
    cooling = Cooling(services.health, forced=caller.pinned is not None)
    exchange = Exchange(
        id=visit.id,
        caller=caller,
        request=request,
        steps=attempts(request, candidates, Terms(retries, visit.id, now, tokens, services.minted, cooling)),
        prompt_estimate=tokens,
        created_at=now,
        began=visit.began,
        prices=lambda kind, model: snapshot.price(kind, model, caller.user.group),
        cooling=cooling,
    )
    if isinstance(exchange.start(), Send) and caller.billed:
        refusal = await reserve(services, exchange, candidates, tokens, snapshot.options.pre_consumed_quota)
        if refusal is not None:
            exchange.close()
            return record(services, visit, caller, request.model, request.stream, refusal)
    visit.exchange = exchange
    return None


async def prompt_tokens(request: Request, approximate: bool) -> int:
    if len(request.raw) <= COUNT_OFF_LOOP:
        return estimate_prompt(request, approximate=approximate)
    return await asyncio.to_thread(estimate_prompt, request, approximate=approximate)


async def reserve(
    services: Services, exchange: Exchange, candidates: tuple[Candidate, ...], tokens: int, pre_consumed: int
) -> Refusal | None:
    """Sets aside what the dearest candidate may cost."""
    caller = exchange.caller
    quota = max(reserved(candidate.price, exchange.request, tokens, pre_consumed) for candidate in candidates)
    wanted = Hold(exchange.id, caller.user.id, caller.token.id, quota, not caller.token.unlimited)
    try:
        got = await asyncio.wrap_future(services.ledger.reserve(wanted))
    except LedgerBusy:
        return Refusal(
            503, "系统繁忙，请稍后再试", "too many requests are waiting for the ledger; try again", code="overloaded"
        )
    except BaseException:
        # Whether it was reserved is not known; releasing what never came to be changes nothing.
        services.ledger.release(wanted)
        raise
    if isinstance(got, Shortfall):
        return shortfall_refusal(got)
    exchange.hold, exchange.first_hold = got, got.quota
    return None


def shortfall_refusal(short: Shortfall) -> Refusal:
    """Both say what is left and what was asked for, so that a caller can lower max_tokens or ask for more."""
    detail = f"need {short.need}, have {short.have}"
    if short.where == "user":
        return Refusal(
            403, f"用户额度不足（{detail}）", f"user quota is not enough ({detail})", code="insufficient_user_quota"
        )
    if short.have <= 0:
        return Refusal(401, "该令牌额度已用尽", "this token has no quota left", code="insufficient_quota")
    return Refusal(
        403, f"令牌额度不足（{detail}）", f"token quota is not enough ({detail})", code="pre_consume_token_quota_failed"
    )
