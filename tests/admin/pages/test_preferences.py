from __future__ import annotations

import pytest

from admin.pages.preferences import own_path
from tests.admin.world import World


def test_language_and_theme_are_kept(world: World) -> None:
    browser = world.browser()
    reply = browser.post("/preferences", data={"language": "zh", "back": "/login?next=/logs"})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=/logs")
    browser.post("/preferences", data={"theme": "dark"})
    page = browser.text("/login", headers={"Accept-Language": "en"})
    assert 'data-theme="dark"' in page and "登录" in page


def test_nonsense_is_not_kept(world: World) -> None:
    reply = world.browser().post("/preferences", data={"language": "xx", "theme": "<script>"})
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/logs?x=1", "/logs?x=1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nX: y", "/"),
    ],
)
def test_own_path_never_leads_away(wanted: str, path: str) -> None:
    assert own_path(wanted) == path
