"""ClaimingStream: an HttpStream that decides at the head whether a flow is ours, with limits and errors of our own.

Claimed at the head, never in the `request` hook: mitmproxy's own limits could connect to the original host before that.
Must not know attempts, formats or providers.
"""

from __future__ import annotations

import logging
from typing import Protocol

from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, layer
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import (
    DropStream,
    HttpRequestHeadersHook,
    HttpResponseHook,
    HttpStream,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    SendHttp,
)
from mitmproxy.proxy.mode_specs import ReverseMode

from addon.doors import is_listed
from addon.exchange import Visit
from addon.identity import new_request_id
from addon.messages import broken_response
from addon.routes import Kind, Route

logger = logging.getLogger(__name__)

Commands = layer.CommandGenerator[None]
BODY_LIMIT = 64 * 1024 * 1024


class Gate(Protocol):
    """Who decides which flows are ours."""

    def claim(self, claimed: http.HTTPFlow, direct: bool, listed_name: str) -> Visit | None:
        """`direct`: the request is addressed to us; else `listed_name` is the host it is meant for."""
        ...


class ClaimingStream(HttpStream):
    """`visit` is set when the flow is ours."""

    gate: Gate | None = None
    visit: Visit | None = None

    def check_invalid(self, request: bool) -> layer.CommandGenerator[bool]:
        """mitmproxy's first look at a request, and so the place to claim it."""
        if request and self.gate is not None:
            try:
                self.claim(self.gate)
            except Exception:
                # Whose it is will never be known, so it goes nowhere.
                logger.exception("a request could not be claimed")
                self.visit = Visit(new_request_id(), Route(Kind.INVALID), "", "", False, 0.0)
                yield from self.refuse_head(500, "internal error: the request was not sent anywhere", last=True)
                return True
        if self.visit is None:
            return (yield from super().check_invalid(request))
        problem = http_layers.validate_request(self.mode, self.flow.request, True)
        answered = not self.context.client.state & ConnectionState.CAN_WRITE  # by mitmproxy, who could not even read it
        if problem is None or answered:
            return False
        reason = problem.partition(", refusing")[0]  # what follows is advice for who runs mitmproxy
        yield from self.refuse_head(400, f"malformed HTTP request: {reason}", last=True)
        return True

    def claim(self, gate: Gate) -> None:
        request = self.flow.request
        if request.method == "CONNECT":
            return
        explicit = self.mode is not http_layers.HTTPMode.transparent
        address = self.context.server.address
        if isinstance(self.context.client.proxy_mode, ReverseMode) and address and is_listed(address[0]):
            self.visit = gate.claim(self.flow, True, "")
            return
        if explicit and not request.data.host:
            # What the Host header says is not where we are (port maps, nginx); nothing may depend on it.
            request.data.host, request.data.port = self.context.client.sockname[0], self.context.client.sockname[1]
            request.data.scheme = b"https" if self.context.client.tls else b"http"
            self.visit = gate.claim(self.flow, True, "")
            return
        named = request.data.host if explicit else address[0] if address else ""
        self.visit = gate.claim(self.flow, False, named)

    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        """Our own limit, answered in JSON; mitmproxy's options would connect to the original host or send HTML."""
        if self.visit is None:
            return (yield from super().check_body_size(request))
        declared = self.flow.request.headers.get("content-length", "")
        size = max(len(self.request_body_buf), int(declared) if declared.isdigit() else 0)
        if request and size > BODY_LIMIT:
            # A client that waits for our 100 may never send this body: its next request would be taken for it.
            waits = "expect" in self.flow.request.headers
            message = f"the request body is larger than {BODY_LIMIT // 1024 // 1024} MB"
            yield from self.refuse_head(413, message, last=waits)
            return True
        return False

    def refuse_head(self, status: int, message: str, last: bool) -> Commands:
        """Answers before the body is there; what still comes of it is thrown away. `last`: the framing of what comes
        cannot be relied on, so an HTTP/1 connection ends here."""
        assert self.visit is not None
        logger.info("%s refused: %s %s: %s", self.visit.id, status, self.visit.peer, message)
        if not self.request_body_buf:
            yield HttpRequestHeadersHook(self.flow)
        self.flow.response = broken_response(self.visit, status, message)
        last = last and not (self.flow.request.is_http2 or self.flow.request.is_http3)
        if last:
            self.flow.response.headers["connection"] = "close"
        self.request_body_buf.clear()
        yield HttpResponseHook(self.flow)
        yield from self.write_whole(self.flow.response)
        self.client_state = self.server_state = self.state_errored
        self.flow.live = False
        yield DropStream(self.stream_id)
        if last:
            yield commands.CloseConnection(self.context.client)

    def send_response(self, already_streamed: bool = False) -> Commands:
        """A page is sent from the visit: what the flow shows has neither its body nor its cookies."""
        if self.visit is not None and self.flow.response is not None and self.flow.request.method == "HEAD":
            # mitmproxy would send it, and the client take it for the head of the next reply.
            self.flow.response.data.content = b""
        if self.visit is None or self.visit.unshown is None:
            yield from super().send_response(already_streamed)
            return
        yield HttpResponseHook(self.flow)
        self.server_state = self.state_done
        yield from self.write(self.visit.unshown)
        if self.client_state == self.state_done:
            yield from self.flow_done()

    def write_whole(self, response: http.Response) -> Commands:
        yield from self.write(response)
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def write(self, response: http.Response) -> Commands:
        """Head and body, without the end of the message."""
        content = response.raw_content or b""
        yield SendHttp(ResponseHeaders(self.stream_id, response, not content), self.context.client)
        if content:
            yield SendHttp(ResponseData(self.stream_id, content), self.context.client)
