"""create_app: the doors around everything."""

from __future__ import annotations

import pytest

from tests.admin.conftest import Make
from tests.admin.world import World


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "[::1]:3000", "192.168.1.7", "localhost:3000", "LOCALHOST"])
def test_answers_to_addresses_and_localhost(world: World, host: str) -> None:
    assert world.browser().get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/api/status", "/ca.pem", "/static/style.css", "/nope"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "2130706433", "localhost.evil.example"])
def test_a_rebound_host_gets_421_everywhere(world: World, host: str, path: str) -> None:
    reply = world.browser().get(path, headers={"Host": host})
    assert reply.status_code == 421
    assert "ServerAddress" in reply.get_data(as_text=True)


def test_configured_names_are_answered(make: Make) -> None:
    world = make(allowed_hosts=("llm.lan", "other.lan:3000"))
    assert world.browser().get("/login", headers={"Host": "llm.lan:3000"}).status_code == 200
    assert world.browser().get("/login", headers={"Host": "other.lan"}).status_code == 200


def test_the_host_of_server_address_is_answered(world: World) -> None:
    world.stores.options.set("ServerAddress", "https://llm.example.com")
    assert world.browser().get("/login", headers={"Host": "llm.example.com"}).status_code == 200
    assert world.browser().get("/login", headers={"Host": "example.com"}).status_code == 421


def test_an_unsafe_request_with_a_cookie_must_come_from_our_pages(world: World) -> None:
    browser = world.browser("root")
    token = {"name": "x", "unlimited_quota": True}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        reply = browser.client.post("/api/token/", json=token, headers=headers)
        assert (reply.status_code, reply.get_json()["success"]) == (403, False), headers
    assert world.stores.tokens.page(world.root.id).total == 0
    good = browser.client.post("/api/token/", json=token, headers={"Origin": "http://localhost"})
    assert good.get_json()["success"] is True


def test_a_cookie_with_a_plain_text_body_is_refused(world: World) -> None:
    reply = world.browser("root").post("/api/token/", data='{"name": "x"}', content_type="text/plain")
    assert reply.status_code == 403


def test_a_page_post_from_another_site_shows_a_page(world: World) -> None:
    reply = world.browser("root").client.post("/channels/1/delete", headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    assert reply.mimetype == "text/html"


def test_another_site_cannot_make_the_browser_ask_the_api(world: World) -> None:
    """GET /api/user/token makes a new access token: One API's interface, so reading is guarded as well."""
    browser = world.browser("root")
    reply = browser.get("/api/user/token", headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 403
    assert world.root.has_access_token is False


def test_every_answer_has_the_security_headers(world: World) -> None:
    for path in ("/login", "/api/status", "/nope", "/static/style.css"):
        headers = world.browser().get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    reply = world.browser("root").post("/api/token/", data=b"x" * (9 << 20), content_type="application/json")
    assert reply.status_code == 413
