"""The raw pipe: bytes that go to the client as they came (sound, subtitles, events of other names), and what they say.

The interface is that of `pipe.Pipe`. Must not know mitmproxy, channels, nor what happens after a fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from addon.canon.codec import Reader
from addon.canon.events import Event, Failed, Passed
from addon.canon.fault import Fault, FaultKind
from addon.canon.raw import Head
from addon.face.errors import error_frame
from addon.meter import Meter
from addon.pipe import CUT
from addon.wire import Decoder
from addon.wire.encoding import Unpacker

logger = logging.getLogger(__name__)

COPY_LIMIT = 1024 * 1024
"""Bytes of a reply that are kept for whoever reads its usage; transcripts are far below, sound is above and silent."""

EMPTY = Fault(FaultKind.GARBAGE, 502, "The provider's reply is empty.", code="upstream_garbage")
_UNREADABLE = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError)
"""What decoders and readers raise for bytes that are not what they know. The client gets them all the same."""


class RawPipe:
    """One reply. `fault` is set once it failed; while `produced` is False, the caller may try elsewhere.

    `breaks_off`: the failure cannot be told inside the body, so the connection has to end before the body does.
    `reader` reads a stream's frames, `read_body` a whole body at its end; both only for the meter.
    `head`: the reply's own, where that passes as well; such a reply may be empty.
    """

    def __init__(
        self,
        content_type: str,
        meter: Meter,
        unpacker: Unpacker | None = None,
        decoder: Decoder | None = None,
        reader: Reader | None = None,
        read_body: Callable[[bytes], Iterable[Event]] | None = None,
        request_id: str = "",
        head: Head | None = None,
    ) -> None:
        self.head = head
        self.content_type = content_type
        self.fault: Fault | None = None
        self.finished = False
        self.produced = False
        self.breaks_off = False
        self._meter = meter
        self._unpacker = unpacker
        self._decoder = decoder
        self._reader = reader
        self._read_body = read_body
        self._request_id = request_id
        self._copy = bytearray()
        self._over = False

    @property
    def over(self) -> bool:
        """Nothing more will be said: the end, or the fault, has been told."""
        return self._over

    def feed(self, chunk: bytes) -> list[bytes]:
        """What the client gets for this piece of the reply: the same bytes, unpacked."""
        if self._over:
            return []
        try:
            data = self._unpacker.feed(chunk) if self._unpacker else chunk
        except ValueError as error:
            return self._broken(Fault(FaultKind.GARBAGE, 502, f"The provider's reply cannot be decoded: {error}"))
        return self._pass(data)

    def close(self) -> list[bytes]:
        """Upstream has ended the body as it should."""
        if self._over:
            return []
        try:
            out = self._pass(self._unpacker.close()) if self._unpacker else []
        except ValueError:
            return self._broken(CUT)
        if self._over:
            return out
        if not self.produced and self.head is None:
            return self._broken(EMPTY)
        fault = self._said_at_the_end()
        if fault is not None:
            return [*out, *self._broken(fault)]
        self._over = self.finished = True
        return out if self.produced else [b""]

    def cut(self) -> list[bytes]:
        """The connection broke."""
        return self.give_up(CUT)

    def give_up(self, fault: Fault) -> list[bytes]:
        """No more will come. A stream that had told its end is complete all the same."""
        if self._over:
            return []
        if self.finished:
            self._over = True
            return []
        return self._broken(fault)

    def _pass(self, data: bytes) -> list[bytes]:
        if not data:
            return []
        fault = self._listen(data)
        if fault is not None and not self.produced:
            self.fault, self._over = fault, True
            return []
        self.produced = True
        if fault is not None:
            self.fault, self._over = fault, True  # the frame that tells of it is among these bytes
        return [data]

    def _listen(self, data: bytes) -> Fault | None:
        """Lets the meter hear what these bytes say; the fault they report, if any."""
        if self._reader is None or self._decoder is None:
            if self._read_body is not None and len(self._copy) <= COPY_LIMIT:
                self._copy += data
            return None
        reader, decoder = self._reader, self._decoder
        return self._heard(lambda: (event for frame in decoder.feed(data) for event in reader.read(frame)))

    def _said_at_the_end(self) -> Fault | None:
        if self._reader is not None and self._decoder is not None:
            reader, decoder = self._reader, self._decoder
            fault = self._heard(lambda: (event for frame in decoder.close() for event in reader.read(frame)))
            return fault or self._heard(reader.close)
        if self._read_body is None or len(self._copy) > COPY_LIMIT:
            return None
        read_body, body = self._read_body, bytes(self._copy)
        return self._heard(lambda: read_body(body))

    def _heard(self, read: Callable[[], Iterable[Event]]) -> Fault | None:
        try:
            for event in read():
                fault = self._take(event)
                if fault is not None:
                    return fault
        except _UNREADABLE as error:
            logger.info("a reply that passes as it is cannot be read for its usage: %s", error)
            self._reader = self._read_body = None
        return None

    def _take(self, event: Event) -> Fault | None:
        for meaning in event.meanings if isinstance(event, Passed) else (event,):
            if isinstance(meaning, Failed):
                return meaning.fault
        self._meter.feed(event)
        self.finished = self._meter.complete
        return None

    def _broken(self, fault: Fault) -> list[bytes]:
        """Over, with a fault that the body does not tell: a stream of events gets one more, sound just ends."""
        self.fault, self._over = fault, True
        if not self.produced:
            return []
        if self._decoder is not None:
            return [error_frame(fault, self._request_id)]
        self.breaks_off = True
        return []
