from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rules.database import Database
from rules.errors import LedgerBusy
from rules.ledger import Ledger
from rules.logs import LogStore
from rules.models import Channels, Holds, Tokens, Users, Workers
from rules.values import Hold, LogRecord, LogType, Settled, Shortfall, TokenStatus
from rules.vault import Vault
from tests.rules.builders import NOW, add_token, add_user, column, hold, log_row
from tests.rules.places import Place
from tests.services import ROOT


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(database, "this-one", clock)
    ledger.start()
    yield ledger
    ledger.stop()


@pytest.fixture
def user(database: Database) -> int:
    return add_user(database, quota=100, username="ada")


@pytest.fixture
def token(database: Database, vault: Vault, user: int) -> int:
    return add_token(database, vault, user, remain_quota=60)


def channel(database: Database) -> int:
    texts = ("key_encrypted", "other", "models", "model_mapping", "config", "config_encrypted", "system_prompt")
    return database.insert(Channels, dict.fromkeys(texts, ""))


def balances(database: Database, user: int, token: int) -> tuple[int, int]:
    return column(database, Users, user, "quota"), column(database, Tokens, token, "remain_quota")


def holds(database: Database) -> int:
    return len(database.tuples(Holds.select(Holds.id)))


def logged(database: Database) -> tuple[LogRecord, ...]:
    return LogStore(database).page(size=100).items


