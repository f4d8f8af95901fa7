from __future__ import annotations

from tests.admin.conftest import Make
from tests.admin.world import PASSWORD, World


def test_the_default_password_is_named_where_it_works(make: Make) -> None:
    world = make(password="")
    assert "123456" in world.browser().text("/login")
    elsewhere = world.browser(REMOTE_ADDR="192.168.0.9").text("/login")
    assert "123456" not in elsewhere and "INITIAL_ROOT_PASSWORD" in elsewhere


def test_the_default_password_is_not_named_when_there_is_none(world: World) -> None:
    assert "123456" not in world.browser().text("/login")


def test_a_failed_log_in_keeps_the_name_and_drops_the_password(world: World) -> None:
    data = {"username": "root", "password": "wrong <password>", "next": "/logs"}
    page = world.browser().post("/login", data=data).get_data(as_text=True)
    assert 'value="root"' in page and "wrong" not in page.replace("Wrong user name", "")
    assert 'value="/logs"' in page and 'role="alert"' in page


def test_log_in_never_leads_to_another_site(world: World) -> None:
    data = {"username": "root", "password": PASSWORD, "next": "//evil.example"}
    assert world.browser().post("/login", data=data).headers["Location"] == "/"


def test_who_is_logged_in_is_sent_on(world: World) -> None:
    assert world.browser("root").get("/login?next=/logs").headers["Location"] == "/logs"


def test_log_out(world: World) -> None:
    browser = world.browser("root")
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/").status_code == 302
