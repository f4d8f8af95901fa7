from __future__ import annotations

import re

from tests.admin.world import PASSWORD, World

NEW = "another fake password"


def test_rename(world: World) -> None:
    browser = world.browser("root")
    assert browser.post("/account/name", data={"username": "boss", "display_name": "The Boss"}).status_code == 303
    assert "The Boss" in browser.text("/account")


def test_rename_shows_a_problem_and_keeps_what_was_typed(world: World) -> None:
    world.user()
    reply = world.browser("root").post("/account/name", data={"username": "alice", "display_name": "Me"})
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422 and 'id="username-problem"' in page and 'value="Me"' in page


def test_a_new_password_needs_the_present_one(world: World) -> None:
    data = {"original_password": "wrong password", "password": NEW}
    reply = world.browser("root").post("/account/password", data=data)
    assert reply.status_code == 422 and 'id="original_password-problem"' in reply.get_data(as_text=True)
    assert world.stores.users.authenticate("root", PASSWORD) is not None


def test_a_new_password_that_is_too_short(world: World) -> None:
    data = {"original_password": PASSWORD, "password": "short"}
    reply = world.browser("root").post("/account/password", data=data)
    assert reply.status_code == 422 and 'id="password-problem"' in reply.get_data(as_text=True)


def test_a_new_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    here, there = world.browser("root"), world.browser("root")
    assert here.post("/account/password", data={"original_password": PASSWORD, "password": NEW}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_the_access_token_is_shown_once(world: World) -> None:
    browser = world.browser("root")
    page = browser.post("/account/access-token").get_data(as_text=True)
    found = re.search(r"\b[0-9a-f]{32}\b", page)
    assert found and world.stores.users.by_access_token(found.group())
    assert found.group() not in browser.text("/account")
