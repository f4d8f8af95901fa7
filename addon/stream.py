"""RelayStream: mitmproxy's HttpStream with attempts, a commit point, JSON errors, and a boundary that fails closed.

`HttpLayer.make_stream` looks the name `HttpStream` up in its module; `install(gate)` puts our class there,
`uninstall()` puts theirs back. A flow that the gate does not claim behaves as ever.

Each attempt has an upstream stream id of its own, so late events of an abandoned attempt reach nobody. An attempt never
starts inside an upstream event: mitmproxy's HTTP/1 client has not finished with the old one then. The first translated
byte commits; until then every failure asks the exchange for its next step.

Must not know formats, providers or the database.
"""

from __future__ import annotations

import logging
from typing import Any

from mitmproxy import http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers import http as http_layers
from mitmproxy.proxy.layers.http import (
    GetHttpConnection,
    GetHttpConnectionCompleted,
    Http1Client,
    HttpStream,
    RequestData,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
    SendHttp,
)

from addon.attempting import cancel
from addon.attempts import Answer, Broken, Send
from addon.bell import Due
from addon.canon.fault import Fault, FaultKind
from addon.canon.request import RealtimeRequest
from addon.claiming import Gate
from addon.departing import Phase
from addon.identity import new_mask
from addon.messages import (
    broken_response,
    is_upgraded,
    lower_headers,
    stream_response,
    upgrade_response,
    whole_response,
)
from addon.patient import PatientStream
from addon.pipe import CUT, Pipe
from addon.raw_pipe import RawPipe
from addon.socket_answers import CONTENT_TYPE, SocketAnswers
from addon.translation import Reply
from addon.transport import transport_fault
from addon.upstream import UpstreamHttp1Client

logger = logging.getLogger(__name__)

Commands = layer.CommandGenerator[None]
UPSTREAM_EVENTS = (ResponseHeaders, ResponseData, ResponseTrailers, ResponseEndOfMessage, ResponseProtocolError)
NO_SOCKETS = Fault(FaultKind.TRANSPORT, 502, "The provider speaks HTTP/2, which has no WebSocket here.")
REPLY_LIMIT = 64 * 1024 * 1024


