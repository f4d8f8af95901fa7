from __future__ import annotations

from typing import Any

import pytest
from markupsafe import escape

from rules.values import LogRow, LogType, TokenRecord
from tests.admin.world import Browser, World


@pytest.fixture
def token(world: World) -> TokenRecord:
    world.channel(models="7354900000000000000,gpt-4o,text-embedding-3-small")
    return world.stores.tokens.create(world.root.id, {"name": "app", "unlimited_quota": True})


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


def request_seen(world: World, token: TokenRecord, at: int = 1000, **detail: Any) -> None:
    row = LogRow(token.user_id, at, LogType.CONSUME, token_name=token.name, detail=detail)
    world.stores.logs.add(row)


def lights(browser: Browser, token: TokenRecord) -> dict[str, bool]:
    ways = ("base", "proxy", "curl")
    pages = {way: browser.text(f"/connect/light/{way}?token={token.id}") for way in ways}
    assert all(("hx-get" in page) is ("light on" not in page) for page in pages.values())
    return {way: "light on" in page for way, page in pages.items()}


def test_without_a_token_the_page_says_so(browser: Browser) -> None:
    assert 'href="/tokens/new"' in browser.text("/connect")


def test_the_cards_say_what_to_paste(world: World, token: TokenRecord) -> None:
    page = world.browser("root", HTTP_HOST="127.0.0.1:3000").text("/connect")
    assert "http://127.0.0.1:3000/v1" in page and f"sk-{token.key}" in page
    assert "HTTPS_PROXY=http://127.0.0.1:3000" in page and "SSL_CERT_FILE=" in page
    assert "http://127.0.0.1:3000/ca-bundle.pem" in page and "certutil" in page and "update-ca-certificates" in page
    assert str(escape('"model": "gpt-4o"')) in page


def test_beyond_this_machine_the_proxy_takes_the_token(world: World, token: TokenRecord) -> None:
    page = world.browser("root", HTTP_HOST="192.168.1.2:3000").text("/connect")
    assert f"HTTPS_PROXY=http://oneapi:sk-{token.key}@192.168.1.2:3000" in page


def test_a_token_that_is_off_is_not_the_first_choice(world: World, browser: Browser, token: TokenRecord) -> None:
    newer = world.stores.tokens.create(world.root.id, {"name": "newer", "unlimited_quota": True})
    world.stores.tokens.update(world.root.id, newer.id, {"status": 2})
    assert f"sk-{newer.key}" not in browser.text("/connect")
    assert f"sk-{newer.key}" in browser.text(f"/connect?token={newer.id}")


def test_the_tokens_own_models_come_first(world: World, browser: Browser, token: TokenRecord) -> None:
    world.stores.tokens.update(world.root.id, token.id, {"models": "not-offered,7354900000000000000"})
    assert "7354900000000000000" in browser.text("/connect")


def test_lights_are_off_before_the_first_request(browser: Browser, token: TokenRecord) -> None:
    assert lights(browser, token) == {"base": False, "proxy": False, "curl": False}


@pytest.mark.parametrize(
    ("detail", "way"),
    [
        ({"door": "base", "agent": "OpenAI/Python 3.54.0"}, "base"),
        ({"door": "base", "agent": "curl/8.5.0"}, "curl"),
        ({"door": "proxy", "agent": "curl/8.5.0"}, "proxy"),
    ],
)
def test_a_request_lights_its_own_way(
    world: World, browser: Browser, token: TokenRecord, detail: dict[str, str], way: str
) -> None:
    request_seen(world, token, **detail)
    assert [name for name, on in lights(browser, token).items() if on] == [way]


def test_a_request_that_does_not_say_lights_all(world: World, browser: Browser, token: TokenRecord) -> None:
    request_seen(world, token)
    assert all(lights(browser, token).values())


def test_another_tokens_requests_light_nothing(world: World, browser: Browser, token: TokenRecord) -> None:
    other = world.stores.tokens.create(world.root.id, {"name": "other", "unlimited_quota": True})
    request_seen(world, other)
    assert not any(lights(browser, token).values())


def test_a_light_that_is_not_there(world: World, browser: Browser, token: TokenRecord) -> None:
    assert browser.get(f"/connect/light/pigeon?token={token.id}").status_code == 404
    hers = world.stores.tokens.create(world.user().id, {"name": "hers", "unlimited_quota": True})
    assert browser.get(f"/connect/light/base?token={hers.id}").status_code == 404
