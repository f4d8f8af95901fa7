from __future__ import annotations

import re
import time

import pytest

from rules.values import TokenRecord, TokenStatus
from tests.admin.world import Browser, World

FORM = {"name": "my app", "remain": "2.5", "expires": "", "models": "gpt-4o\ngpt-5", "subnet": "10.0.0.0/8"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


def only(world: World) -> TokenRecord:
    (token,) = world.stores.tokens.page(world.root.id).items
    return token


def test_an_empty_list_says_what_to_do_first(browser: Browser) -> None:
    assert 'href="/tokens/new"' in browser.text("/tokens")


def test_create_shows_the_key_once_on_top_and_in_the_list(world: World, browser: Browser) -> None:
    assert browser.post("/tokens/new", data=FORM).headers["Location"] == "/tokens"
    token = only(world)
    assert (token.name, token.remain_quota, token.models, token.expired_time) == (
        "my app",
        1_250_000,
        "gpt-4o,gpt-5",
        -1,
    )
    assert browser.text("/tokens").count(f"sk-{token.key}") > browser.text("/tokens").count(f"sk-{token.key}") > 0


def test_create_without_a_limit_needs_no_amount(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM | {"unlimited_quota": "on", "remain": ""})
    assert only(world).unlimited_quota is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "令" * 11}, "name"),
        ({"remain": ""}, "remain"),
        ({"remain": "-5"}, "remain"),
        ({"expires": "soon"}, "expires"),
        ({"subnet": "10.0.0.0/99"}, "subnet"),
    ],
)
def test_a_problem_is_shown_at_its_field_and_nothing_is_lost(
    world: World, browser: Browser, changes: dict[str, str], field: str
) -> None:
    reply = browser.post("/tokens/new", data=FORM | changes)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert f'id="{field}-problem"' in page and "gpt-4o\ngpt-5" in page
    assert world.stores.tokens.page(world.root.id).total == 0


def test_edit(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM)
    token = only(world)
    assert 'value="2.5"' in browser.text(f"/tokens/{token.id}")
    browser.post(f"/tokens/{token.id}", data=FORM | {"name": "renamed", "remain": "3", "expires": "2030-01-01T10:00"})
    after = only(world)
    assert (after.name, after.remain_quota, after.key) == ("renamed", 1_500_000, token.key)
    assert after.expired_time > time.time()


def test_an_untouched_amount_does_not_give_back_what_was_used_meanwhile(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM)
    token = only(world)
    world.database.execute("UPDATE tokens SET remain_quota = 1249999")
    shown = re.search(r'id="remain"[^>]*value="([^"]+)"', browser.text(f"/tokens/{token.id}"))
    assert shown is not None
    browser.post(f"/tokens/{token.id}", data=FORM | {"remain": shown.group(1)})
    assert only(world).remain_quota == 1_249_999


def test_edit_shows_a_problem(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM)
    assert browser.post(f"/tokens/{only(world).id}", data=FORM | {"subnet": "x"}).status_code == 422


def test_anothers_token_is_404(world: World, browser: Browser) -> None:
    token = world.stores.tokens.create(world.user().id, {"name": "hers", "unlimited_quota": True})
    assert browser.get(f"/tokens/{token.id}").status_code == 404
    for act in ("", "/delete", "/switch"):
        assert browser.post(f"/tokens/{token.id}{act}", data=FORM).status_code == 404
    assert token.key not in browser.text("/tokens")
    assert token.key not in browser.text(f"/connect?token={token.id}")


def test_switch(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM)
    token = only(world)
    row = browser.post(f"/tokens/{token.id}/switch", data={"status": "2"}, headers=HTMX).get_data(as_text=True)
    assert "Switch on" in row and only(world).status == TokenStatus.DISABLED
    assert browser.post(f"/tokens/{token.id}/switch", data={"status": "1"}).status_code == 303
    assert only(world).status == TokenStatus.ENABLED


def test_a_used_up_token_says_why_it_stays_off(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM | {"remain": "0"})
    token = only(world)
    browser.post(f"/tokens/{token.id}/switch", data={"status": "2"})
    row = browser.post(f"/tokens/{token.id}/switch", data={"status": "1"}, headers=HTMX).get_data(as_text=True)
    assert "used up" in row and only(world).status == TokenStatus.DISABLED
    browser.post(f"/tokens/{token.id}/switch", data={"status": "1"})
    assert "used up" in browser.text("/tokens")


def test_delete(world: World, browser: Browser) -> None:
    browser.post("/tokens/new", data=FORM)
    assert browser.post(f"/tokens/{only(world).id}/delete").status_code == 303
    assert world.stores.tokens.page(world.root.id).total == 0


def test_search_that_finds_nothing(browser: Browser) -> None:
    assert "Nothing found" in browser.text("/tokens?keyword=nothing")


def test_pages(world: World, browser: Browser) -> None:
    for number in range(52):
        world.stores.tokens.create(world.root.id, {"name": f"token {number}", "unlimited_quota": True})
    assert "p=1" in browser.text("/tokens")
    assert browser.text("/tokens?p=1").count("<tbody") == 2
