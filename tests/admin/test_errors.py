"""Everything that goes wrong: a page for people, the envelope for programs."""

from __future__ import annotations

import logging

import pytest

from tests.admin.world import World


def break_something(world: World) -> None:
    """The database's file is not one any more."""
    world.database.execute("DROP TABLE tokens")


def test_an_unknown_page_says_what_to_do(world: World) -> None:
    reply = world.browser().get("/nope")
    assert reply.status_code == 404
    assert "There is nothing here" in reply.get_data(as_text=True)


def test_a_wrong_method_on_a_page(world: World) -> None:
    assert world.browser("root").post("/logs").status_code == 405


def test_an_unexpected_error_has_a_number_in_page_and_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    browser = world.browser("root")
    break_something(world)
    with caplog.at_level(logging.ERROR, "oneapi.admin"):
        reply = browser.get("/tokens")
    assert reply.status_code == 500
    number = caplog.records[0].getMessage().split()[1]
    assert number in reply.get_data(as_text=True)
    assert "tokens" not in reply.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]


def test_an_unexpected_error_of_the_api_is_an_envelope(world: World) -> None:
    program = world.program(world.root)
    break_something(world)
    reply = program.ask("GET", "/api/token/")
    assert reply.status_code == 500
    assert reply.get_json()["success"] is False


def test_a_refusal_without_a_form_is_a_page(world: World) -> None:
    channel_id = world.channel()
    browser = world.browser("root")
    world.database.execute("DELETE FROM channels")
    assert browser.post(f"/channels/{channel_id}/switch", data={"status": "2"}).status_code == 404
