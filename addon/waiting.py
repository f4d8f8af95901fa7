"""Watch: how long a request to a provider has been waited for, and whether that is too long. Pure.

Must not know mitmproxy or clocks: times come from the caller, in seconds. What is too long says `rules.patience`.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from addon.canon.fault import Fault, FaultKind
from rules.patience import Patience


class Stage(enum.Enum):
    CONNECT = "connect"
    HEAD = "head"
    BODY = "body"


@dataclass(slots=True)
class Watch:
    """One request. `began`: when its connection was asked for; `since`: the last that was heard, or the next stage."""

    patience: Patience
    streams: bool
    began: float
    since: float
    stage: Stage = Stage.CONNECT

    def asked(self, now: float) -> None:
        """The request has been sent."""
        self.stage, self.since = Stage.HEAD, now

    def heard(self, now: float) -> None:
        """The provider has said something, if only a comment."""
        self.stage, self.since = Stage.BODY, now

    @property
    def deadline(self) -> float:
        """When it will be too long; infinite if never."""
        return min(after(self.since, self.allowed), after(self.began, self.patience.total))

    @property
    def allowed(self) -> float:
        match self.stage:
            case Stage.CONNECT:
                return self.patience.connect
            case Stage.HEAD:
                return self.patience.first_byte if self.streams else self.patience.whole
            case Stage.BODY:
                return self.patience.idle

    def fault(self, now: float) -> Fault | None:
        """What to say when it has been too long."""
        if now >= after(self.began, self.patience.total):
            return too_long(f"The provider's reply was not complete after {self.patience.total:g} s.")
        if now < after(self.since, self.allowed):
            return None
        match self.stage:
            case Stage.CONNECT:
                return too_long(f"The provider could not be reached: no connection after {self.allowed:g} s.")
            case Stage.HEAD:
                return too_long(f"The provider did not begin to answer within {self.allowed:g} s.")
            case Stage.BODY:
                return too_long(f"The provider fell silent for {self.allowed:g} s in the middle of its reply.")


def after(since: float, allowed: float) -> float:
    return since + allowed if allowed else math.inf


def too_long(message: str) -> Fault:
    return Fault(FaultKind.TRANSPORT, 504, message, code="upstream_timeout")
