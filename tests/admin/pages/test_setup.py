from __future__ import annotations

import socket

import pytest

from tests.admin.conftest import Make
from tests.admin.world import DEFAULT, PASSWORD, Browser, World


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"password": "short", "repeated": "short"}, "password"),
        ({"password": DEFAULT, "repeated": DEFAULT}, "password"),
        ({"password": PASSWORD, "repeated": "something else"}, "repeated"),
    ],
)
def test_a_password_that_cannot_be(make: Make, data: dict[str, str], field: str) -> None:
    world = make(password="")
    reply = world.browser("root", DEFAULT).post("/setup/password", data=data)
    assert reply.status_code == 422
    assert f'id="{field}-problem"' in reply.get_data(as_text=True)
    assert world.root.must_change_password is True


def test_the_choice_of_a_password_is_for_restricted_sessions_only(world: World, browser: Browser) -> None:
    assert browser.get("/setup/password").headers["Location"] == "/"
    assert browser.post("/setup/password", data={"password": "x" * 9, "repeated": "x" * 9}).status_code == 303
    assert world.stores.users.authenticate("root", PASSWORD) is not None
    assert world.browser().post("/setup/password", data={"password": "x" * 9}).status_code == 303


def test_the_whole_way(make: Make) -> None:
    world = make(password="")
    browser = world.browser("root", DEFAULT)
    assert 'autocomplete="new-password"' in browser.text("/setup/password")
    reply = browser.post("/setup/password", data={"password": PASSWORD, "repeated": PASSWORD})
    assert reply.headers["Location"] == "/setup/channel"
    assert "/setup/channel?type=34" in browser.text("/setup/channel")
    form = {"key": "sk-fake-upstream", "models": "7354900000000000000", "base_url": "https://api.coze.com"}
    reply = browser.post("/setup/channel?type=34", data=form)
    assert reply.headers["Location"] == "/setup/test/1"
    reply = browser.post("/setup/test/1")
    assert "Hello!" in browser.text(reply.headers["Location"])
    reply = browser.post("/setup/token")
    page = browser.text(reply.headers["Location"])
    assert page.count("hx-trigger") == 3
    assert "sk-" + world.stores.tokens.page(world.root.id).items[0].key in page


def test_a_channel_with_a_problem_stays_on_the_page(world: World, browser: Browser) -> None:
    reply = browser.post("/setup/channel?type=50", data={"key": "sk-fake", "models": "m", "base_url": ""})
    assert reply.status_code == 422 and 'id="base_url-problem"' in reply.get_data(as_text=True)
    assert browser.post("/setup/channel?type=0", data={}).status_code == 404


def test_the_demo_is_made_once(world: World, browser: Browser) -> None:
    for _ in range(2):
        assert browser.post("/setup/demo").headers["Location"] == "/setup/test/1"
    (channel,) = world.stores.channels.search("")
    assert channel.base_url == "http://127.0.0.1:8399/v1"


def test_the_demo_that_is_not_running_says_how_to_start_it(make: Make) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    browser = make(demo_port=port).browser("root")
    assert "./scripts/fake-provider" in browser.text(browser.post("/setup/demo").headers["Location"])


def test_the_demo_that_runs_needs_no_explanation(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        browser = make(demo_port=server.getsockname()[1]).browser("root")
        assert "./scripts/fake-provider" not in browser.text(browser.post("/setup/demo").headers["Location"])


def test_a_failed_test_says_why(world: World, browser: Browser) -> None:
    channel_id = world.channel()
    world.relay.answer = {"success": False, "message": "bad <key>", "time": 0.1, "modelName": "gpt-4o"}
    page = browser.text(browser.post(f"/setup/test/{channel_id}").headers["Location"])
    assert "bad &lt;key&gt;" in page and 'role="alert"' in page
    assert "bad &lt;key&gt;" not in browser.text(f"/setup/test/{channel_id}")


def test_a_token_that_works_is_taken_before_a_new_one_is_made(world: World, browser: Browser) -> None:
    token = world.stores.tokens.create(world.root.id, {"name": "there", "unlimited_quota": True})
    assert browser.post("/setup/token").headers["Location"] == f"/setup/connect?token={token.id}"
    world.stores.tokens.update(world.root.id, token.id, {"status": 2})
    assert browser.post("/setup/token").headers["Location"] == f"/setup/connect?token={token.id + 1}"


def test_a_token_that_is_gone_leads_to_the_list(browser: Browser) -> None:
    assert browser.get("/setup/connect?token=99").headers["Location"] == "/tokens"
