from __future__ import annotations

import logging
import time

import pytest

from admin import sweep
from tests.admin.world import World


def wait_for_the_end(world: World, scope: str = "disabled") -> None:
    deadline = time.monotonic() + 10
    while not sweep._running.acquire(blocking=False):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sweep._running.release()


def test_all_channels_are_tested(world: World) -> None:
    ids = {world.channel(), world.channel(status=2)}
    assert sweep.start(world.stores)
    wait_for_the_end(world)
    assert {asked["sent"]["channel_id"] for asked in world.relay.asked} == ids


def test_disabled_ones_only(world: World) -> None:
    world.channel()
    off = world.channel(status=3)
    assert sweep.start(world.stores, "disabled")
    wait_for_the_end(world)
    assert [asked["sent"]["channel_id"] for asked in world.relay.asked] == [off]


def test_a_sweep_that_breaks_leaves_the_next_one_free(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.channel()
    world.database.execute("DROP TABLE channels")
    with caplog.at_level(logging.ERROR, "oneapi.admin"):
        assert sweep.start(world.stores)
        wait_for_the_end(world)
    assert "ended early" in caplog.text
