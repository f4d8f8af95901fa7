from __future__ import annotations

import time
from typing import Any

import pytest

from rules.values import ChannelStatus
from tests.admin.conftest import Make
from tests.admin.world import CHANNEL, Program, World

FIELDS = {
    *(
        "id",
        "type",
        "key",
        "status",
        "name",
        "weight",
        "created_time",
        "test_time",
        "response_time",
        "base_url",
        "other",
    ),
    *(
        "balance",
        "balance_updated_time",
        "balance_currency",
        "models",
        "group",
        "used_quota",
        "model_mapping",
        "priority",
        "config",
    ),
    "system_prompt",
}
SECRET = "sk-fake-upstream"


@pytest.fixture
def admin(world: World) -> Program:
    return world.program(world.root)


def test_list_has_one_apis_fields_and_no_key(world: World, admin: Program) -> None:
    world.channel(config={"region": "us-east-1", "sk": "a fake secret"}, type=33)
    reply = admin.ask("GET", "/api/channel/?p=0")
    (row,) = reply.get_json()["data"]
    assert set(row) == FIELDS
    assert row["key"] == ""
    assert row["config"] == '{"region": "us-east-1"}'
    assert "fake secret" not in reply.get_data(as_text=True) and SECRET not in reply.get_data(as_text=True)
    assert reply.headers["X-Total-Count"] == "1"


def test_list_pages_by_ten_from_zero(world: World, admin: Program) -> None:
    for number in range(12):
        world.channel(name=f"channel {number}")
    assert admin.call("GET", "/api/channel/")["data"][0]["name"] == "channel 11"
    second = admin.ask("GET", "/api/channel/?p=1")
    assert [row["name"] for row in second.get_json()["data"]] == ["channel 1", "channel 0"]
    assert second.headers["X-Total-Count"] == "12"


def test_search_finds_by_name_and_id(world: World, admin: Program) -> None:
    wanted = world.channel(name="Claude")
    world.channel(name="other")
    for keyword in ("clau", str(wanted)):
        found = admin.call("GET", f"/api/channel/search?keyword={keyword}")
        assert [row["id"] for row in found["data"]] == [wanted]


def test_get_one_and_one_that_is_not_there(world: World, admin: Program) -> None:
    channel_id = world.channel()
    assert admin.call("GET", f"/api/channel/{channel_id}")["data"]["key"] == ""
    assert admin.call("GET", "/api/channel/99") == {"success": False, "message": "record not found"}


def test_create_makes_a_channel_per_line_of_the_key(world: World, admin: Program) -> None:
    answer = admin.call("POST", "/api/channel/", {**CHANNEL, "key": "sk-fake-1\nsk-fake-2\n\n"})
    assert answer == {"success": True, "message": ""}
    assert world.stores.channels.page().total == 2


def test_create_takes_what_one_apis_form_sends(world: World, admin: Program) -> None:
    sent = {
        **CHANNEL,
        "base_url": "",
        "other": "",
        "model_mapping": "",
        "system_prompt": "",
        "config": '{"user_id": "u"}',
        "groups": ["default"],
        "group": "",
        "id": 0,
        "status": 0,
        "weight": None,
    }
    assert admin.call("POST", "/api/channel/", sent)["success"] is True
    stored = world.stores.channels.search("")[0]
    assert (stored.status, stored.config, stored.group) == (ChannelStatus.ENABLED, {"user_id": "u"}, "default")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": 999}, "无效的参数：未知的渠道类型"),
        ({"model_mapping": "{"}, "模型映射必须是合法的 JSON 格式！"),
        ({"base_url": "ftp://x"}, "无效的参数：代理地址应以 http(s):// 或 ws(s):// 开头"),
        ({"type": 3}, "无效的参数：请填写代理地址"),
    ],
)
def test_create_says_what_is_wrong(world: World, admin: Program, changes: dict[str, Any], message: str) -> None:
    assert admin.call("POST", "/api/channel/", CHANNEL | changes) == {"success": False, "message": message}
    assert world.stores.channels.page().total == 0


def test_refusals_are_english_for_who_asks_for_it(admin: Program) -> None:
    answer = admin.call("POST", "/api/channel/", CHANNEL | {"type": 999}, language="en-GB,en")
    assert answer["message"] == "Unknown channel type"


def test_a_type_without_its_dialect_says_so_and_is_saved(make: Make) -> None:
    world = make(dialects=frozenset({"openai"}))
    answer = world.program(world.root).call("POST", "/api/channel/", CHANNEL | {"type": 18})
    assert answer["success"] is True
    assert "spark" in answer["message"]
    assert world.stores.channels.page().total == 1


def test_update_changes_what_is_given_and_never_echoes_the_key(world: World, admin: Program) -> None:
    channel_id = world.channel(priority=7)
    reply = admin.ask("PUT", "/api/channel/", {"id": channel_id, "name": "new", "priority": 0, "key": "sk-fake-new"})
    assert reply.get_json()["data"]["name"] == "new"
    assert reply.get_json()["data"]["priority"] == 0
    assert "sk-fake-new" not in reply.get_data(as_text=True)


def test_update_of_the_status_alone(world: World, admin: Program) -> None:
    channel_id = world.channel()
    assert admin.call("PUT", "/api/channel/", {"id": channel_id, "status": 2})["data"]["status"] == 2


