"""The sums of the last days: right at each look, whatever was settled before."""

from __future__ import annotations

import time

import pytest

from rules import tally as tallies
from rules.database import Database
from rules.logs import LogStore
from rules.tally import HOUR, Sum, Tally
from rules.values import LogRow, LogType

NOW = 1_800_000_000 - 1_800_000_000 % HOUR + 60


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(database: Database, clock: Clock) -> Tally:
    return Tally(database, clock)


def add(database: Database, **fields: object) -> int:
    row = {"user_id": 1, "created_at": NOW, "type": LogType.CONSUME, "model_name": "m", "quota": 10, "prompt_tokens": 3}
    return LogStore(database).add(LogRow(**(row | fields)))  # type: ignore[arg-type]


def test_an_empty_log_has_no_sums(tally: Tally) -> None:
    assert tally.look() == {}


def test_rows_add_up_by_hour_and_model(database: Database, tally: Tally) -> None:
    add(database, completion_tokens=4)
    add(database, model_name="n")
    add(database, created_at=NOW - HOUR)
    assert tally.look() == {
        (NOW // HOUR, "m"): Sum(1, 0, 10, 3, 4, 0),
        (NOW // HOUR, "n"): Sum(1, 0, 10, 3, 0, 0),
        (NOW // HOUR - 1, "m"): Sum(1, 0, 10, 3, 0, 0),
    }


def test_a_user_sees_what_is_hers(database: Database, tally: Tally) -> None:
    add(database)
    add(database, user_id=2, quota=5)
    for _ in range(2):  # counted for the first time, and settled before
        mine, all_of_us = tally.look(2), tally.look()
        assert mine is not None and all_of_us is not None
        assert [value.quota for value in mine.values()] == [5]
        assert [value.quota for value in all_of_us.values()] == [15]
    assert tally.look(3) == {}


def test_failures_count_and_the_newest_is_known(database: Database, tally: Tally) -> None:
    add(database)
    add(database, status=502)
    cut = add(database, stream_end="truncated")
    add(database, status=499, stream_end="client_gone")
    looked = tally.look()
    assert looked is not None
    (found,) = looked.values()
    assert (found.requests, found.failures, found.last_failure) == (4, 2, cut)


def test_other_kinds_of_rows_do_not_count(database: Database, tally: Tally) -> None:
    add(database, type=LogType.TEST)
    add(database, type=LogType.TOPUP)
    assert tally.look() == {}


def test_what_comes_later_is_in_the_next_look(database: Database, tally: Tally, clock: Clock) -> None:
    for number in range(1, 6):
        add(database)
        clock.now += 40
        looked = tally.look()
        assert looked is not None
        assert [value.requests for value in looked.values()] == [number]


def test_a_row_that_becomes_visible_late_is_counted(database: Database, tally: Tally) -> None:
    """Another process took id 1 and commits after id 2 was seen."""
    tally.look()
    add(database, quota=1)
    late = add(database, quota=2)
    database.execute("UPDATE logs SET type = 5 WHERE id = ?", (late - 1,))
    before = tally.look()
    database.execute("UPDATE logs SET type = 2 WHERE id = ?", (late - 1,))
    after = tally.look()
    assert before is not None and after is not None
    assert [sum(value.quota for value in sums.values()) for sums in (before, after)] == [2, 3]


def test_what_is_too_old_is_let_go(database: Database, tally: Tally, clock: Clock) -> None:
    add(database)
    tally.look()
    clock.now += (tallies.KEPT_HOURS + 1) * HOUR
    tally.settle(add(database, created_at=int(clock.now)))
    looked = tally.look()
    assert looked is not None
    assert [hour for hour, _model in looked] == [int(clock.now) // HOUR]


def test_a_long_log_is_counted_in_the_background(
    database: Database, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_AT_ONCE", 3)
    for _ in range(5):
        add(database)
    assert tally.look() is None
    deadline = time.monotonic() + 10
    while (looked := tally.look()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [value.requests for value in looked.values()] == [5]


def test_while_much_is_counted_the_former_sums_are_shown(
    database: Database, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database)
    tally.look()
    monkeypatch.setattr(tallies, "MOST_AT_ONCE", 3)
    for _ in range(5):
        add(database)
    looked = tally.look()
    assert looked is not None
    deadline = time.monotonic() + 10
    while [value.requests for value in looked.values()] != [6]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
        looked = tally.look() or {}


def test_forgetting_counts_anew(database: Database, tally: Tally) -> None:
    add(database)
    tally.look()
    database.execute("DELETE FROM logs")
    add(database, quota=7)
    tally.forget()
    looked = tally.look()
    assert looked is not None
    assert [value.quota for value in looked.values()] == [7]


def test_settling_twice_changes_nothing(database: Database, tally: Tally) -> None:
    newest = add(database)
    assert tally.settle(newest) == tally.settle(newest)


@pytest.mark.parametrize(
    ("status", "end", "bad"),
    [
        (200, "", False),
        (200, "done", False),
        (200, "client_gone", False),
        (499, "client_gone", False),
        (500, "", True),
        (200, "error", True),
    ],
)
def test_failed(status: int, end: str, bad: bool) -> None:
    assert tallies.failed(status, end) is bad
