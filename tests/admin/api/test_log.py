from __future__ import annotations

import pytest

from rules.values import LogRow, LogType
from tests.admin.world import Program, World

FIELDS = {
    *("id", "user_id", "created_at", "type", "content", "username", "token_name", "model_name", "quota"),
    *(
        "prompt_tokens",
        "completion_tokens",
        "channel",
        "request_id",
        "elapsed_time",
        "is_stream",
        "system_prompt_reset",
    ),
}


@pytest.fixture
def admin(world: World) -> Program:
    alice = world.user()
    for number in range(12):
        owner = world.root if number % 2 else alice
        row = LogRow(
            user_id=owner.id,
            created_at=1000 + number,
            type=LogType.CONSUME if number < 10 else LogType.TOPUP,
            content=f"content {number}",
            username=owner.username,
            token_name="mine",
            model_name="gpt-4o" if number < 6 else "gpt-5",
            quota=number,
            channel=number,
        )
        world.stores.logs.add(row)
    return world.program(world.root)


def test_list_has_one_apis_fields_newest_first(admin: Program) -> None:
    reply = admin.ask("GET", "/api/log/?p=0")
    rows = reply.get_json()["data"]
    assert [row["created_at"] for row in rows] == list(range(1011, 1001, -1))
    assert set(rows[0]) == FIELDS
    assert reply.headers["X-Total-Count"] == "12"
    assert len(admin.call("GET", "/api/log/?p=1")["data"]) == 2


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=1", 2),
        ("username=alice", 6),
        ("model_name=gpt-5", 6),
        ("token_name=other", 0),
        ("channel=3", 1),
        ("start_timestamp=1004&end_timestamp=1005", 2),
        ("type=nonsense", 10),
    ],
)
def test_filters(admin: Program, query: str, count: int) -> None:
    assert len(admin.call("GET", f"/api/log/?{query}")["data"]) == count


def test_own_rows_come_without_id_and_without_others(world: World, admin: Program) -> None:
    alice = world.program(next(user for user in world.stores.users.page().items if user.username == "alice"))
    rows = alice.call("GET", "/api/log/self?username=root&channel=1")["data"]
    assert {row["username"] for row in rows} == {"alice"}
    assert {row["id"] for row in rows} == {0}
    found = alice.call("GET", "/api/log/self/search?keyword=content")["data"]
    assert (len(found), found[0]["content"]) == (6, "content 10")


def test_search_by_type_or_content(admin: Program) -> None:
    assert len(admin.call("GET", "/api/log/search?keyword=1")["data"]) == 2
    assert len(admin.call("GET", "/api/log/search?keyword=content 1")["data"]) == 3


def test_stat_counts_consumption_only(world: World, admin: Program) -> None:
    assert admin.call("GET", "/api/log/stat") == {"success": True, "message": "", "data": {"quota": 45}}
    alice = world.program(next(user for user in world.stores.users.page().items if user.username == "alice"))
    assert alice.call("GET", "/api/log/self/stat")["data"] == {"quota": 0 + 2 + 4 + 6 + 8}
    assert alice.call("GET", "/api/log/stat")["success"] is False


def test_delete_before_a_time(admin: Program) -> None:
    assert admin.call("DELETE", "/api/log/")["message"] == "target timestamp is required"
    assert admin.call("DELETE", "/api/log/?target_timestamp=1005") == {"success": True, "message": "", "data": 5}
