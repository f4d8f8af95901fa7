"""The frame of every page: menu, footer, language, theme, and that every page opens in both languages."""

from __future__ import annotations

import re
import time

import pytest

from rules.logs import LogRow
from rules.values import LogType, Role
from tests.admin.world import World

PAGES = (
    "/",
    "/channels",
    "/channels/new",
    "/channels/new?type=34",
    "/channels/1",
    "/tokens",
    "/tokens/new",
    "/tokens/1",
    "/logs",
    "/logs/1",
    "/settings",
    "/settings/prices",
    "/settings/system",
    "/settings/other",
    "/account",
    "/connect",
    "/setup/channel",
    "/setup/channel?type=50",
    "/setup/test/1",
    "/setup/connect?token=1",
)


@pytest.fixture
def full(world: World) -> World:
    """A world with one of everything."""
    world.channel(name="<b>bold</b>")
    world.stores.tokens.create(world.root.id, {"name": "<i>token</i>", "unlimited_quota": True})
    row = LogRow(
        world.root.id, int(time.time()), LogType.CONSUME, username="root", token_name="<i>token</i>", status=502
    )
    world.stores.logs.add(row)
    return world


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(full: World, path: str, language: str) -> None:
    page = full.browser("root").text(path, headers={"Accept-Language": language})
    assert page.count("<h1") == 1
    assert "One API</a>" in page and "MIT" in page
    assert ("办法" if language == "zh" else "Interim Measures") in page
    assert not re.search(r"%\(\w+\)s", page), "a place that nothing filled in"
    assert "<b>bold</b>" not in page and "<i>token</i>" not in page


@pytest.mark.parametrize("path", PAGES)
def test_every_field_of_a_page_has_a_label(full: World, path: str) -> None:
    page = full.browser("root").text(path)
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        if 'type="hidden"' not in tag:
            name = re.search(r'id="([^"]+)"', tag)
            assert name and f'for="{name.group(1)}"' in page, tag


@pytest.mark.parametrize("path", PAGES)
def test_ids_of_a_page_are_unique(full: World, path: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', full.browser("root").text(path))
    assert len(ids) == len(set(ids))


def test_the_menu_fits_the_role(world: World) -> None:
    world.user(role=Role.ADMIN)
    world.user("bob")
    assert 'href="/settings"' in world.browser("root").text("/")
    admin, bob = world.browser("alice").text("/"), world.browser("bob").text("/")
    assert 'href="/settings"' not in admin and 'href="/channels"' in admin
    assert 'href="/channels"' not in bob and 'href="/tokens"' in bob


def test_the_menu_says_where_one_is(world: World) -> None:
    assert re.search(r'href="/logs" aria-current="page"', world.browser("root").text("/logs"))


def test_the_system_name_is_shown_and_escaped(world: World) -> None:
    world.stores.options.set("SystemName", "<Ours>")
    assert "&lt;Ours&gt;" in world.browser().text("/login")
