from __future__ import annotations

import logging
import time

import pytest

from admin import balances
from rules.values import ChannelRecord
from tests.admin.world import World


def channel(world: World, **fields: object) -> ChannelRecord:
    found = world.stores.channels.get(world.channel(**fields))
    assert found is not None
    return found


def test_which_types_tell(world: World) -> None:
    assert balances.tells(channel(world, type=36))
    assert not balances.tells(channel(world, type=14))
    world.database.execute("UPDATE channels SET type = 777")
    assert not balances.tells(world.stores.channels.search("")[0])


def test_enabled_channels_that_tell_are_asked(world: World) -> None:
    wanted = channel(world, type=36)
    others = [channel(world, type=36, status=2), channel(world, type=14)]
    assert balances.asked([wanted, *others]) == [wanted]


def test_one_run_at_a_time_and_a_failure_does_not_end_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world.relay.told["balance"] = {"success": False, "message": "no such key", "kind": "bad_key"}
    world.relay.delay = 0.3
    for _ in range(2):
        world.channel(type=36)
    assert balances.start(world.stores)
    assert not balances.start(world.stores)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not balances.start(world.stores):
        time.sleep(0.05)
    assert time.monotonic() < deadline
    assert caplog.text.count("balance no such key") >= 2
    while balances._running.locked():
        time.sleep(0.05)


def test_a_run_that_breaks_says_so_and_lets_the_next_one_begin(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.database.execute("DROP TABLE abilities")
    world.database.execute("DROP TABLE channels")
    assert balances.start(world.stores)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and balances._running.locked():
        time.sleep(0.02)
    assert "the balances ended early" in caplog.text
