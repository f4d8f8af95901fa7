import pytest

from rules import health as module
from rules.health import LONGEST_TOLD, Health, Outcome, Policy, Why

PLACE, OTHER = (1, "key", "url"), (2, "key", "url")
MODEL = "gpt-4o"


def health(first: float = 10, after: int = 3) -> Health:
    return Health(Policy(first=first, after=after, longest=60, lease=5))


def fails(one: Health, now: float, times: int = 1, told: float | None = None, limited: bool = False) -> None:
    for _ in range(times):
        one.report(PLACE, MODEL, Outcome.FAILED, now, now, told, limited)


def serves(one: Health, now: float, began: float | None = None) -> None:
    one.report(PLACE, MODEL, Outcome.SERVED, now if began is None else began, now)


def test_some_failures_in_a_row_make_it_rest_for_that_model() -> None:
    one = health()
    fails(one, 100, times=2)
    assert one.claim(PLACE, MODEL, 100) is True
    fails(one, 100)
    assert one.wait(PLACE, MODEL, 103) == 7
    assert one.claim(PLACE, MODEL, 103) is False
    assert one.wait(PLACE, "gpt-5", 103) == one.wait(OTHER, MODEL, 103) == 0


def test_a_success_in_between_starts_the_count_again() -> None:
    one = health()
    fails(one, 100, times=2)
    serves(one, 101)
    fails(one, 102, times=2)
    assert one.wait(PLACE, MODEL, 102) == 0


def test_what_the_provider_says_is_waited_out_at_once() -> None:
    one = health()
    fails(one, 100, told=25, limited=True)
    assert (one.wait(PLACE, MODEL, 100), one.why(PLACE, MODEL, 100)) == (25, Why.LIMIT)
    assert one.why(PLACE, "gpt-5", 100) is None


def test_what_the_provider_says_is_not_believed_for_ever() -> None:
    one = health()
    fails(one, 100, told=1e9)
    assert one.wait(PLACE, MODEL, 100) == LONGEST_TOLD


def test_the_longer_of_both_rests_counts() -> None:
    one = health(after=1)
    fails(one, 100, told=1)
    assert one.wait(PLACE, MODEL, 100) == 10
    fails(one, 100, told=30)
    assert one.wait(PLACE, MODEL, 100) == 30


@pytest.mark.parametrize("model", [MODEL, "gpt-5"])
def test_an_account_that_is_no_good_rests_for_all_models_at_once(model: str) -> None:
    one = health()
    one.report(PLACE, MODEL, Outcome.LOCKED, 100, 100)
    assert one.wait(PLACE, model, 104) == 6
    assert one.wait(OTHER, model, 104) == 0
    assert one.why(PLACE, model, 104) is Why.ACCOUNT


def test_one_trial_at_a_time_after_the_rest() -> None:
    one = health(after=1)
    fails(one, 100)
    assert [one.claim(PLACE, MODEL, now) for now in (109.9, 110, 110, 114.9)] == [False, True, False, False]
    assert [one.why(PLACE, MODEL, now) for now in (105, 111, 115)] == [Why.FAILURES, Why.TRIAL, None]


def test_a_trial_of_which_nothing_is_heard_keeps_nobody_away_for_ever() -> None:
    one = health(after=1)
    fails(one, 100)
    assert [one.claim(PLACE, MODEL, now) for now in (110, 115, 116)] == [True, True, False]


def test_a_trial_that_is_served_ends_it_all() -> None:
    one = health(after=1)
    fails(one, 100)
    assert one.claim(PLACE, MODEL, 110)
    serves(one, 112, began=110)
    assert one.claim(PLACE, MODEL, 112)
    assert one.claim(PLACE, MODEL, 112)
    fails(one, 113)
    assert one.wait(PLACE, MODEL, 113) == 10


def test_a_trial_that_begins_to_answer_lets_the_others_in() -> None:
    one = health(after=1)
    fails(one, 100)
    assert one.claim(PLACE, MODEL, 110)
    one.answered(PLACE, MODEL, 109)
    assert one.claim(PLACE, MODEL, 111) is False
    one.answered(PLACE, MODEL, 110)
    assert one.claim(PLACE, MODEL, 111)
    one.report(PLACE, MODEL, Outcome.FAILED, 110, 150)
    assert one.wait(PLACE, MODEL, 150) == 20


def test_each_failed_trial_doubles_the_rest_up_to_the_longest() -> None:
    one, now, rests = health(after=1), 0.0, []
    fails(one, now)
    for _ in range(5):
        rest = one.wait(PLACE, MODEL, now)
        rests.append(rest)
        now += rest
        assert one.claim(PLACE, MODEL, now)
        fails(one, now)
    assert rests == [10, 20, 40, 60, 60]


def test_a_trial_that_says_nothing_leaves_the_next_one_to_try() -> None:
    one = health(after=1)
    fails(one, 100)
    assert one.claim(PLACE, MODEL, 110)
    one.report(PLACE, MODEL, Outcome.SILENT, 109, 111)
    assert one.claim(PLACE, MODEL, 111) is False
    one.report(PLACE, MODEL, Outcome.SILENT, 110, 111)
    assert one.claim(PLACE, MODEL, 111)


def test_the_clients_mistakes_count_for_nothing() -> None:
    one = health(after=1)
    one.report(PLACE, MODEL, Outcome.SILENT, 100, 100, 25.0)
    assert one.wait(PLACE, MODEL, 100) == 0


def test_failures_at_the_same_time_are_one_reason_to_rest() -> None:
    one = health(after=1)
    for number in range(20):
        one.report(PLACE, MODEL, Outcome.FAILED, 99, 100 + number / 100)
    assert one.wait(PLACE, MODEL, 100) == 10


def test_what_began_before_the_rest_does_not_end_it() -> None:
    one = health(after=1)
    fails(one, 100, told=30)
    serves(one, 101, began=90)
    assert one.wait(PLACE, MODEL, 101) == 29
    serves(one, 102, began=101)
    assert one.wait(PLACE, MODEL, 102) == 0


def test_without_cool_downs_nothing_ever_rests() -> None:
    one = health(first=0)
    fails(one, 100, times=9, told=30)
    one.report(PLACE, MODEL, Outcome.LOCKED, 100, 100)
    assert (one.wait(PLACE, MODEL, 100), one.entries) == (0, {})


def test_what_does_not_rest_is_forgotten_when_it_gets_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    one = health()
    for model in ("a", "b", "c", "d"):
        one.report(PLACE, model, Outcome.FAILED, 100, 100, 50.0 if model == "b" else None)
    assert [model for _, model in one.entries] == ["b", "d"]
