from __future__ import annotations

import time
from typing import Any

import pytest

from rules import tally
from rules.database import Database
from rules.logs import LogStore
from rules.tally import HOUR, KEPT_HOURS, Sum, Tally, failed, merged
from rules.values import LogType
from tests.rules.builders import NOW, log_row

THIS_HOUR = NOW // HOUR


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database) -> LogStore:
    return LogStore(database)


@pytest.fixture
def sums(database: Database, clock: Clock) -> Tally:
    return Tally(database, clock)


def add(store: LogStore, **fields: Any) -> int:
    return store.add(log_row(**({"model_name": "a", "quota": 1} | fields)))


def looked(sums: Tally) -> tally.Sums:
    """What a look gives once the background has caught up."""
    end = time.monotonic() + 10
    while (found := sums.look()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def test_rows_are_summed_by_hour_user_and_model(store: LogStore, sums: Tally) -> None:
    add(store, quota=5, prompt_tokens=2, completion_tokens=3)
    add(store, quota=7, prompt_tokens=20, completion_tokens=30, created_at=NOW + 1)
    add(store, quota=9, created_at=NOW - HOUR)
    add(store, quota=11, model_name="b", user_id=2)
    add(store, quota=99, type=LogType.TEST)
    add(store, quota=99, created_at=NOW - (KEPT_HOURS + 1) * HOUR)
    assert looked(sums) == {
        (THIS_HOUR, 1, "a"): Sum(2, 0, 12, 22, 33),
        (THIS_HOUR - 1, 1, "a"): Sum(1, 0, 9),
        (THIS_HOUR, 2, "b"): Sum(1, 0, 11),
    }


def test_failures_are_counted_and_the_last_one_is_named(store: LogStore, sums: Tally) -> None:
    add(store)
    add(store, status=502)
    last = add(store, stream_end="truncated")
    add(store, status=499, stream_end="client_gone")
    (found,) = looked(sums).values()
    assert (found.requests, found.failures, found.last_failure) == (4, 2, last)


def test_nothing_logged_is_nothing_summed(sums: Tally) -> None:
    assert looked(sums) == {}


def test_each_look_sees_what_came_since(store: LogStore, sums: Tally, clock: Clock) -> None:
    add(store)
    for wanted in (2, 3, 4):
        looked(sums)
        clock.now += 61
        add(store)
        assert looked(sums)[THIS_HOUR, 1, "a"].requests == wanted
    assert looked(sums)[THIS_HOUR, 1, "a"].quota == 4


def test_what_is_too_old_drops_out(store: LogStore, sums: Tally, clock: Clock) -> None:
    add(store)
    looked(sums)
    clock.now += (KEPT_HOURS + 1) * HOUR
    sums.settle(add(store, created_at=int(clock.now)))
    assert [key[0] for key in looked(sums)] == [THIS_HOUR + KEPT_HOURS + 1]


def test_settling_the_same_rows_again_counts_them_once(store: LogStore, sums: Tally) -> None:
    newest = add(store)
    sums.settle(newest)
    sums.settle(newest)
    assert looked(sums)[THIS_HOUR, 1, "a"].requests == 1


def test_deleted_rows_are_forgotten(store: LogStore, sums: Tally) -> None:
    add(store)
    looked(sums)
    store.delete_before(NOW + 1)
    sums.forget()
    assert looked(sums) == {}


def test_a_long_stretch_is_read_in_the_background(
    store: LogStore, sums: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "MOST_AT_ONCE", 2)
    for _ in range(4):
        add(store)
    assert sums.look() is None
    assert looked(sums)[THIS_HOUR, 1, "a"].requests == 4


def test_adding_up_changes_no_part() -> None:
    one, two = Sum(1, 1, 2, 3, 4, 5), Sum(1, 0, 1, 1, 1, 9)
    key = (1, 1, "a")
    assert merged([(key, one)], [(key, two)]) == {key: Sum(2, 1, 3, 4, 5, 9)}
    assert one == Sum(1, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("status", "end", "bad"),
    [(200, "", False), (200, "done", False), (499, "client_gone", False), (200, "error", True), (500, "", True)],
)
def test_a_client_that_left_is_no_failure(status: int, end: str, bad: bool) -> None:
    assert failed(status, end) is bad
