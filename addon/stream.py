"""RelayStream: mitmproxy's HttpStream with attempts, a commit point, JSON errors, and a boundary that fails closed.

`HttpLayer.make_stream` looks the name `HttpStream` up in its module; `install(gate)` puts our class there,
`uninstall()` puts theirs back. A flow that the gate does not claim behaves as ever.

Each attempt has an upstream stream id of its own, so late events of an abandoned attempt reach nobody. An attempt never
starts inside an upstream event: mitmproxy's HTTP/1 client has not finished with the old one then. The first translated
byte commits; until then every failure asks the exchange for its next step.

Must not know formats, providers or the database.
"""

from __future__ import annotations

import enum
import itertools
import logging
from typing import Any

from mitmproxy import flow, http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import (
    DropStream,
    GetHttpConnection,
    Http1Client,
    HttpErrorHook,
    HttpLayer,
    HttpResponseHeadersHook,
    HttpStream,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
    SendHttp,
)
from mitmproxy.proxy.layers.http import _events as http_events

from addon.attempts import Answer, Broken, Send
from addon.canon.fault import Fault, FaultKind
from addon.claiming import ClaimingStream, Gate
from addon.exchange import Exchange
from addon.messages import (
    broken_response,
    error_frame_for,
    lower_headers,
    public_request,
    sent_request,
    stream_response,
    whole_response,
)
from addon.pipe import CUT, Pipe
from addon.raw_pipe import RawPipe
from addon.translation import Reply
from addon.transport import transport_fault
from addon.upstream import UpstreamHttp1Client

logger = logging.getLogger(__name__)

Commands = layer.CommandGenerator[None]
UPSTREAM_EVENTS = (ResponseHeaders, ResponseData, ResponseTrailers, ResponseEndOfMessage, ResponseProtocolError)
REPLY_LIMIT = 64 * 1024 * 1024
attempt_ids = itertools.count(1_000_000)


class Phase(enum.Enum):
    IDLE = "idle"
    HEAD = "waiting for the head"
    WHOLE = "reading a whole reply"
    HELD = "streaming, nothing shown yet"
    LIVE = "streaming"
    DONE = "done"


def cancel(stream_id: int) -> RequestProtocolError:
    """Abandons an attempt: HTTP/1 closes the connection, HTTP/2 resets the stream. mitmproxy 12 wants its ErrorCode."""
    codes = getattr(http_events, "ErrorCode", None)
    return RequestProtocolError(stream_id, "attempt abandoned", codes.CANCEL if codes else 499)