class RelayStream(PatientStream):
    """One request of one client, with as many upstream attempts as its exchange asks for."""

    answers: SocketAnswers | None = None
    reply_head: http.Response | None = None
    too_late: Fault | None = None

    # -- events -------------------------------------------------------------------------------------------------

    def handle_event(self, event: events.Event) -> Commands:
        """While an attempt is connecting this layer is paused; a client that leaves then must not wait for it (T3), nor
        may we."""
        command = self._paused.command if self._paused else None
        if not isinstance(command, GetHttpConnection) or not isinstance(event, RequestProtocolError | Due):
            yield from super().handle_event(event)
        elif isinstance(event, Due):
            yield from self.on_due()
        else:
            self._paused_event_queue.append(event)
            yield from self.stop_connecting(command)

    def stop_connecting(self, command: GetHttpConnection) -> Commands:
        """Ends the attempt to connect. Who else waits for the same connection, over HTTP/2, goes on waiting."""
        for connection, waiters in list(self.parent.waiting_for_establishment.items()):
            others = [one for one in waiters if one is not command]
            if len(others) == len(waiters):
                continue
            if not others:
                yield commands.CloseConnection(connection)
                continue
            waiters[:] = others
            self.parent.command_sources.pop(command, None)
            yield from super().handle_event(GetHttpConnectionCompleted(command, (None, "left")))

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
        elif isinstance(event, Due):
            yield from self.on_due()
        elif self.session is not None:
            yield from self.on_socket(event)
        elif self.visit is not None and self.visit.exchange is not None and isinstance(event, UPSTREAM_EVENTS):
            if event.stream_id == self.current:
                yield from self.on_upstream(event)
        else:
            yield from super()._handle_event(event)

    def on_upstream(self, event: Any) -> Commands:
        yield from self.heard()
        if self.answers is not None:
            yield from self.on_answers(event, self.answers)
            return
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
            self.shown = self.visit.began
            yield from self.follow(step)
        return False

    def follow(self, step: Send | Answer) -> Commands:
        assert self.visit is not None
        if isinstance(step, Send):
            yield from self.begin(step)
        else:
            yield from self.answer(whole_response(self.visit, step))

    def begin(self, send: Send) -> Commands:
        """Connects and sends."""
        if self.client_left():
            return
        self.exchange.run()
        self.too_late = None
        yield from self.begin_watch(send)
        if (yield from self.connect(send.outbound)):
            if send.outbound.upgrade and self.context.server.alpn == b"h2":
                yield from self.broken(NO_SOCKETS)
                return
            self.phase = Phase.HEAD
            yield from self.send(send.outbound)
            yield from self.asked()

    def on_head(self, response: http.Response) -> Commands:
        upgraded = self.exchange.sending.outbound.upgrade and is_upgraded(response, self.socket_key)
        if response.status_code < 200 and not upgraded:
            yield from self.broken(
                Fault(FaultKind.GARBAGE, 502, f"The provider sent a bare {response.status_code} head.")
            )
            return
        self.reply_head = response
        self.response_body_buf.clear()
        if upgraded and isinstance(self.exchange.request, RealtimeRequest):
            self.phase = Phase.UPGRADED
            return
        if upgraded:
            response = self.reply_head = self.begin_answers()
        self.pipe = self.exchange.pipe(response.status_code, lower_headers(response))
        self.phase = Phase.HELD if self.pipe else Phase.WHOLE

    def begin_answers(self) -> http.Response:
        """The head of the stream that the messages make."""
        send = self.exchange.sending
        is_last = send.candidate.codec.is_last
        assert is_last is not None
        self.answers = SocketAnswers(send.outbound.body, is_last, new_mask)
        return http.Response.make(200, headers={"content-type": CONTENT_TYPE})

    def on_answers(self, event: Any, answers: SocketAnswers) -> Commands:
        """The provider answers over a WebSocket; what it says is read like a stream of JSON lines."""
        assert self.current is not None
        match event:
            case ResponseEndOfMessage() if not answers.asked:
                yield SendHttp(RequestData(self.current, answers.ask()), self.context.server)
            case ResponseData():
                heard, attempt = answers.feed(event.data), self.current
                if heard.reply:
                    yield SendHttp(RequestData(attempt, heard.reply), self.context.server)
                if heard.lines:
                    yield from self.on_data(heard.lines)
                if heard.broken:
                    logger.info("request %s: the provider's WebSocket: %s", self.exchange.id, heard.broken)
                if heard.over and self.current == attempt:
                    yield SendHttp(cancel(attempt), self.context.server)
                    yield from self.on_cut(heard.broken) if heard.broken else self.on_end()
            case ResponseEndOfMessage() | ResponseProtocolError():
                yield from self.on_cut("the WebSocket was cut")

    def on_data(self, data: bytes) -> Commands:
        if self.pipe is not None:
            yield from self.pour(self.pipe, self.pipe.feed(data))
            return
        self.response_body_buf += data
        if len(self.response_body_buf) > REPLY_LIMIT:
            yield from self.broken(Fault(FaultKind.GARBAGE, 502, "The provider's reply is larger than 64 MB."))

    def on_end(self) -> Commands:
        if self.phase is Phase.UPGRADED:
            yield from self.open_session()
            return
        self.upstream_open = False
        if self.pipe is not None:
            yield from self.pour(self.pipe, self.pipe.close())
            if self.phase is Phase.LIVE:
                yield from self.end_stream()
            return
        assert self.reply_head is not None
        reply = Reply(self.reply_head.status_code, lower_headers(self.reply_head), bytes(self.response_body_buf))
        self.response_body_buf.clear()
        self.forget_upstream()
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
        if chunks and self.watch is not None:
            self.shown = self.watch.since
        if pipe.fault is not None and self.phase is Phase.LIVE:
            yield from self.end_stream()

    def commit(self, pipe: Pipe | RawPipe) -> Commands:
        assert self.visit is not None
        assert self.reply_head is not None
        self.exchange.commit(pipe)
        yield from self.start_stream(stream_response(self.visit, self.reply_head, pipe))

    def open_session(self) -> Commands:
        """The provider has said 101, so the client gets one, and both talk."""
        assert self.visit is not None
        assert self.reply_head is not None
        if self.client_left():
            return
        request, session = self.exchange.request, self.exchange.talk()
        assert isinstance(request, RealtimeRequest)
        self.exchange.commit(session)
        self.phase, self.watch = Phase.LIVE, None
        yield from self.open_socket(session, upgrade_response(self.visit, request, self.reply_head))

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

    def forget_upstream(self) -> None:
        super().forget_upstream()
        self.pipe = self.answers = None

    def handle_protocol_error(self, event: RequestProtocolError | ResponseProtocolError) -> Commands:
        if self.visit is None or self.visit.exchange is None or self.client_state != self.state_done:
            yield from super().handle_protocol_error(event)
        elif isinstance(event, ResponseProtocolError):
            yield from self.broken(self.too_late or transport_fault(event.message))
        else:
            yield from self.on_client_left(event.message)

    # -- waiting ------------------------------------------------------------------------------------------------

    def give_up(self, fault: Fault) -> Commands:
        """The provider has had its time."""
        self.watch = None
        if self._paused is not None and isinstance(self._paused.command, GetHttpConnection):
            self.too_late = fault
            yield from self.stop_connecting(self._paused.command)
        elif self.pipe is not None and self.phase is Phase.LIVE:
            yield from self.pour(self.pipe, self.pipe.give_up(fault))
            if self.phase is Phase.LIVE:
                yield from self.end_stream()
        else:
            yield from self.broken(fault)


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
