from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from admin import relay
from rules.values import ChannelRecord, LogType
from tests.admin.world import World


def channel(world: World, **fields: object) -> ChannelRecord:
    found = world.stores.channels.get(world.channel(**fields))
    assert found is not None
    return found


def test_a_test_asks_with_a_ticket_for_just_this(world: World) -> None:
    one = channel(world)
    outcome = relay.test_channel(world.stores, one, "gpt-4o")
    assert (outcome.success, outcome.message, outcome.seconds, outcome.model) == (True, "Hello!", 0.25, "gpt-4o")
    question = {"channel_id": one.id, "model": "gpt-4o"}
    assert world.relay.asked == [{"path": "/internal/test", "sent": question, "payload": question, "good": True}]


def test_a_test_leaves_a_log_row(world: World) -> None:
    relay.test_channel(world.stores, channel(world, name="Claude"))
    (row,) = world.stores.logs.page().items
    assert (row.type, row.content, row.elapsed_ms, row.status) == (
        LogType.TEST,
        "渠道 Claude 测试成功，响应：Hello!",
        250,
        200,
    )


def test_a_failed_test_is_kept_with_no_time(world: World) -> None:
    world.relay.answer = {"success": False, "message": "no such key", "time": 0.5, "modelName": "gpt-4o"}
    one = channel(world)
    relay.test_channel(world.stores, one)
    stored = world.stores.channels.get(one.id)
    assert stored is not None and stored.response_time == 0 and stored.test_time > 0
    assert "测试失败，错误：no such key" in world.stores.logs.page().items[0].content


@pytest.mark.parametrize(
    ("raw", "status", "message"),
    [
        (b"<html>", 502, "HTTP 502: <html>"),
        (b"[]", 200, "HTTP 200: []"),
        (b'{"error": {"message": "ticket used"}}', 401, "ticket used"),
        (b'{"error": "x"}', 400, 'HTTP 400: {"error": "x"}'),
    ],
)
def test_an_answer_of_another_shape_is_a_failure(world: World, raw: bytes, status: int, message: str) -> None:
    world.relay.raw, world.relay.status = raw, status
    outcome = relay.test_channel(world.stores, channel(world))
    assert (outcome.success, outcome.message) == (False, message)


def test_a_relay_that_is_not_there_is_a_failure(world: World) -> None:
    stores = dataclasses.replace(world.stores, relay_url=lambda: "http://127.0.0.1:9")
    outcome = relay.test_channel(stores, channel(world))
    assert not outcome.success
    assert "ConnectError" in outcome.message


def test_a_balance_is_kept_with_its_currency_and_time(world: World) -> None:
    one = channel(world, type=36)
    outcome = relay.read_balance(world.stores, one)
    assert (outcome.success, outcome.amount, outcome.currency) == (True, Decimal("12.50"), "CNY")
    stored = world.stores.channels.get(one.id)
    assert stored is not None and stored.balance_updated_time > 0
    assert (stored.balance, stored.balance_currency) == (12.5, "CNY")


@pytest.mark.parametrize(
    ("told", "message", "kind"),
    [
        ({"success": False, "message": "no", "kind": "bad_key"}, "no", "bad_key"),
        ({"success": True, "message": ""}, "no balance in the answer", ""),
        ({"hello": 1}, 'HTTP 200: {"hello": 1}', ""),
    ],
)
def test_a_balance_that_is_not_told_changes_nothing(world: World, told: Any, message: str, kind: str) -> None:
    world.relay.told["balance"] = told
    one = channel(world, type=36)
    outcome = relay.read_balance(world.stores, one)
    assert (outcome.success, outcome.message, outcome.kind) == (False, message, kind)
    stored = world.stores.channels.get(one.id)
    assert stored is not None and stored.balance_updated_time == 0


def test_the_models_of_a_draft_whose_key_lies_in_no_ticket(world: World) -> None:
    draft = {"type": 1, "key": "sk-fake-typed", "base_url": "", "config": {}}
    outcome = relay.list_models(world.stores, draft)
    assert outcome.models == (relay.Model("b", "Bee"), relay.Model("a"))
    (asked,) = world.relay.asked
    assert asked["sent"] == draft and asked["good"]
    assert set(asked["payload"]) == {"digest"}


@pytest.mark.parametrize("told", [{"success": False, "message": "no"}, {"success": True}, {"models": []}])
def test_models_that_are_not_told(world: World, told: Any) -> None:
    world.relay.told["models"] = told
    assert not relay.list_models(world.stores, {"type": 1}).success


def test_what_is_wrong_with_a_key(world: World) -> None:
    one = channel(world)
    assert relay.key_problem(world.stores, one.id) == ""
    world.relay.told["key"] = {"success": False, "message": "too short"}
    assert relay.key_problem(world.stores, one.id) == "too short"
    world.relay.raw, world.relay.status = b"<html>", 502
    assert relay.key_problem(world.stores, one.id) == "", "nobody can say"
