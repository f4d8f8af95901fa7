import pytest

from addon.canon.fault import Fault, FaultKind
from addon.verdict import VERDICTS, Verdict, judge


def test_every_kind_of_fault_has_a_verdict_and_a_reason() -> None:
    assert set(VERDICTS) == set(FaultKind)
    assert all(reason for _, reason in VERDICTS.values())


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (FaultKind.BAD_REQUEST, Verdict.GIVE_UP),
        (FaultKind.CONTENT_FILTER, Verdict.GIVE_UP),
        (FaultKind.RATE_LIMITED, Verdict.TRY_NEXT),
        (FaultKind.BAD_KEY, Verdict.TRY_NEXT),
        (FaultKind.TRANSPORT, Verdict.TRY_NEXT),
        (FaultKind.CUT, Verdict.TRY_NEXT),
    ],
)
def test_judge_by_kind(kind: FaultKind, verdict: Verdict) -> None:
    assert judge(Fault(kind, 500, "x")) is verdict
