"""DepartingStream: the client's side of an exchange: how it is told of the end, whatever that is.

    answer            a whole reply, before the first translated byte
    end_stream        after it
    on_client_left    nobody is there any more
    crashed           a bug of ours

Each knows whether a head has been sent: early, with a comment that keeps the connection alive, or with the first
translated byte. Must not know formats, providers or the database, nor why it ends.
"""

from __future__ import annotations

import enum

from mitmproxy import flow, http
from mitmproxy.proxy import layer
from mitmproxy.proxy.layers.http import (
    DropStream,
    HttpErrorHook,
    HttpResponseHeadersHook,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    SendHttp,
)

from addon.attempting import AttemptStream, breaks_off
from addon.attempts import Send
from addon.exchange import Visit
from addon.messages import COMMENT, as_frames, broken_response, early_response, error_frame_for
from addon.pipe import Pipe
from addon.raw_pipe import RawPipe

Commands = layer.CommandGenerator[None]


class Phase(enum.Enum):
    IDLE = "idle"
    HEAD = "waiting for the head"
    UPGRADED = "upgraded"
    WHOLE = "reading a whole reply"
    HELD = "streaming, nothing shown yet"
    LIVE = "streaming"
    DONE = "done"


class DepartingStream(AttemptStream):
    """`early`: the client has the head of a stream of which there is nothing yet. `pending`: the next thing to send."""

    phase = Phase.IDLE
    early = False
    pending: Send | None = None
    pipe: Pipe | RawPipe | None = None

    def answer(self, response: http.Response) -> Commands:
        """A whole reply of ours: the one way out before the commit point. After an early head it is frames (T6)."""
        self.phase = Phase.DONE
        self.flow.response = response
        yield HttpResponseHeadersHook(self.flow)
        if self.early:
            yield SendHttp(ResponseData(self.stream_id, as_frames(self.flow.response)), self.context.client)
        yield from super().send_response(already_streamed=self.early)

    def start_stream(self, response: http.Response) -> Commands:
        """The head of a reply in pieces, unless the client has one already."""
        self.flow.response = response
        self.phase = Phase.LIVE
        yield HttpResponseHeadersHook(self.flow)
        if not self.early:
            yield SendHttp(ResponseHeaders(self.stream_id, self.flow.response, end_stream=False), self.context.client)

    def keep_alive(self, visit: Visit) -> Commands:
        """A comment: the client, and whatever is in between, see that the connection lives. The first brings a head."""
        if not self.early and self.phase is not Phase.LIVE:
            self.early = True
            yield SendHttp(
                ResponseHeaders(self.stream_id, early_response(visit), end_stream=False), self.context.client
            )
        yield SendHttp(ResponseData(self.stream_id, COMMENT), self.context.client)

    def end_stream(self) -> Commands:
        """The one way out after it. A cut that the body cannot tell of cuts the client's connection as well."""
        broken = self.pipe.fault if self.pipe is not None and self.pipe.breaks_off else None
        yield from self.abandon()
        self.phase = Phase.DONE
        if broken is None:
            yield from super().send_response(already_streamed=True)
        else:
            yield from super().handle_protocol_error(breaks_off(self.stream_id, broken.message))

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
        if self.session is not None:
            self.session = None
            yield SendHttp(breaks_off(self.stream_id, "internal error"), self.context.client)
        elif live or (self.early and not done):
            if not said_all:
                yield SendHttp(ResponseData(self.stream_id, error_frame_for(self.visit)), self.context.client)
            yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
        elif not done:
            yield from self.write_whole(broken_response(self.visit, 500, "internal error"))
        yield HttpErrorHook(self.flow)
        self.flow.live = False
        yield DropStream(self.stream_id)
