from __future__ import annotations

from admin.pages.setting_groups import GROUPS
from rules.options import FIELDS, secret


def test_every_setting_is_an_option_that_may_be_shown() -> None:
    keys = [option.key for group in GROUPS for option in group.options]
    assert len(keys) == len(set(keys))
    assert all(key in FIELDS and not secret(key) for key in keys)


def test_every_kind_is_one_that_the_page_knows() -> None:
    assert {option.kind for group in GROUPS for option in group.options} <= {
        "flag",
        "text",
        "number",
        "text_area",
        "json",
    }
