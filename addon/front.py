"""The front desk of the hooks: one function per kind of route, each answering with a response or making an exchange.

Knows mitmproxy's flows, but not its life cycle.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import parse_qsl

from mitmproxy import http
from mitmproxy.proxy import mode_specs

from addon import doors
from addon.admission import authenticate, credential_of, usable_models
from addon.attempts import Served
from addon.errors import Refusal
from addon.exchange import Exchange, Visit
from addon.face.models import missing_model_body, model_body, model_list_body
from addon.internal import receive_internal
from addon.messages import broken_response, client_headers, json_response, make_response, refusal_response
from addon.objects import receive_object
from addon.pages import environ_of
from addon.passing import receive_proxied
from addon.reception import Arrival, identify, receive
from addon.routes import Kind
from addon.services import Services
from addon.settlement import Closing
from rules.providers import PROVIDERS

if TYPE_CHECKING:
    from addon.hooks import OneAPI

logger = logging.getLogger("addon.exchanges")

SELF = "this address is the gateway itself: open it without the proxy"
ONLY_HERE = "this address belongs to the gateway's own machine: only programs there may reach it through the proxy"
LOOP = "the request came from this gateway: a channel's base URL leads back to it"
NOT_SHOWN = b"(pages and management calls are not kept: they may hold keys)"
STARTING = "the gateway is starting; try again in a moment"
NOT_IMPLEMENTED = Refusal(501, "API not implemented", type="one_api_error", param="", code="api_not_implemented")
OWNERS = {model: provider.name for provider in reversed([*PROVIDERS.values()]) for model in provider.models}


async def serve(house: OneAPI, flow: http.HTTPFlow, visit: Visit) -> http.Response | None:
    """The response to a claimed request; None when `visit.exchange` will bring it."""
    if house.services is None or house.pages is None:
        return refuse(flow, visit, Refusal(503, STARTING))
    if house.comes_from_us(flow.client_conn):
        return refuse(flow, visit, Refusal(421, LOOP))
    if (
        not visit.direct
        and not doors.is_loopback(visit.peer)
        and not proxy_allowed(house.services, visit.proxy_credential, visit.peer)
    ):
        return proxy_authentication_required()
    match visit.route.kind:
        case Kind.PAGE:
            return await page(house, flow, visit)
        case Kind.PREFLIGHT:
            return preflight(flow, visit)
        case Kind.INVALID:
            path = flow.request.path.partition("?")[0]
            return refuse(
                flow,
                visit,
                Refusal(
                    404, f"Invalid URL ({flow.request.method} {path})", type="invalid_request_error", param="", code=""
                ),
            )
        case Kind.MODELS | Kind.MODEL | Kind.UNIMPLEMENTED:
            return models(house.services, flow, visit)
        case Kind.INTERNAL:
            return await internal(house.services, flow, visit)
        case Kind.RELAY | Kind.PROXY | Kind.OBJECTS:
            refusal = await relayed(house.services, flow, visit)
            return refuse(flow, visit, refusal) if refusal else None
    assert_never(visit.route.kind)


async def relayed(services: Services, flow: http.HTTPFlow, visit: Visit) -> Refusal | None:
    found = arrival(flow, visit)
    if visit.route.kind is Kind.PROXY:
        return await receive_proxied(services, visit, found)
    if visit.route.kind is Kind.OBJECTS:
        return await receive_object(services, visit, found)
    assert visit.route.endpoint is not None
    return await receive(services, visit, found, visit.route.endpoint)


async def internal(services: Services, flow: http.HTTPFlow, visit: Visit) -> http.Response | None:
    """A form that is not saved yet comes with its key: the flow does not keep it."""
    found = arrival(flow, visit)
    flow.request.content = b""
    answer = await receive_internal(services, visit, found, flow.request.path)
    if isinstance(answer, bytes):
        return json_response(visit, 200, answer)
    return refuse(flow, visit, answer) if answer else None


def arrival(flow: http.HTTPFlow, visit: Visit) -> Arrival:
    headers: dict[str, str] = {}
    for name, value in visit.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    query = dict(parse_qsl(visit.target.partition("?")[2], keep_blank_values=True))
    return Arrival(headers, query, flow.request.raw_content or b"")


def refuse(flow: http.HTTPFlow, visit: Visit, refusal: Refusal) -> http.Response:
    return refusal_response(visit, refusal, flow.request.headers.get("accept-language", ""))


def models(services: Services, flow: http.HTTPFlow, visit: Visit) -> http.Response:
    """The model list and its members, synthesised from what the token may use."""
    caller = identify(services, visit, arrival(flow, visit))
    if isinstance(caller, Refusal):
        return refuse(flow, visit, caller)
    if visit.route.kind is Kind.UNIMPLEMENTED:
        return refuse(flow, visit, NOT_IMPLEMENTED)
    usable = usable_models(services.snapshots.current, caller)
    if visit.route.kind is Kind.MODELS:
        return json_response(visit, 200, model_list_body((name, OWNERS.get(name, "custom")) for name in usable))
    name = visit.route.model
    if name not in usable:
        return json_response(visit, 404, missing_model_body(name, visit.id))
    return json_response(visit, 200, model_body(name, OWNERS.get(name, "custom")))


def preflight(flow: http.HTTPFlow, visit: Visit) -> http.Response:
    asked = flow.request.headers.get("access-control-request-headers", "authorization, content-type")
    allow = [
        ("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS"),
        ("access-control-allow-headers", asked),
    ]
    return make_response(204, [*client_headers(visit), *allow, ("access-control-max-age", "86400")], b"")


async def page(house: OneAPI, flow: http.HTTPFlow, visit: Visit) -> http.Response:
    """Passwords, keys and cookies go in and out here: the flow keeps the outline only."""
    assert house.pages is not None
    request, client = flow.request, flow.client_conn
    headers = [(name, value) for name, value in visit.headers if name.lower() != "host"]
    environ = environ_of(
        request.method,
        visit.target,
        [*headers, ("host", visit.host)],
        request.content or b"",
        client.peername[:2],
        client.sockname[:2],
        "https" if client.tls else "http",
    )
    request.content = b""
    status, fields, body = await house.pages.serve(environ)
    response = make_response(status, [], body)
    if any(name.lower() == b"content-length" for name, _ in fields):
        response.headers = http.Headers(fields)
    else:
        response.headers = http.Headers([*fields, *response.headers.fields])
    visit.unshown = response
    return make_response(status, [("content-type", "text/plain; charset=utf-8")], NOT_SHOWN)


# -- the proxy door ---------------------------------------------------------------------------------------------------


def is_tunnelled(flow: http.HTTPFlow) -> bool:
    """Inside a CONNECT, or in a mode in which mitmproxy's own configuration says where requests go."""
    return isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode) or flow.server_conn.address is not None


