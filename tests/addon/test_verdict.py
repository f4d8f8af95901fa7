import pytest

from addon.canon.fault import Fault, FaultKind
from addon.verdict import BY_KIND, VERDICTS, Blame, Verdict, judge

NEXT, STOP = Verdict.TRY_NEXT, Verdict.GIVE_UP
K = FaultKind


def test_every_kind_of_fault_has_a_verdict_of_its_own() -> None:
    assert sorted(kind for row in BY_KIND for kind in row.kinds) == sorted(FaultKind)


def test_every_row_has_a_reason() -> None:
    assert all(row.reason for row in VERDICTS)


def test_what_ends_an_exchange_blames_nobody_and_never_passes() -> None:
    assert {(row.blame, row.passes) for row in VERDICTS if row.verdict is STOP} == {(Blame.NOBODY, False)}


@pytest.mark.parametrize(
    ("kind", "verdict", "blame", "passes"),
    [
        (K.BAD_REQUEST, STOP, Blame.NOBODY, False),
        (K.CONTENT_FILTER, STOP, Blame.NOBODY, False),
        (K.BAD_KEY, NEXT, Blame.CHANNEL, False),
        (K.OUT_OF_BALANCE, NEXT, Blame.CHANNEL, False),
        (K.FORBIDDEN, NEXT, Blame.MODEL, False),
        (K.NOT_FOUND, NEXT, Blame.NOBODY, False),
        (K.RATE_LIMITED, NEXT, Blame.MODEL, True),
        (K.OVERLOADED, NEXT, Blame.MODEL, True),
        (K.SERVER_ERROR, NEXT, Blame.MODEL, True),
        (K.TRANSPORT, NEXT, Blame.MODEL, True),
        (K.GARBAGE, NEXT, Blame.MODEL, True),
        (K.CUT, NEXT, Blame.MODEL, True),
        (K.BUG, NEXT, Blame.NOBODY, False),
    ],
)
def test_judge_by_kind(kind: FaultKind, verdict: Verdict, blame: Blame, passes: bool) -> None:
    row = judge(Fault(kind, 500, "x"))
    assert (row.verdict, row.blame, row.passes) == (verdict, blame, passes)


@pytest.mark.parametrize(
    ("kind", "status", "verdict", "blame"),
    [
        (K.BAD_KEY, 401, NEXT, Blame.CHANNEL),
        (K.BAD_KEY, 400, NEXT, Blame.NOBODY),
        (K.OUT_OF_BALANCE, 422, NEXT, Blame.NOBODY),
        (K.BAD_REQUEST, 409, NEXT, Blame.NOBODY),
        (K.BAD_REQUEST, 407, NEXT, Blame.MODEL),
        (K.BAD_REQUEST, 413, STOP, Blame.NOBODY),
        (K.RATE_LIMITED, 409, NEXT, Blame.MODEL),
    ],
)
def test_judge_by_status_first(kind: FaultKind, status: int, verdict: Verdict, blame: Blame) -> None:
    row = judge(Fault(kind, status, "x"))
    assert (row.verdict, row.blame) == (verdict, blame)


def test_a_status_decides_before_words() -> None:
    quoted = "the prompt is too long, or a rate limit"
    assert judge(Fault(K.BAD_REQUEST, 407, quoted)).blame is Blame.MODEL
    assert judge(Fault(K.BAD_REQUEST, 400, quoted)).verdict is STOP


@pytest.mark.parametrize(
    ("kind", "status", "message", "verdict", "blame"),
    [
        (K.SERVER_ERROR, 500, "This model's maximum context length is 8192 tokens", STOP, Blame.NOBODY),
        (K.RATE_LIMITED, 429, "Request too large for gpt-4o on tokens per min (TPM)", NEXT, Blame.NOBODY),
        (K.FORBIDDEN, 403, "Your input was flagged by the moderation of the provider", STOP, Blame.NOBODY),
        (K.FORBIDDEN, 403, "Your account may not use this", NEXT, Blame.MODEL),
        (K.BAD_REQUEST, 400, "Resource has been exhausted (e.g. check quota).", NEXT, Blame.NOBODY),
        (K.BAD_REQUEST, 400, "The API key is invalid", NEXT, Blame.NOBODY),
        (K.BAD_REQUEST, 400, "账户余额不足", NEXT, Blame.NOBODY),
        (K.BAD_REQUEST, 400, "tools[0] has no name", STOP, Blame.NOBODY),
        (K.NOT_FOUND, 404, "The model does not exist", NEXT, Blame.MODEL),
        (K.NOT_FOUND, 404, "No such file", NEXT, Blame.NOBODY),
    ],
)
def test_judge_by_words(kind: FaultKind, status: int, message: str, verdict: Verdict, blame: Blame) -> None:
    row = judge(Fault(kind, status, message))
    assert (row.verdict, row.blame) == (verdict, blame)


def test_judge_reads_the_code_as_well() -> None:
    assert judge(Fault(K.SERVER_ERROR, 500, "x", code="context_length_exceeded")).verdict is STOP
