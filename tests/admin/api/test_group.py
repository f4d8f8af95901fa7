from __future__ import annotations

from tests.admin.world import World


def test_groups_are_the_keys_of_the_group_ratios(world: World) -> None:
    answer = world.program(world.root).call("GET", "/api/group/")
    assert answer == {"success": True, "message": "", "data": ["default", "vip", "svip"]}