def test_a_reservation_takes_from_user_and_token(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    assert ledger.reserve(wanted).result() == wanted
    assert (balances(database, user, token), holds(database)) == ((90, 50), 1)


def test_an_unlimited_token_is_left_alone(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 80, limited=False)
    assert ledger.reserve(wanted).result() == wanted
    assert balances(database, user, token) == (20, 60)


def test_what_is_not_there_is_a_shortfall_that_takes_nothing(
    ledger: Ledger, database: Database, user: int, token: int
) -> None:
    assert ledger.reserve(hold(user, token, 61)).result() == Shortfall("token", 60, 61)
    assert ledger.reserve(hold(user, token, 101, limited=False)).result() == Shortfall("user", 100, 101)
    assert ledger.reserve(hold(999, token, 1)).result() == Shortfall("user", 0, 1)
    assert ledger.reserve(hold(user, 999, 1)).result() == Shortfall("token", 0, 1)
    assert (balances(database, user, token), holds(database)) == ((100, 60), 0)


def test_a_free_call_needs_a_token_with_something_left(
    ledger: Ledger, database: Database, vault: Vault, user: int, token: int
) -> None:
    empty = add_token(database, vault, user)
    assert isinstance(ledger.reserve(hold(user, token, 0)).result(), Hold)
    assert ledger.reserve(hold(user, empty, 0)).result() == Shortfall("token", 0, 0)


def test_a_negative_quota_is_refused(ledger: Ledger, user: int, token: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        ledger.reserve(hold(user, token, -1))
    with pytest.raises(ValueError, match="negative"):
        ledger.settle(hold(user, token, 1), -1, log_row())


def test_settling_gives_back_the_rest_and_keeps_the_books(
    ledger: Ledger, database: Database, user: int, token: int
) -> None:
    wanted, by = hold(user, token, 30), channel(database)
    ledger.reserve(wanted).result()
    row = log_row(user, channel=by, model_name="gpt-4o", request_id=wanted.id, detail={"attempts": 1})
    assert ledger.settle(wanted, 12, row).result() == Settled(12, 0)
    assert (balances(database, user, token), holds(database)) == ((88, 48), 0)
    of_user = [column(database, Users, user, name) for name in ("used_quota", "request_count")]
    of_token = [column(database, Tokens, token, name) for name in ("used_quota", "accessed_time", "status")]
    assert (of_user, of_token, column(database, Channels, by, "used_quota")) == ([12, 1], [12, NOW, 1], 12)
    (found,) = logged(database)
    assert (found.quota, found.uncollected, found.detail, found.request_id) == (12, 0, {"attempts": 1}, wanted.id)


def test_an_unlimited_token_keeps_its_books_too(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 30, limited=False)
    ledger.reserve(wanted).result()
    ledger.settle(wanted, 12, log_row(user)).result()
    assert balances(database, user, token) == (88, 60)
    assert [column(database, Tokens, token, name) for name in ("used_quota", "accessed_time")] == [12, NOW]


def test_a_price_beyond_the_hold_is_taken_as_well(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    assert ledger.settle(wanted, 25, log_row(user)).result() == Settled(25, 0)
    assert balances(database, user, token) == (75, 35)


@pytest.mark.parametrize(
    ("of_user", "of_token", "left", "status"),
    [(100, 25, (75, 0), TokenStatus.EXHAUSTED), (25, 100, (0, 75), TokenStatus.ENABLED)],
)
def test_what_cannot_be_collected_stands_in_the_row(
    ledger: Ledger,
    database: Database,
    vault: Vault,
    of_user: int,
    of_token: int,
    left: tuple[int, int],
    status: TokenStatus,
) -> None:
    user = add_user(database, quota=of_user)
    token = add_token(database, vault, user, remain_quota=of_token)
    wanted, by = hold(user, token, 10), channel(database)
    ledger.reserve(wanted).result()
    assert ledger.settle(wanted, 40, log_row(user, channel=by)).result() == Settled(25, 15)
    assert balances(database, user, token) == left
    assert column(database, Tokens, token, "status") == status
    (found,) = logged(database)
    assert (found.quota, found.uncollected) == (25, 15)
    assert column(database, Users, user, "used_quota") == 25
    assert column(database, Channels, by, "used_quota") == 40


def test_a_token_is_exhausted_when_its_last_hold_has_ended(
    ledger: Ledger, database: Database, user: int, token: int
) -> None:
    first, second = hold(user, token, 30), hold(user, token, 30)
    ledger.reserve(first).result()
    ledger.reserve(second).result()
    ledger.settle(first, 30, log_row(user)).result()
    assert column(database, Tokens, token, "status") == TokenStatus.ENABLED  # the second hold may come back
    ledger.settle(second, 30, log_row(user)).result()
    assert column(database, Tokens, token, "status") == TokenStatus.EXHAUSTED


def test_a_token_deleted_meanwhile_sets_no_limit(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    database.run(Tokens.delete().where(Tokens.id == token))
    assert ledger.settle(wanted, 80, log_row(user)).result() == Settled(80, 0)
    assert column(database, Users, user, "quota") == 20


def test_settling_or_releasing_twice_changes_nothing(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    ledger.settle(wanted, 4, log_row(user)).result()
    assert ledger.settle(wanted, 9, log_row(user)).result() == Settled(0, 0, changed=False)
    assert ledger.release(wanted, log_row(user)).result() is False
    assert (balances(database, user, token), len(logged(database))) == ((96, 56), 1)


def test_settling_twice_in_one_batch_changes_once(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    futures = [ledger.settle(wanted, 4, log_row(user)) for _ in range(20)]
    assert sum(future.result().changed for future in futures) == 1
    assert (balances(database, user, token), len(logged(database))) == ((96, 56), 1)


def test_a_hold_grows_and_is_settled_as_a_whole(ledger: Ledger, database: Database, user: int, token: int) -> None:
    first = ledger.reserve(hold(user, token, 10)).result(5)
    assert isinstance(first, Hold)
    grown = ledger.extend(first, 50).result(5)
    assert grown == replace(first, quota=50)
    assert balances(database, user, token) == (50, 10)
    assert ledger.extend(grown, 61).result(5) == Shortfall("token", 10, 11)
    assert balances(database, user, token) == (50, 10)
    ledger.settle(grown, 30, log_row()).result(5)
    assert (balances(database, user, token), holds(database)) == ((70, 30), 0)


@pytest.mark.parametrize("limited", [True, False])
def test_a_hold_that_has_ended_grows_no_more(
    ledger: Ledger, database: Database, user: int, token: int, limited: bool
) -> None:
    ended = hold(user, token, 10, limited)
    ledger.reserve(ended).result(5)
    ledger.release(ended).result(5)
    assert ledger.extend(ended, 20).result(5) == Shortfall("user", 0, 10)
    assert (balances(database, user, token), holds(database)) == ((100, 60), 0)
    with pytest.raises(ValueError, match="negative"):
        ledger.extend(ended, 10)


def test_a_release_gives_all_back(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    assert ledger.release(wanted, log_row(user, status=502)).result() is True
    assert (balances(database, user, token), holds(database)) == ((100, 60), 0)
    assert [(row.quota, row.status) for row in logged(database)] == [(0, 502)]
    assert column(database, Users, user, "request_count") == 0


def test_releasing_what_never_was_changes_nothing(ledger: Ledger, database: Database, user: int, token: int) -> None:
    assert ledger.release(hold(user, token, 10), log_row(user)).result() is False
    assert (balances(database, user, token), logged(database)) == ((100, 60), ())


def test_a_row_can_be_left_out_but_not_the_sums(ledger: Ledger, database: Database, user: int, token: int) -> None:
    wanted = hold(user, token, 10)
    ledger.reserve(wanted).result()
    ledger.settle(wanted, 4, log_row(user), keep_row=False).result()
    assert (logged(database), column(database, Users, user, "used_quota")) == ((), 4)


def test_a_row_without_a_hold_is_recorded(ledger: Ledger, database: Database) -> None:
    ledger.record(log_row(content="测试\x00\ud800", type=LogType.TEST)).result()
    assert [(row.type, row.content) for row in logged(database)] == [(LogType.TEST, "测试?")]


def test_the_ledger_does_not_move_the_revision(ledger: Ledger, database: Database, user: int, token: int) -> None:
    before = database.revision()
    first, second = hold(user, token, 60), hold(user, token, 0, limited=False)
    ledger.reserve(first).result()
    ledger.settle(first, 60, log_row(user)).result()
    ledger.reserve(second).result()
    ledger.release(second).result()
    ledger.heartbeat().result()
    ledger.sweep().result()
    assert database.revision() == before


def test_stopping_writes_what_is_queued_and_takes_nothing_more(
    database: Database, clock: Clock, user: int, token: int
) -> None:
    ledger = Ledger(database, clock=clock)
    ledger.start()
    futures = [ledger.record(log_row(user)) for _ in range(300)]
    ledger.stop()
    assert all(future.done() and future.exception() is None for future in futures)
    assert LogStore(database).page().total == 300
    with pytest.raises(LedgerBusy):
        ledger.reserve(hold(user, token)).result()


def test_parallel_threads_never_overdraw(ledger: Ledger, database: Database, vault: Vault) -> None:
    user = add_user(database, quota=100)
    token = add_token(database, vault, user, remain_quota=1000)
    answers: list[Any] = []

    def ask() -> None:
        answers.extend(ledger.reserve(hold(user, token, 10)).result() for _ in range(25))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    granted = [answer for answer in answers if isinstance(answer, Hold)]
    assert (len(answers), len(granted), balances(database, user, token)) == (200, 10, (0, 900))
    for one in granted:
        ledger.settle(one, 10, log_row(user)).result()
    assert (column(database, Users, user, "quota"), column(database, Users, user, "used_quota")) == (0, 100)


def reserving(place: Place, worker: str, user: int, token: int, *more: object) -> subprocess.Popen[str]:
    """A process that reserves when it is told to."""
    words = [place.dsn, str(place.data_dir), worker, str(user), str(token), *map(str, more)]
    command = [sys.executable, "-m", "tests.rules.reserving", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_parallel_processes_never_overdraw(ledger: Ledger, place: Place, database: Database, vault: Vault) -> None:
    user = add_user(database, quota=1000)
    token = add_token(database, vault, user, remain_quota=100)
    processes = [reserving(place, f"worker-{number}", user, token, 70, 10) for number in range(2)]
    assert [line(process) for process in processes] == ["ready", "ready"]
    [go(process) for process in processes]
    ours = [ledger.reserve(hold(user, token, 10)) for _ in range(60)]
    granted = sum(int(line(process)) for process in processes)
    granted += sum(isinstance(future.result(), Hold) for future in ours)
    for process in processes:
        process.communicate(timeout=20)
        assert process.returncode == 0
    assert (granted, balances(database, user, token), holds(database)) == (10, (900, 0), 10)


def test_holds_of_a_killed_process_come_back_once(
    ledger: Ledger, place: Place, database: Database, user: int, token: int
) -> None:
    process = reserving(place, "killed", user, token, 3, 10, "stay")
    line(process)
    go(process)
    assert line(process) == "3"
    process.kill()
    process.communicate(timeout=20)
    mine = hold(user, token, 5)
    ledger.reserve(mine).result()
    now = time.time()
    assert ledger.sweep(now + 30).result() == 0  # it may still be alive
    assert balances(database, user, token) == (65, 25)
    other = Ledger(database, "another")
    other.start()
    swept = [one.sweep(now + 100).result() for one in (ledger, other)]
    other.stop()
    assert (swept, balances(database, user, token), holds(database)) == ([3, 0], (95, 55), 1)
    rows = logged(database)
    assert {row.request_id for row in rows} == {"killed-0", "killed-1", "killed-2"}
    assert {(row.type, row.username, row.token_name, row.quota) for row in rows} == {
        (LogType.SYSTEM, "ada", "laptop", 0)
    }
    assert rows[0].detail == {"reserved": 10, "worker": "killed"}


def test_forgotten_holds_of_this_process_come_back(
    ledger: Ledger, database: Database, clock: Clock, user: int, token: int
) -> None:
    old, living, young = (hold(user, token, 10) for _ in range(3))
    ledger.reserve(old).result()
    ledger.reserve(living).result()
    clock.now += 100
    ledger.reserve(young).result()
    assert ledger.sweep_own({living.id}, older_than=NOW + 50).result() == 1
    assert {row["id"] for row in database.rows(Holds.select())} == {living.id, young.id}
    assert ledger.settle(old, 10, log_row(user)).result().changed is False


def test_a_process_that_slept_sweeps_nobody_at_first(
    ledger: Ledger, database: Database, clock: Clock, user: int, token: int
) -> None:
    ledger.heartbeat().result()
    database.insert(Workers, {"id": "neighbour", "seen_at": NOW})
    database.insert(
        Holds,
        {
            "id": "theirs",
            "user_id": user,
            "token_id": token,
            "quota": 7,
            "token_limited": 1,
            "worker_id": "neighbour",
            "created_at": NOW,
        },
    )
    clock.now += 3600  # the laptop was closed
    assert ledger.sweep().result() == 0
    for _ in range(3):
        clock.now += 25
        ledger.heartbeat().result()
    assert ledger.sweep().result() == 1
