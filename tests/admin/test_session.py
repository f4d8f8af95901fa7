"""Sessions: what makes one, what ends one, and what a restricted one reaches."""

from __future__ import annotations

import pytest

from rules.values import Role, UserStatus
from tests.admin.conftest import Make
from tests.admin.world import DEFAULT, PASSWORD, SAME_ORIGIN, World


def test_the_cookie_is_http_only_and_lax(world: World) -> None:
    reply = world.browser().post("/login", data={"username": "root", "password": PASSWORD})
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("session=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize("how", [{"wsgi.url_scheme": "https"}, {"HTTP_X_FORWARDED_PROTO": "https"}])
def test_the_cookie_is_secure_behind_https(world: World, how: dict[str, str]) -> None:
    reply = world.browser(**how).post("/login", data={"username": "root", "password": PASSWORD})
    assert "Secure" in reply.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "change",
    [{"password": "another fake password"}, {"role": int(Role.ADMIN)}, {"status": int(UserStatus.DISABLED)}],
    ids=["password", "role", "ban"],
)
def test_a_session_ends_with_a_change_of(world: World, change: dict[str, object]) -> None:
    user = world.user()
    browser = world.browser("alice")
    assert browser.get("/api/user/self").status_code == 200
    world.stores.users.update(user.id, change)
    assert browser.get("/api/user/self").status_code == 401
    assert browser.get("/tokens").status_code == 302


def test_a_banned_users_session_stays_dead_when_the_ban_is_lifted(world: World) -> None:
    user, browser = world.user(), world.browser("alice")
    kept = browser.client.get_cookie("session")
    world.stores.users.update(user.id, {"status": int(UserStatus.DISABLED)})
    world.stores.users.update(user.id, {"status": int(UserStatus.ENABLED)})
    assert kept is not None
    browser.client.set_cookie("session", kept.value)
    assert browser.get("/api/user/self").status_code == 401


def test_a_deleted_users_session_ends(world: World) -> None:
    user, browser = world.user(), world.browser("alice")
    world.stores.users.delete(user.id)
    assert browser.get("/api/user/self").status_code == 401


def test_a_forged_cookie_is_nobody(world: World) -> None:
    browser = world.browser()
    browser.client.set_cookie("session", "eyJ1c2VyIjoxLCJ2ZXJzaW9uIjoxfQ.aaaa.bbbb")
    assert browser.get("/api/user/self").status_code == 401


def test_no_credentials_is_401_in_one_apis_words(world: World) -> None:
    reply = world.browser().get("/api/user/self")
    assert reply.status_code == 401
    assert reply.get_json() == {"success": False, "message": "无权进行此操作，未登录且未提供 access token"}


def test_a_bad_access_token_is_200_in_one_apis_words(world: World) -> None:
    reply = world.browser().get("/api/user/self", headers={"Authorization": "f" * 32})
    assert reply.status_code == 200
    assert reply.get_json() == {"success": False, "message": "无权进行此操作，access token 无效"}


def test_a_banned_user_with_an_access_token_is_told(world: World) -> None:
    user = world.user()
    program = world.program(user)
    world.stores.users.update(user.id, {"status": int(UserStatus.DISABLED)})
    assert program.call("GET", "/api/user/self") == {"success": False, "message": "用户已被封禁"}


def test_an_access_token_works_bare_and_as_bearer(world: World) -> None:
    program = world.program(world.root)
    assert program.call("GET", "/api/user/self")["data"]["username"] == "root"
    program.token = f"Bearer {program.token}"
    assert program.call("GET", "/api/user/self")["data"]["username"] == "root"


def test_an_access_token_opens_no_page(world: World) -> None:
    assert world.program(world.root).ask("GET", "/channels").status_code == 302


def test_the_session_wins_over_the_access_token(world: World) -> None:
    alice = world.user()
    token = world.stores.users.new_access_token(alice.id)
    reply = world.browser("root").get("/api/user/self", headers={"Authorization": token})
    assert reply.get_json()["data"]["username"] == "root"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.COMMON, "/api/channel/"),
        (Role.COMMON, "/api/log/"),
        (Role.ADMIN, "/api/option/"),
        (Role.COMMON, "/api/group/"),
    ],
)
def test_a_role_that_is_too_low_is_told(world: World, role: Role, path: str) -> None:
    answer = world.program(world.user(role=role)).call("GET", path)
    assert answer == {"success": False, "message": "无权进行此操作，权限不足"}


@pytest.mark.parametrize(("role", "path"), [(Role.COMMON, "/channels"), (Role.ADMIN, "/settings")])
def test_a_page_for_a_higher_role_is_403(world: World, role: Role, path: str) -> None:
    world.user(role=role)
    assert world.browser("alice").get(path).status_code == 403


def test_a_page_sends_strangers_to_the_log_in_and_back(world: World) -> None:
    browser = world.browser()
    reply = browser.get("/logs?type=5")
    assert reply.headers["Location"] == "/login?next=/logs?type%3D5"
    data = {"username": "root", "password": PASSWORD, "next": "/logs?type=5"}
    assert browser.post("/login", data=data).headers["Location"] == "/logs?type=5"


def test_htmx_is_sent_to_the_log_in_as_a_whole_page(world: World) -> None:
    reply = world.browser().get("/logs/1", headers={"HX-Request": "true"})
    assert (reply.status_code, reply.headers["HX-Redirect"]) == (204, "/login")


def test_a_restricted_session_reaches_nothing_but_the_choice_of_a_password(make: Make) -> None:
    world = make(password="")
    browser = world.browser("root", DEFAULT)
    for path in ("/", "/channels", "/tokens", "/logs", "/account", "/settings", "/setup/channel", "/connect"):
        assert browser.get(path).headers.get("Location") == "/setup/password", path
    for path in ("/api/user/self", "/api/user/token", "/api/channel/", "/api/option/", "/api/token/", "/api/models"):
        assert browser.get(path).get_json()["success"] is False, path
    reply = browser.client.post("/api/token/", json={"name": "x"}, headers=SAME_ORIGIN)
    assert reply.get_json()["success"] is False
    assert world.root.has_access_token is False


def test_choosing_a_password_lifts_the_restriction(make: Make) -> None:
    world = make(password="")
    browser = world.browser("root", DEFAULT)
    reply = browser.post("/setup/password", data={"password": PASSWORD, "repeated": PASSWORD})
    assert reply.headers["Location"] == "/setup/channel"
    assert browser.get("/api/user/self").get_json()["success"] is True
    assert world.browser().post("/login", data={"username": "root", "password": DEFAULT}).status_code == 200
