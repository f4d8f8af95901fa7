"""Who may log in: the pages' and the API's one decision."""

from __future__ import annotations

import pytest

from admin.throttle import PER_ACCOUNT
from tests.admin.conftest import Make
from tests.admin.world import DEFAULT, PASSWORD, World

WRONG = "用户名或密码错误，或用户已被封禁"


def log_in(
    world: World, username: str = "root", password: str = PASSWORD, **environ: str
) -> tuple[int, dict[str, object]]:
    reply = world.browser(**environ).post("/api/user/login", json={"username": username, "password": password})
    answer: dict[str, object] = reply.get_json()
    return reply.status_code, answer


def test_log_in_answers_with_five_facts(world: World) -> None:
    status, answer = log_in(world)
    assert status == 200
    assert answer["data"] == {"id": 1, "username": "root", "display_name": "Root User", "role": 100, "status": 1}


@pytest.mark.parametrize(("name", "password"), [("root", "wrong password"), ("nobody", PASSWORD), ("root", DEFAULT)])
def test_wrong_ones_get_one_apis_message(world: World, name: str, password: str) -> None:
    assert log_in(world, name, password) == (200, {"success": False, "message": WRONG})


@pytest.mark.parametrize("body", [{}, {"username": "root"}, {"password": "x"}, [], "x"])
def test_a_body_that_lacks_something_is_an_invalid_parameter(world: World, body: object) -> None:
    reply = world.browser().post("/api/user/login", json=body)
    assert reply.get_json() == {"success": False, "message": "无效的参数"}


def test_password_log_in_can_be_switched_off(world: World) -> None:
    world.stores.options.set("PasswordLoginEnabled", "false")
    assert log_in(world)[1]["message"] == "管理员关闭了密码登录"


def test_the_default_password_is_accepted_from_loopback(make: Make) -> None:
    status, answer = log_in(make(password=""), password=DEFAULT)
    assert (status, answer["success"]) == (200, True)
    assert "新密码" in str(answer["message"])


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.168.1.5"},
        {"REMOTE_ADDR": "203.0.113.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_HOST": "127.0.0.1"},
        {"HTTP_X_FORWARDED_ANYTHING": "x"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_the_default_password_is_refused_elsewhere_with_a_way_out(make: Make, environ: dict[str, str]) -> None:
    world = make(password="")
    status, answer = log_in(world, password=DEFAULT, **environ)
    assert (status, answer["success"]) == (200, False)
    assert "INITIAL_ROOT_PASSWORD" in str(answer["message"])
    page = world.browser(**environ).post("/login", data={"username": "root", "password": DEFAULT})
    assert page.status_code == 200
    assert "INITIAL_ROOT_PASSWORD" in page.get_data(as_text=True)


def test_a_password_of_ones_own_works_from_anywhere(world: World) -> None:
    assert log_in(world, REMOTE_ADDR="203.0.113.7")[1]["success"] is True


def test_too_many_failures_make_one_wait(world: World) -> None:
    for _ in range(PER_ACCOUNT):
        assert log_in(world, password="wrong password")[0] == 200
    reply = world.browser().post("/api/user/login", json={"username": "root", "password": PASSWORD})
    assert reply.status_code == 429
    assert int(reply.headers["Retry-After"]) > 60
    assert log_in(world, REMOTE_ADDR="10.0.0.2")[1]["success"] is True
    page = world.browser().post("/login", data={"username": "root", "password": PASSWORD})
    assert page.status_code == 429