async def proxy_refusal(house: OneAPI, flow: http.HTTPFlow, credential: str) -> http.Response | None:
    """Why this request may not pass the proxy door, None if it may."""
    host, port, peer = flow.request.host, flow.request.port, flow.client_conn.peername[0]
    if house.services is None:
        return make_response(503, [("content-type", "text/plain; charset=utf-8")], STARTING.encode())
    if house.comes_from_us(flow.client_conn) or await doors.reaches_us(host, port, house.own_ports()):
        return make_response(421, [("content-type", "text/plain; charset=utf-8")], SELF.encode())
    if doors.is_loopback(peer):
        return None
    if not proxy_allowed(house.services, credential, peer):
        return proxy_authentication_required()
    # A token opens the way to other machines, not to the databases that trust this one.
    if not doors.is_listed(host) and await doors.only_here(host, port):
        return make_response(403, [("content-type", "text/plain; charset=utf-8")], ONLY_HERE.encode())
    return None


def proxy_allowed(services: Services, credential: str, peer: str) -> bool:
    found = authenticate(services.snapshots.current, credential_of(credential), peer, time.time())
    return not isinstance(found, Refusal)


def proxy_authentication_required() -> http.Response:
    text = "this proxy serves other machines only with a token: use http://name:sk-…@host:port as the proxy address"
    headers = [("content-type", "text/plain; charset=utf-8"), ("proxy-authenticate", 'Basic realm="One API"')]
    return make_response(407, headers, text.encode())


async def finish(flow: http.HTTPFlow, visit: Visit, exchange: Exchange) -> None:
    """The last look into a whole reply, in a thread. What nobody could look into does not leave."""
    if exchange.finish is None or not isinstance(exchange.step, Served) or flow.response is None:
        return
    try:
        flow.response.content = await asyncio.to_thread(exchange.finish, flow.response.raw_content or b"")
    except Exception:
        # Garbage of a provider, or a database that is away: the reply may hold what is somebody else's.
        logger.exception("request %s: the reply could not be looked into", visit.id)
        flow.response = broken_response(visit, 502, "the provider's reply could not be read or recorded")


# -- the books --------------------------------------------------------------------------------------------------------


def settle(services: Services, exchange: Exchange, end: Closing) -> None:
    """Tells the ledger, and leaves the one line that each exchange has in the log."""
    row = end.row
    logger.info(
        "%s %s %s model=%s channel=%s quota=%s prompt=%s completion=%s ms=%s end=%s",
        row.request_id,
        row.status,
        row.token_name,
        row.model_name,
        row.channel,
        end.quota,
        row.prompt_tokens,
        row.completion_tokens,
        row.elapsed_ms,
        row.stream_end or "-",
    )
    if not exchange.caller.billed:
        return
    growing = exchange.growing
    if growing is not None and not growing.done():
        growing.add_done_callback(lambda _: enter(services, exchange, end))
    else:
        enter(services, exchange, end)


def enter(services: Services, exchange: Exchange, end: Closing) -> None:
    """In the books. Any thread may."""
    row = end.row
    keep = services.snapshots.current.options.log_consume_enabled
    if exchange.hold is None:
        if exchange.served is not None and not keep:
            return
        future: Future[Any] = services.ledger.record(row)
    elif exchange.served is None:
        future = services.ledger.release(exchange.hold, row if keep else None)
    else:
        future = services.ledger.settle(exchange.hold, end.quota, row, keep_row=keep)
    future.add_done_callback(complain)


def complain(future: Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        logger.error("the ledger could not close an exchange: %r", error)


def remark(flow: http.HTTPFlow, end: Closing) -> None:
    """What a person sees in mitmweb, and what a dump keeps: plain facts, no secrets."""
    row = end.row
    flow.comment = f"{row.model_name} -> channel {row.channel}, {row.status}, quota {end.quota}"
    flow.metadata["oneapi"] = {
        "request_id": row.request_id,
        "model": row.model_name,
        "channel": row.channel,
        "status": row.status,
        "quota": end.quota,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "stream_end": row.stream_end,
    }
