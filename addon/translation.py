"""The way back of one attempt: a pipe for a live stream, or a whole reply translated at once. Pure.

A provider may answer a stream request with a document, and a plain request with a stream: the content type decides,
and either is turned into what the client asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from addon.canon.events import Ended, Event, Finished, Sound, Transcript, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.raw import RawRequest, reply_head
from addon.canon.request import RealtimeRequest, Request
from addon.face.encode import Ids, encoder, flatten, folded, whole_as_stream
from addon.face.fold import CountedRequest, fault_in
from addon.meter import Meter
from addon.pipe import CUT, Pipe
from addon.plan import Candidate
from addon.raw_pipe import RawPipe
from addon.realtime import Session
from addon.wire import Decoder, decoder_for, decoder_of
from addon.wire.encoding import Unpacker, Unpacking, unpack, unpacker_for

logger = logging.getLogger(__name__)

ERROR_HEAD = 64 * 1024
REDIRECTS = Fault(FaultKind.GARBAGE, 502, "The provider redirects to another address; check the channel's base URL.")
"""Never followed: the request, with its key, would go to whoever the other address belongs to."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's whole reply. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Translated:
    """What the client gets."""

    body: bytes
    content_type: str


class Translation:
    """One attempt's way back. `new_id` is the id of the exchange, `now` the Unix time that replies without one get."""

    def __init__(self, request: Request, candidate: Candidate, new_id: str, now: int, prompt_estimate: int) -> None:
        self.request = request
        self.prompt_estimate = prompt_estimate
        self.candidate = candidate
        self.ids = Ids(id=f"chatcmpl-{new_id}", created=now, model=candidate.target.model, request_id=new_id)
        self.meter = Meter(candidate.target.model)
        self.last_fault: Fault | None = None

    def pipe(self, status: int, headers: Mapping[str, str]) -> Pipe | RawPipe | None:
        """The pipe for a reply with this head; None when it has to be read whole."""
        content_type = headers.get("content-type", "")
        good = 200 <= status < 300
        if isinstance(self.request, RawRequest) and not self.request.held and (good or self.candidate.codec.verbatim):
            return RawPipe(content_type, self.meter, head=reply_head(self.request, status, headers))
        if not good or isinstance(self.request, RealtimeRequest):
            return None
        decoder = decoder_for(content_type)
        try:
            unpacker = unpacker_for(headers.get("content-encoding", ""))
        except ValueError:
            return None  # read whole, and reported there
        if decoder is not None:
            return self.stream_pipe(content_type, decoder, unpacker)
        if isinstance(self.request, RawRequest) or not self.candidate.codec.raw or is_document(content_type):
            return None
        if self.request.stream:
            return None  # not the stream of events that the client asked for: read whole, and told as one
        return RawPipe(content_type, self.meter, unpacker, read_body=self.read_body)

    def stream_pipe(self, content_type: str, decoder: Decoder, unpacker: Unpacker | None) -> Pipe | RawPipe | None:
        """The pipe for a stream of events, if the client asked for one."""
        codec = self.candidate.codec
        if not self.request.stream or codec.reader is None:
            return None
        if codec.raw_stream:
            reader = codec.reader(self.request, self.candidate.target)
            return RawPipe(content_type, self.meter, unpacker, decoder, reader, request_id=self.ids.request_id)
        return Pipe(
            decoder=Unpacking(unpacker, decoder) if unpacker else decoder,
            reader=codec.reader(self.request, self.candidate.target),
            encoder=encoder(self.request, self.ids),
            meter=self.meter,
            prompt_estimate=self.prompt_estimate,
        )

    def session(self, request: RealtimeRequest, allowed: Collection[str]) -> Session:
        """A conversation over a WebSocket, in the place of a reply. `allowed`: the models that the token may use."""
        reader = self.candidate.codec.reader
        assert reader is not None
        target = self.candidate.target
        return Session(target.model, reader(request, target), self.meter, allowed)

    def read_body(self, body: bytes) -> Iterable[Event]:
        return self.candidate.codec.read_reply(self.request, self.candidate.target, body)

    def whole(self, reply: Reply) -> Translated | Fault:
        """A whole reply in the client's dialect, or what is wrong with it (kept in `last_fault` for the log)."""
        result = self.read_whole(reply)
        self.last_fault = result if isinstance(result, Fault) else None
        return result

    def read_whole(self, reply: Reply) -> Translated | Fault:
        try:
            body = unpack(reply.headers.get("content-encoding", ""), reply.body)
        except ValueError as error:
            return Fault(FaultKind.GARBAGE, 502, f"The provider's reply cannot be decoded: {error}")
        if 300 <= reply.status < 400:
            return REDIRECTS
        if not 200 <= reply.status < 300:
            return self.candidate.dialect.read_error(reply.status, reply.headers, body[:ERROR_HEAD])
        try:
            return self.translated(reply.headers.get("content-type", ""), body)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            # A reader raises on garbage (canon/codec.py); what it was is in the log, never the body.
            logger.info("channel %s: unreadable reply: %s: %s", self.candidate.channel.id, type(error).__name__, error)
            return garbage(body)

    def translated(self, content_type: str, body: bytes) -> Translated | Fault:
        codec = self.candidate.codec
        if codec.raw and is_page(content_type):
            raise ValueError("a web page")
        decoder = decoder_for(content_type) if codec.raw else decoder_of(content_type, body)
        streamed = decoder is not None and codec.reader is not None
        events = list(self.events(decoder, body))
        fault = fault_in(events)
        if fault is not None:
            return fault
        if streamed and not any(isinstance(meaning, Finished | Ended) for meaning in flatten(events)):
            return CUT
        for event in events:
            self.meter.feed(event)
        usage, estimated = self.meter.usage(self.prompt_estimate, quick=True)
        if estimated and isinstance(self.request, CountedRequest):
            events.append(UsageReported(usage))
        if self.request.stream:
            return Translated(b"".join(whole_as_stream(self.request, events, self.ids)), "text/event-stream")
        told_anew = any(isinstance(event, Sound | Transcript) for event in events)
        if codec.raw and not streamed and not told_anew:
            return Translated(body, content_type or "application/octet-stream")
        return Translated(*folded(self.request, events, self.ids, streamed=streamed))

    def events(self, decoder: Decoder | None, body: bytes) -> Iterable[Event]:
        codec = self.candidate.codec
        if decoder is None or codec.reader is None:
            yield from codec.read_reply(self.request, self.candidate.target, body)
            return
        reader = codec.reader(self.request, self.candidate.target)
        for frame in [*decoder.feed(body), *decoder.close()]:
            yield from reader.read(frame)
        yield from reader.close()


def is_document(content_type: str) -> bool:
    """JSON is read whole: an error can stand in it. So is a page, which is one."""
    return content_type.partition(";")[0].strip().lower() in ("application/json", "text/json") or is_page(content_type)


def is_page(content_type: str) -> bool:
    return content_type.strip().lower().startswith("text/html")


def garbage(body: bytes) -> Fault:
    """A 2xx reply that is not the provider's format: most often a page of something in between."""
    # Gathered replies are an array, and the first of them may be the page.
    if body.lstrip(b"[ \t\r\n")[:1] == b"<":
        return Fault(FaultKind.GARBAGE, 502, "The provider answered with an HTML page; check the channel's base URL.")
    return Fault(FaultKind.GARBAGE, 502, "The provider's reply is not in its format.")
