from __future__ import annotations

from admin.pages.address import own_address, proxy_address
from tests.admin.world import World


def test_the_address_is_the_one_the_browser_uses(world: World) -> None:
    with world.app.test_request_context("/", headers={"Host": "127.0.0.1:3000"}):
        assert own_address() == "http://127.0.0.1:3000"
        assert proxy_address("sk-fake") == "http://127.0.0.1:3000"


def test_behind_a_tls_proxy_it_is_https(world: World) -> None:
    headers = {"Host": "llm.example.com", "X-Forwarded-Proto": "https"}
    with world.app.test_request_context("/", headers=headers):
        assert own_address() == "https://llm.example.com"


def test_server_address_wins_and_the_proxy_asks_for_the_token(world: World) -> None:
    world.stores.options.set("ServerAddress", "https://llm.example.com/")
    with world.app.test_request_context("/", headers={"Host": "127.0.0.1:3000"}):
        assert own_address() == "https://llm.example.com"
        assert proxy_address("sk-fake") == "https://oneapi:sk-fake@llm.example.com"
