"""SocketStream: a client's WebSocket that goes through to the provider's. mitmproxy's own layer moves the messages.

The hooks of `websocket_message` meter them; what is here opens, bounds and ends the connection. The provider's side has
a stream id of its own, as each attempt has. Must not know formats, prices or the database.
"""

from __future__ import annotations

from mitmproxy import http
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.layers.http import (
    DropStream,
    HttpResponseHeadersHook,
    HttpResponseHook,
    RequestEndOfMessage,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    SendHttp,
)
from mitmproxy.proxy.layers.websocket import WebsocketLayer
from mitmproxy.websocket import WebSocketData
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, TextMessage

from addon.claiming import ClaimingStream
from addon.realtime import LARGE, MESSAGE_LIMIT, MOST_PIECES, Session, Stop

Commands = layer.CommandGenerator[None]


class SocketStream(ClaimingStream):
    """`session` is set while messages pass; `current` is the upstream stream id."""

    session: Session | None = None
    current: int | None = None

    def open_socket(self, session: Session, response: http.Response) -> Commands:
        """The client gets its 101. Addons are told that a WebSocket follows, as mitmproxy tells them."""
        self.session = session
        self.flow.response, self.flow.websocket = response, WebSocketData()
        yield HttpResponseHeadersHook(self.flow)
        yield HttpResponseHook(self.flow)
        self.server_state = self.state_done
        yield SendHttp(ResponseHeaders(self.stream_id, response, True), self.context.client)
        self.child_layer = WebsocketLayer(self.context, self.flow)
        yield from self.on_socket(events.Start())
        # Only now, so that what the client says at once finds the layer ready.
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)

    def on_socket(self, event: events.Event) -> Commands:
        """Whatever happens on either side while messages pass."""
        assert self.session is not None
        assert isinstance(self.child_layer, WebsocketLayer)
        yield from self.passthrough(event)
        if self.is_too_much(self.child_layer):
            self.session.break_off(LARGE)
        # While a hook looks at a message, what came behind it waits in the layer: that is dealt with first.
        if self.session.stop is not None and self.is_open() and not self.child_layer._paused:
            yield from self.end_session(self.child_layer, self.session.stop)
        if not self.flow.live:
            self.forget_upstream()
            yield DropStream(self.stream_id)

    def is_open(self) -> bool:
        return self.flow.websocket is not None and self.flow.websocket.timestamp_end is None

    def is_too_much(self, sockets: WebsocketLayer) -> bool:
        """mitmproxy collects the pieces of a message without limit."""
        if not hasattr(sockets, "client_ws"):  # it waits for the hook of its start
            return False
        ends = (sockets.client_ws, sockets.server_ws)
        return any(len(end.frame_buf) > MOST_PIECES or sum(map(len, end.frame_buf)) > MESSAGE_LIMIT for end in ends)

    def end_session(self, sockets: WebsocketLayer, stop: Stop) -> Commands:
        """Says why, and closes: the provider's side as if it had gone."""
        client = sockets.client_ws
        if client.state is ConnectionState.OPEN:
            told = client.send(TextMessage(stop.event.decode())) + client.send(CloseConnection(stop.code, stop.reason))
            yield SendHttp(ResponseData(self.stream_id, told), self.context.client)
        yield from self.passthrough(ResponseEndOfMessage(self.stream_id))

    def passthrough(self, event: events.Event) -> Commands:
        """mitmproxy's, with our id of the provider's side; an end is an end, however it was told."""
        if self.session is None:
            yield from super().passthrough(event)
            return
        if isinstance(event, RequestProtocolError):
            event = RequestEndOfMessage(self.stream_id)
        elif isinstance(event, ResponseProtocolError):
            event = ResponseEndOfMessage(self.stream_id)
        for command in super().passthrough(event):
            if isinstance(command, SendHttp) and command.connection is self.context.server:
                assert self.current is not None
                command.event.stream_id = self.current
            yield command

    def forget_upstream(self) -> None:
        """Nothing more comes of the provider's side."""
        self.current = None
