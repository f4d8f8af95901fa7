import math

import pytest

from addon.canon.fault import FaultKind
from addon.waiting import Stage, Watch
from rules.patience import Patience

PATIENCE = Patience(connect=1, first_byte=20, whole=40, idle=5, total=0)


def watch(streams: bool = True, patience: Patience = PATIENCE) -> Watch:
    return Watch(patience, streams, 100.0, 100.0)


def said(one: Watch, now: float) -> str:
    """What is wrong at this time; the deadline agrees."""
    fault = one.fault(now)
    assert (fault is not None) is (now >= one.deadline)
    if fault is None:
        return ""
    assert (fault.kind, fault.status, fault.code) == (FaultKind.TRANSPORT, 504, "upstream_timeout")
    return fault.message


def test_a_connection_has_its_time() -> None:
    assert said(watch(), 100.9) == ""
    assert said(watch(), 101) == "The provider could not be reached: no connection after 1 s."


@pytest.mark.parametrize(("streams", "allowed"), [(True, 20), (False, 40)])
def test_the_first_byte_has_its_time_from_the_sending_on(streams: bool, allowed: int) -> None:
    one = watch(streams)
    one.asked(100.8)
    assert one.stage is Stage.HEAD
    assert said(one, 100.7 + allowed) == ""
    assert said(one, 100.8 + allowed) == f"The provider did not begin to answer within {allowed} s."


def test_each_piece_of_a_reply_begins_the_time_anew() -> None:
    one = watch()
    one.asked(100.5)
    for now in (110, 114.9, 119.8):
        assert said(one, now) == ""
        one.heard(now)
    assert said(one, 124.8) == "The provider fell silent for 5 s in the middle of its reply."


def test_the_whole_call_has_its_time_however_lively_it_is() -> None:
    one = watch(patience=Patience(total=3))
    one.asked(100.1)
    one.heard(102.9)
    assert said(one, 102.9) == ""
    assert said(one, 103) == "The provider's reply was not complete after 3 s."


def test_no_limit_is_never_too_long() -> None:
    one = watch(patience=Patience(connect=0, first_byte=0, idle=0))
    for step in (lambda: None, lambda: one.asked(100), lambda: one.heard(100)):
        step()
        assert one.deadline == math.inf
        assert one.fault(1e12) is None
