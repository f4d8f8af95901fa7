from __future__ import annotations

from admin import keys
from tests.admin.world import World


def remarks(world: World, *channel_ids: int) -> list[str]:
    with world.app.test_request_context("/", headers={"Accept-Language": "en"}):
        return keys.remarks(world.stores, channel_ids)


def test_each_problem_is_said_once(world: World) -> None:
    world.relay.told["key"] = {"success": False, "message": "It is shortened."}
    assert remarks(world, world.channel(), world.channel()) == ["Saved, but the key looks wrong: It is shortened."]


def test_nothing_strikes(world: World) -> None:
    assert remarks(world, world.channel()) == []
    assert remarks(world) == []


def test_of_many_channels_some_are_looked_at(world: World) -> None:
    remarks(world, *(world.channel() for _ in range(keys.MOST + 2)))
    assert len(world.relay.asked) == keys.MOST
