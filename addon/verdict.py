"""What follows from a fault: try the next channel, or give up. One ordered table, pure.

Bad requests are never retried: they fail the same way everywhere.
"""

from __future__ import annotations

import enum

from addon.canon.fault import Fault, FaultKind


class Verdict(enum.StrEnum):
    TRY_NEXT = "try next"
    GIVE_UP = "give up"


VERDICTS: dict[FaultKind, tuple[Verdict, str]] = {
    FaultKind.BAD_REQUEST: (Verdict.GIVE_UP, "the request is at fault, not the channel"),
    FaultKind.CONTENT_FILTER: (Verdict.GIVE_UP, "another channel must not be used to get round a filter"),
    FaultKind.BAD_KEY: (Verdict.TRY_NEXT, "another channel has another key"),
    FaultKind.FORBIDDEN: (Verdict.TRY_NEXT, "another account may be allowed"),
    FaultKind.NOT_FOUND: (Verdict.TRY_NEXT, "another provider may have the model"),
    FaultKind.OUT_OF_BALANCE: (Verdict.TRY_NEXT, "another account may have money"),
    FaultKind.RATE_LIMITED: (Verdict.TRY_NEXT, "another account has its own limit"),
    FaultKind.OVERLOADED: (Verdict.TRY_NEXT, "another provider may have room"),
    FaultKind.SERVER_ERROR: (Verdict.TRY_NEXT, "the provider failed"),
    FaultKind.TRANSPORT: (Verdict.TRY_NEXT, "the provider was not reached"),
    FaultKind.GARBAGE: (Verdict.TRY_NEXT, "the provider answered something else than its format"),
    FaultKind.CUT: (Verdict.TRY_NEXT, "the provider broke off before anything was shown"),
    FaultKind.BUG: (Verdict.TRY_NEXT, "another dialect may not have the bug"),
}


def judge(fault: Fault) -> Verdict:
    return VERDICTS[fault.kind][0]
