from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rules import logs
from rules.database import Database, connect
from rules.logs import LogFilter, LogStore
from rules.models import Logs
from rules.values import DayUsage, LogType
from tests.rules.builders import NOW, log_row

DAY = 86_400
MIDNIGHT = NOW - NOW % DAY


@pytest.fixture
def store(database: Database) -> LogStore:
    return LogStore(database)


def add(store: LogStore, **fields: Any) -> int:
    return store.add(log_row(**({"user_id": 1} | fields)))


def test_pages_are_of_ten_newest_first_with_the_total(store: LogStore) -> None:
    ids = [add(store) for _ in range(12)]
    first, second = store.page(), store.page(p=1)
    assert [row.id for row in (*first.items, *second.items)] == sorted(ids, reverse=True)
    assert (len(first.items), first.total, first.more_than_total) == (10, 12, False)


def test_the_total_stops_counting(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_COUNTED", 5)
    for _ in range(6):
        add(store)
    page = store.page(size=2)
    assert (len(page.items), page.total, page.more_than_total) == (2, 5, True)


@pytest.mark.parametrize(
    ("which", "fields"),
    [
        (LogFilter(user_id=7), {"user_id": 7}),
        (LogFilter(type=LogType.TEST), {"type": LogType.TEST}),
        (LogFilter(start_timestamp=NOW + 5), {"created_at": NOW + 5}),
        (LogFilter(end_timestamp=NOW - 5), {"created_at": NOW - 5}),
        (LogFilter(username="grace"), {"username": "grace"}),
        (LogFilter(token_name="server"), {"token_name": "server"}),
        (LogFilter(model_name="gpt-4o"), {"model_name": "gpt-4o"}),
        (LogFilter(channel=3), {"channel": 3}),
        (LogFilter(request_id="abc"), {"request_id": "abc"}),
    ],
)
def test_a_filter_finds_exactly_its_rows(store: LogStore, which: LogFilter, fields: dict[str, Any]) -> None:
    add(store)
    wanted = add(store, **fields)
    add(store)
    assert [row.id for row in store.page(which).items] == [wanted]
    assert store.page(which).total == 1


def test_a_user_id_of_nobody_finds_nothing(store: LogStore) -> None:
    add(store)
    assert store.page(LogFilter(user_id=0)).items == ()


def test_older_rows_are_found_from_an_id_on(store: LogStore) -> None:
    ids = [add(store) for _ in range(3)]
    assert [row.id for row in store.page(LogFilter(before_id=ids[2])).items] == [ids[1], ids[0]]


def test_one_row_is_shown_to_its_owner(store: LogStore) -> None:
    log_id = add(store, user_id=7)
    assert store.get(log_id) == store.get(log_id, user_id=7)
    assert (store.get(log_id, user_id=8), store.get(999)) == (None, None)


def test_search_is_by_type_or_beginning_of_content_for_users_as_well(store: LogStore) -> None:
    manage = add(store, user_id=7, type=LogType.MANAGE, content="管理员将用户额度修改")
    percent = add(store, user_id=8, content="100% done")
    add(store, user_id=7, content="1000 done")
    assert [row.id for row in store.search("管理员", user_id=7)] == [manage]
    assert [row.id for row in store.search("3")] == [manage]
    assert [row.id for row in store.search("100%")] == [percent]
    assert store.search("100%", user_id=7) == ()
    assert store.search("done") == ()


def test_search_finds_at_most_a_hundred(store: LogStore, database: Database) -> None:
    row = database.row(Logs.select().where(Logs.id == add(store, content="x")))
    assert row is not None
    del row["id"]
    database.insert_all(Logs, [row] * 120)
    assert len(store.search("x")) == 100


def test_sums_count_consumption_only(store: LogStore) -> None:
    add(store, quota=5, user_id=7)
    add(store, quota=6, user_id=8)
    add(store, quota=100, user_id=7, type=LogType.TOPUP)
    assert (store.stat(), store.stat(LogFilter(user_id=7)), store.stat(LogFilter(user_id=9))) == (11, 5, 0)


def test_old_rows_of_all_types_are_deleted_in_parts(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "DELETED_AT_ONCE", 3)
    for number in range(10):
        add(store, created_at=NOW + number, type=number % 3)
    assert store.delete_before(NOW + 8) == 8
    assert {row.created_at for row in store.page().items} == {NOW + 8, NOW + 9}
    assert store.delete_before(NOW) == 0


def test_days_are_summed_by_model_over_a_week(store: LogStore) -> None:
    add(store, created_at=MIDNIGHT - 1, model_name="a", quota=1, prompt_tokens=2, completion_tokens=3)
    add(store, created_at=MIDNIGHT, model_name="a", quota=10, prompt_tokens=20, completion_tokens=30)
    add(store, created_at=MIDNIGHT + 5, model_name="a", quota=10, prompt_tokens=20, completion_tokens=30)
    add(store, created_at=MIDNIGHT + 5, model_name="b", quota=7, user_id=2)
    add(store, created_at=MIDNIGHT - 6 * DAY - 1, model_name="a", quota=99)
    add(store, created_at=MIDNIGHT, model_name="a", quota=99, type=LogType.TEST)
    assert store.daily(user_id=1, now=NOW) == (
        DayUsage("2027-01-14", "a", 1, 1, 2, 3),
        DayUsage("2027-01-15", "a", 2, 20, 40, 60),
    )
    assert store.daily(now=NOW)[-1] == DayUsage("2027-01-15", "b", 1, 7, 0, 0)


def test_days_end_at_midnight_of_the_zone_asked_for(store: LogStore) -> None:
    add(store, created_at=MIDNIGHT - 1, model_name="a", quota=1)
    assert [one.day for one in store.daily(now=NOW, utc_offset_seconds=8 * 3600)] == ["2027-01-15"]
    assert [one.day for one in store.daily(now=NOW, utc_offset_seconds=-8 * 3600)] == ["2027-01-14"]
    assert store.daily(days=1, now=NOW) == ()


def test_the_newest_are_had_without_counting(store: LogStore) -> None:
    ids = [add(store) for _ in range(12)]
    assert [row.id for row in store.newest(size=3)] == ids[:-4:-1]


def test_a_stretch_of_time_is_listed_by_time(store: LogStore) -> None:
    late, early = add(store, created_at=NOW + 5), add(store, created_at=NOW)
    assert [row.id for row in store.page(LogFilter(start_timestamp=NOW)).items] == [late, early]
    assert [row.id for row in store.page().items] == [early, late]


@pytest.mark.parametrize(
    ("which", "index"),
    [
        (LogFilter(type=2), "logs_type_id"),
        (LogFilter(type=2, start_timestamp=NOW), "logs_created_at_type_quota"),
        (LogFilter(type=2, user_id=1), "logs_user_id_id"),
        (LogFilter(username="u", start_timestamp=NOW), "logs_username_model_name"),
        (LogFilter(type=2, model_name="m"), "logs_model_name"),
        (LogFilter(token_name="t", end_timestamp=NOW), "logs_token_name"),
        (LogFilter(channel=1, type=2), "logs_channel"),
        (LogFilter(request_id="r"), "logs_request_id"),
    ],
)
def test_sqlite_goes_by_the_index_that_leads_to_the_fewest_rows(tmp_path: Path, which: LogFilter, index: str) -> None:
    database = connect("", tmp_path)
    database.migrate()
    query = Logs.select().where(*which.conditions()).order_by(*which.newest_first()).limit(10)
    sql, parameters = query.bind(database.backend).sql()
    plan = str(database.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall())
    assert f"INDEX {index} " in plan
    database.close_all()


def test_the_newest_of_a_stretch_of_time_come_by_id(store: LogStore) -> None:
    ids = [add(store, created_at=NOW + number * DAY) for number in range(5)]
    slow = add(store, created_at=NOW + 4 * DAY - 3600)  # began then, ended after the one that began an hour later
    ids += [add(store, created_at=NOW + number * DAY) for number in range(5, 9)]
    which = LogFilter(start_timestamp=NOW + 3 * DAY, end_timestamp=NOW + 5 * DAY)
    assert [row.id for row in store.newest(which)] == [ids[5], slow, ids[4], ids[3]]
    assert [row.id for row in store.newest(replace(which, before_id=slow))] == [ids[4], ids[3]]
    assert [row.id for row in store.newest(LogFilter(end_timestamp=NOW))] == [ids[0]]


def test_a_wrong_clock_hides_nothing(store: LogStore) -> None:
    ahead = [add(store, created_at=NOW + 1000 * DAY) for _ in range(2)]
    ids = [add(store, created_at=NOW + number * DAY) for number in range(4)]
    assert [row.id for row in store.newest(LogFilter(end_timestamp=NOW + DAY))] == [ids[1], ids[0]]
    assert [row.id for row in store.newest(LogFilter(start_timestamp=NOW + 3 * DAY))] == [ids[3], *reversed(ahead)]
