"""mitmproxy's requests and responses from our values. The only place that knows both.

Must not know how an answer came about, nor when it is sent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from http.client import responses
from typing import assert_never
from urllib.parse import quote, urlsplit

from mitmproxy import http

from addon.attempts import Answer, Failure, Served, Uncarried
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Outbound
from addon.canon.raw import Head
from addon.canon.realtime import accept_of, accepted, shown
from addon.canon.request import RealtimeRequest
from addon.errors import Refusal
from addon.exchange import Visit
from addon.face.errors import error_body, error_frame, fault_body
from addon.pipe import Pipe
from addon.raw_pipe import RawPipe
from addon.routes import Kind
from addon.verdict import Verdict, judge

KEPT_REPLY_HEADERS = ("openai-processing-ms", "openai-version")
OVER = {"ws": "http", "wss": "https"}
"""A WebSocket begins as a request."""
API_KINDS = frozenset(Kind) - {Kind.INTERNAL, Kind.PAGE}
NEVER_AGAIN = [("x-should-retry", "false")]
EVENT_STREAM = (("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no"))
COMMENT = b": keep-alive\n\n"
"""What readers of events pass over (WHATWG, server-sent events, 9.2.6)."""
Pairs = list[tuple[bytes, bytes]]
Secrets = Iterable[tuple[str, str]]


def encoded(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return [(name.lower().encode("ascii"), value.encode("utf-8")) for name, value in pairs]


def lower_headers(message: http.Message) -> dict[str, str]:
    """Header names in lower case; values of a repeated header joined."""
    return {name.lower(): value for name, value in message.headers.items()}


def public_request(outbound: Outbound, client: http.Request, absolute: bool, key: str = "") -> http.Request:
    """The provider's request as people may see it: without its credentials. `client` gives the HTTP version, because
    mitmproxy decides by it how upstream connections are shared; `absolute`: a plain request goes to another proxy.
    `key`: our Sec-WebSocket-Key, for an upgrade."""
    return make_request(outbound, client, absolute, (), (), key)


def sent_request(outbound: Outbound, public: http.Request, absolute: bool, key: str = "") -> http.Request:
    """The same with its credentials: for the wire only."""
    return make_request(outbound, public, absolute, outbound.secrets, outbound.secret_query, key)


def make_request(
    outbound: Outbound, like: http.Request, absolute: bool, secrets: Secrets, query: Secrets, key: str
) -> http.Request:
    parts = urlsplit(outbound.url)
    multiplexed = like.is_http2 or like.is_http3
    place = parts.netloc.rpartition("@")[2]
    scheme = OVER.get(parts.scheme, parts.scheme)
    named = multiplexed or (absolute and scheme == "http")
    wanted = "&".join(filter(None, [parts.query, *(f"{quote(name)}={quote(value)}" for name, value in query)]))
    body = b"" if outbound.upgrade else outbound.body
    framing = upgrade_headers(key) if outbound.upgrade else [("content-length", str(len(body)))]
    fields = [*outbound.headers, *secrets, ("accept-encoding", "identity"), *framing]
    return http.Request(
        host=parts.hostname or "",
        port=parts.port or (443 if scheme == "https" else 80),
        method=outbound.method.encode(),
        scheme=scheme.encode(),
        authority=place.encode() if named else b"",
        path=((parts.path or "/") + (f"?{wanted}" if wanted else "")).encode(),
        http_version=b"HTTP/2.0" if multiplexed else b"HTTP/1.1",
        headers=http.Headers(encoded(fields if multiplexed else [("host", place), *fields])),
        content=body,
        trailers=None,
        timestamp_start=time.time(),
        timestamp_end=time.time(),
    )


def upgrade_headers(key: str) -> list[tuple[str, str]]:
    """No extension is offered: what is compressed could not be bounded."""
    return [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", key),
    ]


def is_upgraded(response: http.Response, key: str) -> bool:
    """Is this the 101 to our upgrade?"""
    wanted = response.headers.get("upgrade", "").lower() == "websocket"
    return bool(
        response.status_code == 101
        and wanted
        and response.headers.get("sec-websocket-accept", "").strip() == accept_of(key)
    )


def upgrade_response(visit: Visit, request: RealtimeRequest, upstream: http.Response) -> http.Response:
    """The 101 for a client whose WebSocket goes through to the provider's."""
    chosen = accepted(request.protocols, upstream.headers.get("sec-websocket-protocol", ""))
    headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", accept_of(request.key)),
        *([("sec-websocket-protocol", chosen)] if chosen else []),
        *client_headers(visit),
    ]
    fields, now = http.Headers(encoded(headers)), time.time()
    return http.Response(b"HTTP/1.1", 101, b"Switching Protocols", fields, b"", None, now, now)


SECRET_HEADERS = ("authorization", "x-api-key", "api-key", "proxy-authorization", "x-oneapi-ticket", "cookie")
SECRET_QUERY = ("key", "api-key")


