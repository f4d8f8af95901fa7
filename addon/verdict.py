"""What follows from a fault: try the next channel, or give up. One ordered table, pure: its first row that fits.

Statuses come first, then the words of the body, then the kind that the dialect found. The channel is blamed for nothing
that the client may have brought about: a 400 often quotes what was sent. Must not know channels or clocks.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from addon.canon.fault import Fault, FaultKind


class Verdict(enum.StrEnum):
    TRY_NEXT = "try next"
    GIVE_UP = "give up"


class Blame(enum.Enum):
    """What is avoided for a while: nothing, this model at the channel, or the channel with its key."""

    NOBODY = "nobody"
    MODEL = "the channel for this model"
    CHANNEL = "the channel"


@dataclass(frozen=True, slots=True)
class Row:
    """Fits a fault of one of `kinds` and `statuses` with these `words`; what is empty fits all.

    `passes`: the same request may succeed later at the same channel.
    """

    verdict: Verdict
    blame: Blame
    passes: bool
    reason: str
    kinds: frozenset[FaultKind] = frozenset()
    statuses: frozenset[int] = frozenset()
    words: re.Pattern[str] | None = None

    def fits(self, fault: Fault) -> bool:
        return (
            (not self.kinds or fault.kind in self.kinds)
            and (not self.statuses or fault.status in self.statuses)
            and (self.words is None or self.words.search(told(fault)) is not None)
        )


def told(fault: Fault) -> str:
    return f"{fault.type} {fault.code or ''} {fault.message}"


def words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


NEXT, STOP = Verdict.TRY_NEXT, Verdict.GIVE_UP
NOBODY, MODEL, CHANNEL = Blame.NOBODY, Blame.MODEL, Blame.CHANNEL
K = FaultKind
ACCOUNT = frozenset({K.BAD_KEY, K.OUT_OF_BALANCE})
ASKED = frozenset({K.BAD_REQUEST})

BY_STATUS = (
    Row(NEXT, NOBODY, False, "a complaint about the key that may quote the client", ACCOUNT, frozenset({400, 422})),
    Row(NEXT, NOBODY, True, "the provider's own clients ask again then", ASKED, frozenset({409, 425})),
    Row(NEXT, MODEL, False, "the channel's address or proxy is at fault", ASKED, frozenset({405, 407, 421, 426})),
)
BY_WORDS = (
    Row(
        *(STOP, NOBODY, False, "the conversation is too long for the model"),
        kinds=frozenset({K.BAD_REQUEST, K.FORBIDDEN, K.SERVER_ERROR, K.GARBAGE}),
        words=words(r"context_length_exceeded|maximum context length|prompt is too long"),
    ),
    Row(
        *(STOP, NOBODY, False, "another channel must not be used to get round a filter"),
        kinds=frozenset({K.FORBIDDEN}),  # OpenRouter's, for input that its moderation has flagged
        words=words(r"\bflagged\b|content[ _](?:filter|policy|management policy)"),
    ),
    Row(
        *(NEXT, NOBODY, False, "this one request is above the account's limit"),
        kinds=frozenset({K.RATE_LIMITED}),  # OpenAI's and Groq's tokens per minute
        words=words(r"request too large"),
    ),
    Row(
        *(NEXT, NOBODY, True, "a limit that is told as a bad request"),
        kinds=ASKED,  # songquanpeng/one-api#1048
        words=words(r"resource[ _](?:has been |is )?exhausted|rate[ _]limit|too many requests|\boverloaded\b"),
    ),
    Row(
        *(NEXT, NOBODY, False, "a bad key that is told as a bad request"),
        kinds=ASKED,
        words=words(r"(?:invalid|incorrect|expired)[ _]api[ _]?key|api[ _]?key (?:is )?(?:invalid|expired|not valid)"),
    ),
    Row(
        *(NEXT, NOBODY, False, "an empty account that is told as a bad request"),
        kinds=ASKED,
        words=words(r"insufficient[ _](?:account )?(?:balance|quota|funds|credits?)|余额不足|欠费"),
    ),
    Row(
        *(NEXT, MODEL, False, "another provider may have the model"),
        kinds=frozenset({K.NOT_FOUND}),
        words=words(r"model|deployment|engine|endpoint"),
    ),
)
BY_KIND = tuple(
    Row(verdict, blame, passes, reason, frozenset({kind}))
    for kind, verdict, blame, passes, reason in (
        (K.BAD_REQUEST, STOP, NOBODY, False, "the request is at fault, not the channel"),
        (K.CONTENT_FILTER, STOP, NOBODY, False, "another channel must not be used to get round a filter"),
        (K.BAD_KEY, NEXT, CHANNEL, False, "another channel has another key"),
        (K.FORBIDDEN, NEXT, MODEL, False, "another account may be allowed"),
        (K.NOT_FOUND, NEXT, NOBODY, False, "another provider may have what is asked for"),
        (K.OUT_OF_BALANCE, NEXT, CHANNEL, False, "another account may have money"),
        (K.RATE_LIMITED, NEXT, MODEL, True, "another account has its own limit"),
        (K.OVERLOADED, NEXT, MODEL, True, "another provider may have room"),
        (K.SERVER_ERROR, NEXT, MODEL, True, "the provider failed"),
        (K.TRANSPORT, NEXT, MODEL, True, "the provider was not reached"),
        (K.GARBAGE, NEXT, MODEL, True, "the provider answered something else than its format"),
        (K.CUT, NEXT, MODEL, True, "the provider broke off before anything was shown"),
        (K.BUG, NEXT, NOBODY, False, "another dialect may not have the bug"),
    )
)
VERDICTS = (*BY_STATUS, *BY_WORDS, *BY_KIND)


def judge(fault: Fault) -> Row:
    return next(row for row in VERDICTS if row.fits(fault))
