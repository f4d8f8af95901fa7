from __future__ import annotations

from admin.stores import options, stores
from tests.admin.world import World


def test_a_request_reaches_the_stores_of_its_app(world: World) -> None:
    with world.app.test_request_context("/"):
        assert stores() is world.stores


def test_options_are_read_once_per_request(world: World) -> None:
    with world.app.test_request_context("/"):
        before = options()
        world.stores.options.set("SystemName", "Ours")
        assert options() is before
    with world.app.test_request_context("/"):
        assert options().system_name == "Ours"
