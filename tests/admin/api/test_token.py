from __future__ import annotations

import time

import pytest

from tests.admin.world import Program, World

FIELDS = {
    *("id", "user_id", "key", "status", "name", "created_time", "accessed_time", "expired_time", "remain_quota"),
    *("unlimited_quota", "used_quota", "models", "subnet"),
}


@pytest.fixture
def owner(world: World) -> Program:
    return world.program(world.root)


def create(owner: Program, **fields: object) -> dict[str, object]:
    answer = owner.call("POST", "/api/token/", {"name": "mine", "remain_quota": 500, "expired_time": -1, **fields})
    assert answer["success"] is True, answer
    made: dict[str, object] = answer["data"]
    return made


def test_create_gives_the_token_with_its_key(owner: Program) -> None:
    token = create(owner, models="gpt-4o", subnet="10.0.0.0/8")
    assert set(token) == FIELDS
    assert len(str(token["key"])) == 48
    assert (token["models"], token["subnet"], token["status"]) == ("gpt-4o", "10.0.0.0/8", 1)


def test_list_shows_keys_to_their_owner(owner: Program) -> None:
    token = create(owner)
    reply = owner.ask("GET", "/api/token/?p=0&order=used_quota")
    assert reply.get_json()["data"][0] == token
    assert token["models"] is None
    assert reply.headers["X-Total-Count"] == "1"


def test_another_users_token_is_not_there(world: World, owner: Program) -> None:
    token = create(owner)
    stranger = world.program(world.user())
    assert stranger.call("GET", f"/api/token/{token['id']}")["success"] is False
    assert stranger.call("DELETE", f"/api/token/{token['id']}")["success"] is False
    assert stranger.call("PUT", "/api/token/", {"id": token["id"], "name": "stolen"})["success"] is False
    assert str(token["key"]) not in stranger.ask("GET", "/api/token/").get_data(as_text=True)


def test_search_by_the_beginning_of_the_name(owner: Program) -> None:
    create(owner, name="NextChat")
    create(owner, name="other")
    assert [row["name"] for row in owner.call("GET", "/api/token/search?keyword=next")["data"]] == ["NextChat"]


def test_get_and_delete(owner: Program) -> None:
    token = create(owner)
    assert owner.call("GET", f"/api/token/{token['id']}")["data"] == token
    assert owner.call("DELETE", f"/api/token/{token['id']}") == {"success": True, "message": ""}
    assert owner.call("GET", f"/api/token/{token['id']}")["success"] is False


def test_update_takes_the_whole_object_back(owner: Program) -> None:
    token = create(owner)
    answer = owner.call("PUT", "/api/token/", {**token, "name": "renamed", "used_quota": 10**9, "key": "mine now"})
    assert answer["data"]["name"] == "renamed"
    assert (answer["data"]["used_quota"], answer["data"]["key"]) == (0, token["key"])


def test_status_only_changes_the_status_only(owner: Program) -> None:
    token = create(owner)
    answer = owner.call("PUT", "/api/token/?status_only=true", {"id": token["id"], "status": 2, "name": "not this"})
    assert (answer["data"]["status"], answer["data"]["name"]) == (2, "mine")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "x" * 31}, "参数错误：令牌名称过长"),
        ({"name": "令牌令牌令牌令牌令牌令"}, "参数错误：令牌名称过长"),
        ({"subnet": "10.0.0.0/99"}, "参数错误：无效的网段：10.0.0.0/99"),
    ],
)
def test_create_says_what_is_wrong(owner: Program, fields: dict[str, str], message: str) -> None:
    assert owner.call("POST", "/api/token/", {"name": "x", **fields}) == {"success": False, "message": message}


def test_an_expired_token_cannot_be_switched_on(owner: Program) -> None:
    token = create(owner, expired_time=int(time.time()) - 10)
    owner.call("PUT", "/api/token/?status_only=1", {"id": token["id"], "status": 2})
    answer = owner.call("PUT", "/api/token/?status_only=1", {"id": token["id"], "status": 1})
    assert answer["message"] == "令牌已过期，无法启用，请先修改令牌过期时间，或者设置为永不过期"


def test_a_used_up_token_cannot_be_switched_on(owner: Program) -> None:
    token = create(owner, remain_quota=0)
    owner.call("PUT", "/api/token/?status_only=1", {"id": token["id"], "status": 2})
    answer = owner.call("PUT", "/api/token/?status_only=1", {"id": token["id"], "status": 1})
    assert answer["message"] == "令牌可用额度已用尽，无法启用，请先修改令牌剩余额度，或者设置为无限额度"