def redact(request: http.Request) -> None:
    """Takes the client's credentials out of what mitmweb shows and dumps keep. Both read a flow at any time, also one
    whose client leaves half-way: so this is done when a flow is claimed."""
    for name in SECRET_HEADERS:
        if name in request.headers:
            request.headers[name] = "…"
    if protocols := request.headers.get("sec-websocket-protocol"):
        request.headers["sec-websocket-protocol"] = shown(protocols)
    for name in SECRET_QUERY:
        if name in request.query:
            request.query[name] = "…"


def client_headers(visit: Visit) -> list[tuple[str, str]]:
    """What each of our API replies carries: the request id, and CORS for browser clients, never with credentials."""
    ids = [("x-request-id", visit.id), ("x-oneapi-request-id", visit.id)]
    if visit.route.kind not in API_KINDS:
        return ids
    return [*ids, ("access-control-allow-origin", "*"), ("access-control-expose-headers", "*")]


def make_response(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> http.Response:
    fields = [*headers, ("content-length", str(len(body)))]
    return http.Response(
        b"HTTP/1.1",
        status,
        responses.get(status, "").encode(),
        http.Headers(encoded(fields)),
        body,
        None,
        time.time(),
        time.time(),
    )


def json_response(visit: Visit, status: int, body: bytes, extra: Iterable[tuple[str, str]] = ()) -> http.Response:
    return make_response(status, [("content-type", "application/json"), *client_headers(visit), *extra], body)


def broken_response(visit: Visit, status: int, message: str) -> http.Response:
    """An error of the machinery, in OpenAI's shape."""
    return json_response(visit, status, error_body(message, "one_api_error", None, None, visit.id))


def refusal_response(visit: Visit, refusal: Refusal, accept_language: str) -> http.Response:
    message = refusal.text(accept_language)
    return json_response(
        visit, refusal.status, error_body(message, refusal.type, refusal.param, refusal.code, visit.id)
    )


def whole_response(visit: Visit, answer: Answer) -> http.Response:
    """The reply that an exchange has come to."""
    if visit.exchange is not None and visit.exchange.wrap is not None:
        return json_response(visit, 200, visit.exchange.wrap(answer))
    match answer:
        case Served(translated=translated):
            headers = [("content-type", translated.content_type), ("cache-control", "no-cache"), *client_headers(visit)]
            return make_response(200, headers, translated.body)
        case Failure(fault=fault, more=more):
            return json_response(visit, fault.status, fault_body(fault, visit.id), retry_headers(fault, more))
        case Uncarried(reason=reason):
            body = error_body(reason.message, "invalid_request_error", reason.param, reason.code, visit.id)
            return json_response(visit, 400, body, NEVER_AGAIN)
    assert_never(answer)


def retry_headers(fault: Fault, more: bool) -> list[tuple[str, str]]:
    """Whether and when it is worth asking again, as OpenAI's SDKs read it; `more`: not all channels were asked."""
    row = judge(fault)
    again = row.passes or more or fault.retry_after is not None
    if row.verdict is Verdict.GIVE_UP or not again:
        return NEVER_AGAIN
    return [] if fault.retry_after is None else [("retry-after", str(math.ceil(fault.retry_after)))]


def stream_response(visit: Visit, upstream: http.Response, pipe: Pipe | RawPipe) -> http.Response:
    """The head of a reply that is passed on in pieces.

    HTTP/1.1 gets chunks, HTTP/2 has its own framing, HTTP/1.0 reads to the end.
    """
    if pipe.head is not None:
        return passed_response(visit, pipe.head)
    headers = [("content-type", pipe.content_type), *EVENT_STREAM[1:], *client_headers(visit)]
    headers += [(name, upstream.headers[name]) for name in KEPT_REPLY_HEADERS if name in upstream.headers]
    return streaming(visit, 200, headers, bodiless=False)


def early_response(visit: Visit) -> http.Response:
    """The head of a stream of which nothing has come yet: its comments keep the connection alive."""
    headers = [*EVENT_STREAM, *client_headers(visit)]
    return streaming(visit, 200, headers, bodiless=False)


def as_frames(response: http.Response) -> bytes:
    """The body of a whole reply behind the head of a stream: it is one already, or an error, as one frame."""
    body = response.raw_content or b""
    is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
    return body if is_stream else b"data: " + body + b"\n\n"


def passed_response(visit: Visit, head: Head) -> http.Response:
    """The head of a reply that passes as it is."""
    return streaming(visit, head.status, [*head.headers, *client_headers(visit)], head.bodiless)


def streaming(visit: Visit, status: int, headers: list[tuple[str, str]], bodiless: bool) -> http.Response:
    if visit.http_version == "HTTP/1.1" and not bodiless:
        headers = [*headers, ("transfer-encoding", "chunked")]
    fields, reason = http.Headers(encoded(headers)), responses.get(status, "").encode()
    response = http.Response(b"HTTP/1.1", status, reason, fields, None, None, time.time(), None)
    response.stream = True
    return response


def error_frame_for(visit: Visit) -> bytes:
    """The frame that ends a stream in which we crashed ourselves."""
    return error_frame(Fault(FaultKind.BUG, 500, "internal error", type="one_api_error"), visit.id)
