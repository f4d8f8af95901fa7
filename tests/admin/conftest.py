"""One admin app per test, on SQLite; the stores themselves are tested on all databases in tests/rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from argon2 import PasswordHasher

from rules import passwords
from tests.admin.world import World, make_world


class Make(Protocol):
    def __call__(self, **config: Any) -> World: ...


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real password hashes that cost little: how hard they are is the business of the tests of passwords."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes worlds with a configuration of one's own."""
    made: list[World] = []

    def make_one(**config: Any) -> World:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(make_world(folder, **config))
        return made[-1]

    yield make_one
    for world in made:
        world.relay.close()
        world.database.close_all()


@pytest.fixture
def world(make: Make) -> World:
    """Root has the password of tests.admin.world."""
    return make()
