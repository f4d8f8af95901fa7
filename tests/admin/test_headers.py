from __future__ import annotations

import re
from pathlib import Path

from tests.admin.catalogues import ADMIN
from tests.admin.world import World


def test_pages_are_never_stored_and_static_files_are(world: World) -> None:
    assert world.browser().get("/login").headers["Cache-Control"] == "no-store"
    assert world.browser().get("/api/status").headers["Cache-Control"] == "no-store"
    assert "immutable" in world.browser().get("/static/style.css?v=1").headers["Cache-Control"]


def test_no_template_needs_what_the_policy_forbids() -> None:
    """No inline script, style or handler; nothing from another host."""
    for path in templates():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]*\ssrc=)", text), path
        assert not re.search(r'(?:src|action)="https?:|url\(', text), path


def test_assets_carry_the_version(world: World) -> None:
    page = world.browser().get("/login").get_data(as_text=True)
    assert len(re.findall(r'(?:src|href)="/static/[^"]+\?v=1\.2\.3"', page)) >= 4


def templates() -> list[Path]:
    return sorted((ADMIN / "templates").rglob("*.html"))
