"""The pipe: bytes of a streamed reply in, bytes for the client out, chunk by chunk.

Never raises and never returns an empty bytes object (it would end the client's body: MITMPROXY.md, M2).
Must not know mitmproxy, channels, nor what happens after a fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from addon.canon.codec import Reader
from addon.canon.events import Ended, Event, Failed, Finished, Meaning, Passed, Started, TextDelta, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.raw import Head
from addon.face.encode import Encoder
from addon.meter import Meter
from addon.wire import Decoder

logger = logging.getLogger(__name__)

HELD_LIMIT = 64 * 1024
"""Bytes of chunks without meaning that are held back; more of them means that the meaning is one we do not know."""

_GARBAGE = (ValueError, LookupError, ArithmeticError, RecursionError)
"""What decoders and readers raise for bytes that make no sense (json, struct, a missing key). Else it is a bug."""


class Pipe:
    """One reply. `fault` is set once it failed; while `produced` is False, the caller may try elsewhere.

    What says nothing yet (a role, an id, a filter's verdict on the prompt) is held back until something real follows:
    several providers report errors in their second frame.
    """

    content_type = "text/event-stream"
    head: Head | None = None
    breaks_off = False
    """A failure is told inside the stream, so the body ends as it should."""

    def __init__(
        self, decoder: Decoder, reader: Reader, encoder: Encoder, meter: Meter, prompt_estimate: int = 0
    ) -> None:
        self._decoder = decoder
        self._reader = reader
        self._encoder = encoder
        self._meter = meter
        self._prompt_estimate = prompt_estimate
        self._held: list[bytes] = []
        self._over = False
        self.fault: Fault | None = None
        self.finished = False
        self.produced = False

    @property
    def over(self) -> bool:
        """The end marker, or the error frame, has been given out."""
        return self._over

    def feed(self, chunk: bytes) -> list[bytes]:
        """What the client gets for this piece of the reply. After the end or a fault: nothing."""
        out: list[bytes] = []
        if self._over:
            return out
        try:
            frames = self._decoder.feed(chunk)
            for frame in frames:
                if self._over:
                    break
                self._read(partial(self._reader.read, frame), out)
        except _GARBAGE as error:
            self._fail(_garbage(error), out)
        except Exception as error:  # whatever a dialect's bug raises: mitmproxy would cut the client's body (M2)
            self._fail(_bug(error), out)
        return out

    def close(self) -> list[bytes]:
        """Upstream has ended the body: the rest, the end marker, or the error frame of a reply that was cut."""
        out: list[bytes] = []
        if self._over:
            return out
        try:
            for frame in self._decoder.close():
                self._read(partial(self._reader.read, frame), out)
            if not self._over:
                self._read(self._reader.close, out)
        except _GARBAGE as error:
            # The last bytes of a cut reply are half a frame.
            logger.debug("the last frame is not readable: %s", error)
        except Exception as error:  # as in feed
            self._fail(_bug(error), out)
        if not self._over and self.finished:
            self._end(out)
        elif not self._over:
            self._fail(CUT, out)
        return out

    cut = close
    """The connection broke: whether the reply was complete, its own end marker says."""

    def give_up(self, fault: Fault) -> list[bytes]:
        """Nobody waits any longer. A reply that had told its end is complete all the same."""
        out: list[bytes] = []
        if self.finished and not self._over:
            self._end(out)
        self._fail(fault, out)
        return out

    def _read(self, read: Callable[[], Iterable[Event]], out: list[bytes]) -> None:
        """Takes the events of one frame. Those that come before an exception count."""
        batch: list[Event] = []
        try:
            for event in read():
                batch.append(event)
        except (TypeError, AttributeError) as error:
            # A string where an object belongs, most likely; a mistake of the reader, perhaps.
            logger.warning("a reader stumbled over the shape of a frame", exc_info=error)
            raise ValueError("its shape is not the provider's") from error
        finally:
            self._take(batch, out)

    def _take(self, batch: list[Event], out: list[bytes]) -> None:
        if self.produced and len(batch) == 1 and _is_text(batch[0]):
            self._meter.feed(batch[0])
            out += self._encoder.feed(batch)
            return
        shown: list[Event] = []
        fault: Fault | None = None
        ended = False
        for event in batch:
            meanings = event.meanings if isinstance(event, Passed) else (event,)
            fault = next((meaning.fault for meaning in meanings if isinstance(meaning, Failed)), None)
            if fault is not None:
                break
            shown.append(event)
            self._meter.feed(event)
            self.finished = self.finished or any(isinstance(meaning, Finished | Ended) for meaning in meanings)
            ended = any(isinstance(meaning, Ended) for meaning in meanings)
            if ended:
                break
        self._show(shown, out)
        if fault is not None:
            self._fail(fault, out)
        elif ended:
            self._end(out)

    def _show(self, events: list[Event], out: list[bytes]) -> None:
        self._held += self._encoder.feed(events)
        if self.produced or any(_says_something(event) for event in events) or self._holds_too_much():
            self._release(out)

    def _holds_too_much(self) -> bool:
        return sum(map(len, self._held)) > HELD_LIMIT

    def _release(self, out: list[bytes]) -> None:
        self.produced = self.produced or bool(self._held)
        out += self._held
        self._held = []

    def _end(self, out: list[bytes]) -> None:
        self._over = True
        if self._encoder.lacks_usage:
            usage, _ = self._meter.usage(self._prompt_estimate, quick=True)
            self._held += self._encoder.feed([UsageReported(usage)])
        self._held += self._encoder.end()
        self._release(out)

    def _fail(self, fault: Fault, out: list[bytes]) -> None:
        if self._over:
            return
        self._over = True
        self.fault = fault
        self._held = []
        if self.produced:
            out += self._encoder.fail(fault)


CUT = Fault(FaultKind.CUT, 502, "the provider ended the reply before it was complete", code="upstream_cut")


def _garbage(error: BaseException) -> Fault:
    reason = str(error)[:200] or type(error).__name__
    return Fault(FaultKind.GARBAGE, 502, f"the provider's reply cannot be read: {reason}", code="upstream_garbage")


def _bug(error: BaseException) -> Fault:
    logger.error("a translator failed", exc_info=error)
    return Fault(FaultKind.BUG, 500, "internal error while translating the reply", "one_api_error", "internal_error")


def _is_text(event: Event) -> bool:
    """Text and nothing else, as nearly every frame is."""
    if isinstance(event, Passed):
        return len(event.meanings) == 1 and isinstance(event.meanings[0], TextDelta)
    return isinstance(event, TextDelta)


def _says_something(event: Event) -> bool:
    if isinstance(event, Passed):
        return any(map(_is_real, event.meanings))
    return _is_real(event)


def _is_real(meaning: Meaning) -> bool:
    """A role, an id or a count is no reason yet to stay with this provider."""
    if isinstance(meaning, TextDelta):
        return bool(meaning.text)
    return not isinstance(meaning, Started | UsageReported)