def test_update_of_a_channel_that_is_not_there(admin: Program) -> None:
    assert admin.call("PUT", "/api/channel/", {"id": 9, "name": "x"}) == {"success": False, "message": "渠道不存在"}


def test_delete(world: World, admin: Program) -> None:
    channel_id = world.channel()
    assert admin.call("DELETE", f"/api/channel/{channel_id}") == {"success": True, "message": ""}
    assert admin.call("DELETE", f"/api/channel/{channel_id}")["success"] is False


def test_delete_disabled_counts(world: World, admin: Program) -> None:
    for status in (1, 2, 3):
        world.channel(status=status)
    assert admin.call("DELETE", "/api/channel/disabled") == {"success": True, "message": "", "data": 2}


def test_test_answers_in_one_apis_shape_and_keeps_the_time(world: World, admin: Program) -> None:
    channel_id = world.channel()
    answer = admin.call("GET", f"/api/channel/test/{channel_id}?model=gpt-4o")
    assert answer == {"success": True, "message": "Hello!", "time": 0.25, "modelName": "gpt-4o"}
    stored = world.stores.channels.get(channel_id)
    assert stored is not None and stored.response_time == 250 and stored.test_time > time.time() - 60
    assert world.relay.asked[0]["sent"] == {"channel_id": channel_id, "model": "gpt-4o"}


def test_test_of_a_failing_channel(world: World, admin: Program) -> None:
    world.relay.answer = {"success": False, "message": "bad key", "time": 0.1, "modelName": "gpt-4o"}
    answer = admin.call("GET", f"/api/channel/test/{world.channel()}")
    assert (answer["success"], answer["message"], answer["time"]) == (False, "bad key", 0.1)
    assert admin.call("GET", "/api/channel/test/99")["message"] == "record not found"


def test_the_sweep_runs_once_at_a_time(world: World, admin: Program) -> None:
    channel_id = world.channel()
    world.relay.delay = 0.5
    assert admin.call("GET", "/api/channel/test?scope=all") == {"success": True, "message": ""}
    assert admin.call("GET", "/api/channel/test") == {"success": False, "message": "测试已在运行中"}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (stored := world.stores.channels.get(channel_id)).test_time:  # type: ignore[union-attr]
        time.sleep(0.05)
    assert stored is not None and stored.test_time
    while time.monotonic() < deadline and not admin.call("GET", "/api/channel/test?scope=disabled")["success"]:
        time.sleep(0.05)
    assert time.monotonic() < deadline


def test_a_balance_is_told_with_its_currency_and_kept(world: World, admin: Program) -> None:
    channel_id = world.channel(type=36)
    answer = admin.call("GET", f"/api/channel/update_balance/{channel_id}")
    assert answer == {"success": True, "message": "", "balance": 12.5, "balance_currency": "CNY"}
    row = admin.call("GET", f"/api/channel/{channel_id}")["data"]
    assert (row["balance"], row["balance_currency"]) == (12.5, "CNY")
    assert row["balance_updated_time"] > time.time() - 60


def test_a_balance_that_is_not_told(world: World, admin: Program) -> None:
    assert admin.call("GET", f"/api/channel/update_balance/{world.channel(type=14)}") == {
        "success": False,
        "message": "尚未实现",
    }
    world.relay.told["balance"] = {"success": False, "message": "Incorrect key", "kind": "bad_key"}
    answer = admin.call("GET", f"/api/channel/update_balance/{world.channel(type=36)}", language="en")
    assert answer == {"success": False, "message": "The provider refuses the key. Incorrect key"}
    assert admin.call("GET", "/api/channel/update_balance/99")["message"] == "record not found"


def test_all_enabled_channels_are_asked_for_their_balance(world: World, admin: Program) -> None:
    on, off, silent = world.channel(type=36), world.channel(type=36, status=2), world.channel(type=14)
    assert admin.call("GET", "/api/channel/update_balance") == {"success": True, "message": ""}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not world.stores.channels.get(on).balance_updated_time:  # type: ignore[union-attr]
        time.sleep(0.05)
    known = {one.id: one.balance for one in world.stores.channels.search("")}
    assert known == {on: 12.5, off: 0, silent: 0}


def test_a_key_of_a_wrong_form_is_said_and_saved(world: World, admin: Program) -> None:
    world.relay.told["key"] = {"success": False, "message": "A Zhipu key is id.secret"}
    answer = admin.call("POST", "/api/channel/", CHANNEL | {"type": 16})
    assert answer["success"] is True and "A Zhipu key is id.secret" in answer["message"]
    (channel,) = world.stores.channels.search("")
    changed = admin.call("PUT", "/api/channel/", {"id": channel.id, "key": "wrong again"})
    assert "id.secret" in changed["message"]
    assert admin.call("PUT", "/api/channel/", {"id": channel.id, "priority": 3})["message"] == ""


def test_models_are_openais_list_shape(world: World, admin: Program) -> None:
    world.channel(models="my-own-model")
    answer = admin.call("GET", "/api/channel/models")
    assert answer["object"] == "list"
    owners = {model["id"]: model["owned_by"] for model in answer["data"]}
    assert owners["gpt-4o"] == "openai"
    assert owners["my-own-model"] == "custom"
