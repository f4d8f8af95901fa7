from __future__ import annotations

import json

import pytest

from tests.admin.world import Browser, World

OPERATION = {"RetryTimes": "5", "PreConsumedQuota": "100", "QuotaPerUnit": "500000", "LogConsumeEnabled": "on"}


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


def test_values_are_shown(world: World, browser: Browser) -> None:
    world.stores.options.set("RetryTimes", "7")
    page = browser.text("/settings")
    assert 'name="RetryTimes" type="text" value="7"' in page


def test_save_sets_numbers_and_flags(world: World, browser: Browser) -> None:
    assert browser.post("/settings/operation", data=OPERATION).headers["Location"] == "/settings/operation"
    now = world.stores.options.current()
    assert (now.retry_times, now.pre_consumed_quota, now.log_consume_enabled) == (5, 100, True)
    assert now.display_token_stat_enabled is False, "a flag that was not sent is off"


def test_ratios_are_json(world: World, browser: Browser) -> None:
    data = {"ModelRatio": '{"my-model": 2.5}', "CompletionRatio": "", "GroupRatio": '{"default": 1}'}
    assert browser.post("/settings/prices", data=data).status_code == 303
    assert world.stores.options.current().model_ratio == {"my-model": 2.5}
    assert json.loads(world.stores.options.listed()["GroupRatio"]) == {"default": 1}


@pytest.mark.parametrize(
    ("group", "changes", "field"),
    [
        ("operation", {"RetryTimes": "many"}, "RetryTimes"),
        ("operation", {"QuotaPerUnit": "0"}, "QuotaPerUnit"),
        ("prices", {"ModelRatio": "{", "CompletionRatio": "{}", "GroupRatio": "{}"}, "ModelRatio"),
        ("prices", {"ModelRatio": '{"a": -1}', "CompletionRatio": "{}", "GroupRatio": "{}"}, "ModelRatio"),
    ],
)
def test_a_problem_is_shown_at_its_field_and_nothing_is_saved(
    world: World, browser: Browser, group: str, changes: dict[str, str], field: str
) -> None:
    before = world.stores.options.listed()
    data = (OPERATION if group == "operation" else {}) | changes
    reply = browser.post(f"/settings/{group}", data=data)
    assert reply.status_code == 422
    assert f'id="{field}-problem"' in reply.get_data(as_text=True)
    assert world.stores.options.listed() == before


def test_texts_keep_their_lines(world: World, browser: Browser) -> None:
    data = {
        "SystemName": "Ours",
        "Notice": "one\r\ntwo",
        "TopUpLink": "",
        "ChatLink": "",
        "HomePageContent": "",
        "About": "",
    }
    browser.post("/settings/other", data=data)
    assert world.stores.options.current().notice == "one\ntwo"
    assert ">\none\ntwo</textarea>" in browser.text("/settings/other")


def test_the_system_page_says_where_the_data_are(world: World, browser: Browser) -> None:
    page = browser.text("/settings/system")
    assert str(world.folder) in page and "1.2.3" in page


def test_an_unknown_group_is_404(browser: Browser) -> None:
    assert browser.get("/settings/nothing").status_code == 404
