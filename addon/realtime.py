"""Session: a conversation over a WebSocket that passes as it is, and what it costs. Pure.

It stands where a pipe stands for other replies. Must not know mitmproxy, nor how messages travel.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from addon.canon.codec import Reader
from addon.canon.events import Event, UsageReported
from addon.canon.fault import Fault, FaultKind
from addon.canon.frame import Frame
from addon.canon.raw import Head
from addon.meter import Meter

logger = logging.getLogger(__name__)

NORMAL, GOING_AWAY, NO_STATUS = 1000, 1001, 1005
GOOD_ENDS = (NORMAL, GOING_AWAY, NO_STATUS)
POLICY, TOO_LARGE, BROKEN = 1008, 1009, 1011
"""Close codes (RFC 6455, 7.4.1)."""
MESSAGE_LIMIT = 64 * 1024 * 1024
MOST_PIECES = 65_536
"""Of one message: pieces may be empty, and cost memory all the same."""
CUT = Fault(FaultKind.CUT, 502, "the provider ended the connection in the middle", code="upstream_cut")
SPENT = Fault(
    FaultKind.OUT_OF_BALANCE, 403, "the quota is used up: the session ends here", code="insufficient_user_quota"
)
LARGE = Fault(
    FaultKind.GARBAGE,
    413,
    f"a message is larger than 64 MB, or in more than {MOST_PIECES} pieces: the session ends here",
    code="message_too_large",
)
BUG = Fault(FaultKind.BUG, 500, "internal error: the session ends here", "one_api_error", "internal_error")
FORBIDDEN = Fault(
    FaultKind.FORBIDDEN, 403, "this token may not use the model that is to transcribe", code="model_not_allowed"
)
CODES = {SPENT: POLICY, FORBIDDEN: POLICY, LARGE: TOO_LARGE, BUG: BROKEN}
_UNREADABLE = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError)
"""What a reader raises for messages that are not what it knows. The client gets them all the same."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How we end a session ourselves: an event that says why, and the close code."""

    event: bytes
    code: int
    reason: str


class Session:
    """`upstream` is the provider's name of the model; `allowed` are the models that the token may use, () for all.

    `fault` is set once something went wrong.

    `stop` is set when we end the session: whoever moves the messages looks there after each of them.
    """

    content_type = ""
    head: Head | None = None
    """No head of its own: the books have a session that was opened as a 200, like all that was served."""
    produced = True
    breaks_off = False

    def __init__(self, upstream: str, reader: Reader, meter: Meter, allowed: Collection[str] = ()) -> None:
        self.upstream = upstream
        self.fault: Fault | None = None
        self.stop: Stop | None = None
        self.finished = False
        self._reader = reader
        self._meter = meter
        self._allowed = allowed
        self._over = False

    @property
    def over(self) -> bool:
        return self._over

    def said(self, content: bytes) -> bytes:
        """A message of the client's, as the provider gets it: where it names its model, with the provider's name.

        So nobody gets another model than the one that was asked for and is paid. A message that could name one is
        written anew: what we read is what is sent, however it was escaped and whatever stands there twice.
        """
        if b"\\u" not in content and not (b"session" in content and b"model" in content):
            return content
        try:
            document = json.loads(content)
        except _UNREADABLE:
            return content
        session = document.get("session") if isinstance(document, dict) else None
        if isinstance(session, dict):
            if "model" in session:
                document = {**document, "session": {**session, "model": self.upstream}}
            scribe = scribe_of(session)
            if self._allowed and scribe and scribe not in self._allowed:
                self.break_off(FORBIDDEN)
        return json.dumps(document).encode()

    def heard(self, content: bytes) -> bool:
        """A message of the provider's. True if there is something new to pay."""
        try:
            return self._take(list(self._reader.read(Frame(data=content))))
        except _UNREADABLE as error:
            logger.debug("a message that passes as it is cannot be read for its usage: %s", error)
            return False

    def end(self) -> None:
        """Nothing more will be said. What was not told is guessed."""
        if not self._over:
            self._over = True
            self._take(list(self._reader.close()))

    def closed(self, by_client: bool, code: int | None) -> None:
        """How the WebSocket has ended; `code` as mitmproxy tells it, 1006 for a connection that was cut."""
        self.finished = code is None or code in GOOD_ENDS
        if not self.finished and not by_client and self.fault is None:
            self.fault = CUT

    def break_off(self, fault: Fault) -> None:
        """Ends the session from our side, for one of the reasons above."""
        if self.stop is None:
            self.fault = fault
            told = {"type": fault.type, "code": fault.code, "message": fault.message, "param": None, "event_id": None}
            event = {"type": "error", "event_id": "", "error": told}
            self.stop = Stop(json.dumps(event).encode(), CODES[fault], fault.message)

    def _take(self, events: list[Event]) -> bool:
        for event in events:
            self._meter.feed(event)
        return any(isinstance(event, UsageReported) for event in events)


def scribe_of(session: dict[str, Any]) -> Any:
    """Who is to write down what is heard, as today's sessions say it and as the beta's did."""
    found: Any = session.get("audio")
    for name in ("input", "transcription", "model"):
        found = found.get(name) if isinstance(found, dict) else None
    if found:
        return found
    older = session.get("input_audio_transcription")
    return older.get("model") if isinstance(older, dict) else None
