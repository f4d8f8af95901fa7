from __future__ import annotations

import re

import pytest

from admin.icons import PATHS, icon
from tests.admin.catalogues import ADMIN


@pytest.mark.parametrize("name", PATHS)
def test_an_icon_is_hidden_from_screen_readers(name: str) -> None:
    assert 'aria-hidden="true"' in icon(name, 20) and 'width="20"' in icon(name, 20)


def test_templates_use_icons_that_exist() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ADMIN / "templates").rglob("*.html")]
    used = {name for text in texts for name in re.findall(r'icon\("(\w+)"', text)}
    assert used - PATHS.keys() == set()