class RelayStream(ClaimingStream):
    """One request of one client, with as many upstream attempts as its exchange asks for."""

    phase = Phase.IDLE
    current: int | None = None
    upstream_open = False
    pending: Send | None = None
    pipe: Pipe | RawPipe | None = None
    reply_head: http.Response | None = None

    # -- events -------------------------------------------------------------------------------------------------

    def handle_event(self, event: events.Event) -> Commands:
        """While an attempt is connecting this layer is paused; a client that leaves then must not wait for it."""
        command = self._paused.command if self._paused else None
        if isinstance(event, RequestProtocolError) and isinstance(command, GetHttpConnection):
            self._paused_event_queue.append(event)
            waiting = self.parent.waiting_for_establishment
            for connection, waiters in list(waiting.items()):
                if waiters == [command]:
                    yield commands.CloseConnection(connection)
            return
        yield from super().handle_event(event)

    def _handle_event(self, event: events.Event) -> Commands:
        try:
            yield from self.dispatch(event)
        except Exception:
            # The third boundary (MITMPROXY.md, T7): a bug in here would leave the client hanging and the hold open.
            if self.visit is None:
                raise
            logger.exception("request %s: the relay stream has crashed", self.visit.id)
            yield from self.crashed()

    def dispatch(self, event: events.Event) -> Commands:
        if isinstance(event, events.Wakeup):
            send, self.pending = self.pending, None
            if send is not None:
                yield from self.begin(send)
        elif self.visit is not None and self.visit.exchange is not None and isinstance(event, UPSTREAM_EVENTS):
            if event.stream_id == self.current:
                yield from self.on_upstream(event)
        else:
            yield from super()._handle_event(event)

    def on_upstream(self, event: Any) -> Commands:
        match event:
            case ResponseHeaders():
                yield from self.on_head(event.response)
            case ResponseData():
                yield from self.on_data(event.data)
            case ResponseEndOfMessage():
                yield from self.on_end()
            case ResponseProtocolError():
                yield from self.on_cut(event.message)

    # -- attempts -----------------------------------------------------------------------------------------------

    @property
    def parent(self) -> HttpLayer:
        found = self.context.layers[self.context.layers.index(self) - 1]
        assert isinstance(found, HttpLayer)
        return found

    @property
    def exchange(self) -> Exchange:
        assert self.visit is not None
        assert self.visit.exchange is not None
        return self.visit.exchange

    def make_server_connection(self) -> layer.CommandGenerator[bool]:
        """The gate: a claimed flow never connects on its own, only through its exchange's attempts."""
        if self.visit is None:
            return (yield from super().make_server_connection())
        step = self.visit.exchange.step if self.visit.exchange else None
        if step is None:
            yield from self.answer(
                broken_response(self.visit, 500, "internal error: the request was not sent anywhere")
            )
        else:
            yield from self.follow(step)
        return False

    def follow(self, step: Send | Answer) -> Commands:
        assert self.visit is not None
        if isinstance(step, Send):
            yield from self.begin(step)
        else:
            yield from self.answer(whole_response(self.visit, step))

    def begin(self, send: Send) -> Commands:
        """Connects and sends. The key is on the sent copy only, so no view, dump or log of the flow holds one."""
        if self.client_left():
            return
        self.exchange.run()
        absolute = self.mode is http_layers.HTTPMode.upstream
        self.flow.request = public_request(send.outbound, self.flow.request, absolute)
        self.forget_connect_errors()
        if not (yield from super().make_server_connection()) or self.client_left():
            return
        self.current, self.upstream_open, self.phase = next(attempt_ids), True, Phase.HEAD
        self.parent.streams[self.current] = self
        sent = sent_request(send.outbound, self.flow.request, absolute)
        body = send.outbound.body
        server = self.context.server
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

    def on_head(self, response: http.Response) -> Commands:
        if response.status_code < 200:
            yield from self.broken(
                Fault(FaultKind.GARBAGE, 502, f"The provider sent a bare {response.status_code} head.")
            )
            return
        self.reply_head = response
        self.response_body_buf.clear()
        self.pipe = self.exchange.pipe(response.status_code, lower_headers(response))
        self.phase = Phase.HELD if self.pipe else Phase.WHOLE

    def on_data(self, data: bytes) -> Commands:
        if self.pipe is not None:
            yield from self.pour(self.pipe, self.pipe.feed(data))
            return
        self.response_body_buf += data
        if len(self.response_body_buf) > REPLY_LIMIT:
            yield from self.broken(Fault(FaultKind.GARBAGE, 502, "The provider's reply is larger than 64 MB."))

    def on_end(self) -> Commands:
        self.upstream_open = False
        if self.pipe is not None:
            yield from self.pour(self.pipe, self.pipe.close())
            if self.phase is Phase.LIVE:
                yield from self.end_stream()
            return
        assert self.reply_head is not None
        reply = Reply(self.reply_head.status_code, lower_headers(self.reply_head), bytes(self.response_body_buf))
        self.response_body_buf.clear()
        self.abandon_id()
        yield from self.after(self.exchange.advance(reply))

    def on_cut(self, message: str) -> Commands:
        """The connection broke. A stream that was complete ends as if it had not."""
        self.upstream_open = False
        if self.pipe is None:
            yield from self.broken(CUT if self.phase is Phase.WHOLE else transport_fault(message))
            return
        yield from self.pour(self.pipe, self.pipe.cut())
        if self.phase is Phase.LIVE:
            yield from self.end_stream()

    def pour(self, pipe: Pipe | RawPipe, chunks: list[bytes]) -> Commands:
        """Hands translated bytes to the client; the first of them commits."""
        if self.phase is Phase.HELD:
            if pipe.fault is not None:
                yield from self.broken(pipe.fault)
                return
            if not chunks or self.client_left():
                return
            yield from self.commit(pipe)
        for chunk in filter(None, chunks):  # an empty one would end the body
            yield SendHttp(ResponseData(self.stream_id, chunk), self.context.client)
        if pipe.fault is not None and self.phase is Phase.LIVE:
            yield from self.end_stream()

    def commit(self, pipe: Pipe | RawPipe) -> Commands:
        assert self.visit is not None
        assert self.reply_head is not None
        self.exchange.commit(pipe)
        self.flow.response = stream_response(self.visit, self.reply_head, pipe)
        self.phase = Phase.LIVE
        yield HttpResponseHeadersHook(self.flow)
        yield SendHttp(ResponseHeaders(self.stream_id, self.flow.response, end_stream=False), self.context.client)

    def broken(self, fault: Fault) -> Commands:
        """The attempt is over and nothing of it was shown."""
        yield from self.abandon()
        if not self.client_left():
            yield from self.after(self.exchange.advance(Broken(fault)))

    def after(self, step: Send | Answer) -> Commands:
        """A further attempt starts from a wake-up, an answer at once."""
        if isinstance(step, Send):
            self.pending, self.phase = step, Phase.IDLE
            yield commands.RequestWakeup(step.delay)
        else:
            yield from self.follow(step)

    def abandon(self) -> Commands:
        """Forgets the attempt under way, and closes it if it still runs."""
        stream_id, still_open = self.current, self.upstream_open
        self.abandon_id()
        if stream_id is not None and still_open:
            yield SendHttp(cancel(stream_id), self.context.server)

    def abandon_id(self) -> None:
        if self.current is not None:
            self.parent.streams.pop(self.current, None)
        self.current, self.upstream_open, self.pipe = None, False, None

    # -- the ways out -------------------------------------------------------------------------------------------

    def answer(self, response: http.Response) -> Commands:
        """A whole reply of ours: the one way out before the commit point."""
        self.phase = Phase.DONE
        self.flow.response = response
        yield HttpResponseHeadersHook(self.flow)
        yield from super().send_response()

    def end_stream(self) -> Commands:
        """The one way out after it. A cut that the body cannot tell of cuts the client's connection as well."""
        broken = self.pipe.fault if self.pipe is not None and self.pipe.breaks_off else None
        yield from self.abandon()
        self.phase = Phase.DONE
        if broken is None:
            yield from super().send_response(already_streamed=True)
        else:
            yield from super().handle_protocol_error(ResponseProtocolError(self.stream_id, broken.message))

    def handle_protocol_error(self, event: RequestProtocolError | ResponseProtocolError) -> Commands:
        if self.visit is None or self.visit.exchange is None or self.client_state != self.state_done:
            yield from super().handle_protocol_error(event)
        elif isinstance(event, ResponseProtocolError):
            yield from self.broken(transport_fault(event.message))
        else:
            yield from self.on_client_left(event.message)

    def on_client_left(self, message: str) -> Commands:
        yield from self.abandon()
        self.pending = None
        done, self.phase = self.phase is Phase.DONE, Phase.DONE
        self.client_state = self.server_state = self.state_errored
        if not done:
            self.flow.error = flow.Error(message)
            yield HttpErrorHook(self.flow)
        self.flow.live = False
        yield DropStream(self.stream_id)

    def crashed(self) -> Commands:
        assert self.visit is not None
        live, done = self.phase is Phase.LIVE, self.phase is Phase.DONE
        said_all = self.pipe is not None and self.pipe.over
        yield from self.abandon()
        self.pending, self.phase = None, Phase.DONE
        self.client_state = self.server_state = self.state_errored
        self.flow.error = flow.Error("internal error")
        if live:
            if not said_all:
                yield SendHttp(ResponseData(self.stream_id, error_frame_for(self.visit)), self.context.client)
            yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
        elif not done:
            yield from self.write_whole(broken_response(self.visit, 500, "internal error"))
        yield HttpErrorHook(self.flow)
        self.flow.live = False
        yield DropStream(self.stream_id)


def install(gate: Gate) -> None:
    """Idempotent: a reloaded addon brings a new gate, never a second subclass."""
    RelayStream.gate = gate
    http_layers.HttpStream = RelayStream  # type: ignore[misc]
    http_layers.Http1Client = UpstreamHttp1Client  # type: ignore[misc]


def uninstall(gate: Gate) -> None:
    """Puts mitmproxy's own class back, unless another gate has been installed since."""
    if RelayStream.gate is gate:
        RelayStream.gate = None
        http_layers.HttpStream = HttpStream  # type: ignore[misc]
        http_layers.Http1Client = Http1Client  # type: ignore[misc]
