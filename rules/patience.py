"""How long the relay waits for a provider, and how often a waiting client hears that it does: seconds, 0 for never.

The settings say it for all channels; a channel's config may say otherwise (`timeouts`). Must not know clocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

TIMEOUTS = "timeouts"
"""The entry of a channel's config."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`connect`: until there is a connection. `first_byte`: from then on until a stream begins; `whole`: until a reply
    does that comes as a whole (the official clients of OpenAI and Anthropic wait ten minutes). `idle`: between two
    pieces of a reply. `total`: for the whole call (One API, A12.21). `keep_alive`: between two comments
    to a client that waits for a stream.
    """

    connect: float = 10
    first_byte: float = 300
    whole: float = 600
    idle: float = 300
    total: float = 0
    keep_alive: float = 15

    def changed(self, text: str) -> Patience:
        """With what a channel says otherwise: `first_byte=30, idle=20`. Raises ValueError that says what is wrong."""
        changes: dict[str, float] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, _, value = (one.strip() for one in part.partition("="))
            if name not in NAMES:
                raise ValueError(f"{name} is none of {', '.join(NAMES)}")
            changes[name] = seconds(name, value)
        return replace(self, **changes)


NAMES = tuple(one.name for one in fields(Patience))


def seconds(name: str, text: str) -> float:
    """A number of seconds. Raises ValueError that names it."""
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found < math.inf:
        raise ValueError(f"{name} must be a number of seconds, not {text!r}")
    return found
