from __future__ import annotations

import re

import pytest

from tests.admin.conftest import Make
from tests.admin.world import DEFAULT, PASSWORD, SAME_ORIGIN, World

FIELDS = {
    *("id", "username", "password", "display_name", "role", "status", "email", "github_id", "wechat_id", "lark_id"),
    *("oidc_id", "verification_code", "access_token", "quota", "used_quota", "request_count", "group", "aff_code"),
    "inviter_id",
}
NEW = "another fake password"


def test_self_shows_the_account_without_secrets(world: World) -> None:
    data = world.program(world.root).call("GET", "/api/user/self")["data"]
    assert set(data) == FIELDS
    assert (data["username"], data["role"], data["quota"]) == ("root", 100, 500_000_000_000_000)
    assert (data["password"], data["access_token"]) == ("", "")


def test_logout_ends_the_session(world: World) -> None:
    browser = world.browser("root")
    assert browser.get("/api/user/logout").get_json() == {"success": True, "message": ""}
    assert browser.get("/api/user/self").status_code == 401


def test_token_makes_a_new_access_token_each_time(world: World) -> None:
    program = world.program(world.root)
    fresh = program.call("GET", "/api/user/token")["data"]
    assert re.fullmatch("[0-9a-f]{32}", fresh)
    assert program.call("GET", "/api/user/self")["success"] is False
    program.token = fresh
    assert program.call("GET", "/api/user/self")["success"] is True


def test_update_of_the_names_needs_no_password(world: World) -> None:
    program = world.program(world.user())
    answer = program.call("PUT", "/api/user/self", {"username": "alicia", "display_name": "Alicia", "password": ""})
    assert answer == {"success": True, "message": ""}
    assert world.stores.users.find("alicia") is not None


@pytest.mark.parametrize("old", [{}, {"original_password": "wrong password"}])
def test_a_new_password_needs_the_old_one(world: World, old: dict[str, str]) -> None:
    user = world.user()
    answer = world.program(user).call("PUT", "/api/user/self", {"password": NEW, **old})
    assert answer == {"success": False, "message": "当前密码错误"}
    assert world.stores.users.authenticate("alice", PASSWORD) is not None


def test_a_new_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    world.user()
    here, there = world.browser("alice"), world.browser("alice")
    body = {"password": NEW, "original_password": PASSWORD}
    assert here.client.put("/api/user/self", json=body, headers=SAME_ORIGIN).get_json()["success"] is True
    assert here.get("/api/user/self").status_code == 200
    assert there.get("/api/user/self").status_code == 401


def test_nobody_raises_his_own_role_or_quota(world: World) -> None:
    user = world.user()
    body = {"role": 100, "quota": 10**12, "status": 1, "group": "svip", "display_name": "x"}
    assert world.program(user).call("PUT", "/api/user/self", body)["success"] is True
    after = world.stores.users.get(user.id)
    assert after is not None and (after.role, after.quota, after.group) == (1, user.quota, "default")


def test_a_taken_name_is_refused(world: World) -> None:
    answer = world.program(world.user()).call("PUT", "/api/user/self", {"username": "root"})
    assert answer == {"success": False, "message": "用户名已被占用"}


def test_the_default_password_can_be_changed_through_the_api(make: Make) -> None:
    world = make(password="")
    client = world.browser("root", DEFAULT).client
    assert client.put("/api/user/self", json={"display_name": "x"}, headers=SAME_ORIGIN).get_json()["success"] is False
    assert client.put("/api/user/self", json={"password": "short"}, headers=SAME_ORIGIN).get_json()["success"] is False
    assert client.put("/api/user/self", json={"password": NEW}, headers=SAME_ORIGIN).get_json()["success"] is True
    assert client.get("/api/user/self").get_json()["success"] is True


def test_update_without_credentials(world: World) -> None:
    assert world.browser().client.put("/api/user/self", json={"password": NEW}).status_code == 401


@pytest.mark.parametrize("path", ["/api/user/", "/api/user/search", "/api/user/1", "/api/user/manage"])
def test_the_management_of_users_is_not_here_yet(world: World, path: str) -> None:
    assert world.program(world.root).ask("GET", path).status_code == 404
