from __future__ import annotations

import dataclasses

import pytest

from tests.admin.world import World


def test_the_configuration_cannot_change_while_it_is_used(world: World) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.stores.config.version = "2"  # type: ignore[misc]
