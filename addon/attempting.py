"""AttemptStream: the provider's side of one attempt, from its connection to its end. Each has a stream id of its own.

Must not know formats, providers or the database, nor what follows from an attempt.
"""

from __future__ import annotations

import itertools

from mitmproxy.proxy import layer
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import (
    HttpLayer,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseProtocolError,
    SendHttp,
)
from mitmproxy.proxy.layers.http import _events as http_events

from addon.canon.outbound import Outbound
from addon.identity import new_socket_key
from addon.messages import public_request, sent_request
from addon.sockets import SocketStream

Commands = layer.CommandGenerator[None]
attempt_ids = itertools.count(1_000_000)


def cancel(stream_id: int) -> RequestProtocolError:
    """Abandons an attempt: HTTP/1 closes the connection, HTTP/2 resets the stream. mitmproxy 12 wants its ErrorCode."""
    codes = getattr(http_events, "ErrorCode", None)
    return RequestProtocolError(stream_id, "attempt abandoned", codes.CANCEL if codes else 499)


def breaks_off(stream_id: int, message: str) -> ResponseProtocolError:
    """Ends a reply in the middle, and an HTTP/1 client's connection with it; mitmproxy 12 wants its ErrorCode."""
    codes = getattr(http_events, "ErrorCode", None)
    return ResponseProtocolError(stream_id, message, codes.GENERIC_SERVER_ERROR if codes else 502)


class AttemptStream(SocketStream):
    """`current` is the id of the attempt under way, None between attempts: late events then reach nobody."""

    upstream_open = False
    socket_key = ""

    @property
    def parent(self) -> HttpLayer:
        found = self.context.layers[self.context.layers.index(self) - 1]
        assert isinstance(found, HttpLayer)
        return found

    def connect(self, outbound: Outbound) -> layer.CommandGenerator[bool]:
        """The flow shows the request from now on, without its key. False: there is no connection, or no client."""
        self.socket_key = new_socket_key() if outbound.upgrade else ""
        absolute = self.mode is http_layers.HTTPMode.upstream
        self.flow.request = public_request(outbound, self.flow.request, absolute, self.socket_key)
        self.forget_connect_errors()
        connected = yield from super().make_server_connection()
        return connected and not self.client_left()

    def send(self, outbound: Outbound) -> Commands:
        """The key is on the sent copy only, so no view, dump or log of the flow holds one."""
        self.current, self.upstream_open = next(attempt_ids), True
        self.parent.streams[self.current] = self
        absolute = self.mode is http_layers.HTTPMode.upstream
        sent = sent_request(outbound, self.flow.request, absolute, self.socket_key)
        body, server = sent.raw_content, self.context.server
        yield SendHttp(RequestHeaders(self.current, sent, not body), server)
        if body:
            yield SendHttp(RequestData(self.current, body), server)
        yield SendHttp(RequestEndOfMessage(self.current), server)

    def forget_connect_errors(self) -> None:
        """mitmproxy would replay a refused connect to each later request of this client (T2)."""
        waiting = self.parent.waiting_for_establishment
        for connection in [*self.parent.connections, self.parent.context.server]:
            if connection.error and connection not in waiting and connection is not self.context.client:
                connection.error = None

    def client_left(self) -> bool:
        return any(isinstance(event, RequestProtocolError) for event in self._paused_event_queue)

    def abandon(self) -> Commands:
        """Forgets the attempt under way, and closes it if it still runs."""
        stream_id, still_open = self.current, self.upstream_open
        self.forget_upstream()
        if stream_id is not None and still_open:
            yield SendHttp(cancel(stream_id), self.context.server)

    def forget_upstream(self) -> None:
        if self.current is not None:
            self.parent.streams.pop(self.current, None)
        self.current, self.upstream_open = None, False
