from __future__ import annotations

import pytest

from rules.database import Database
from rules.objects import LONGEST_ID, ObjectStore


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def store(database: Database) -> ObjectStore:
    return ObjectStore(database, Clock())


def test_an_object_is_its_users(store: ObjectStore) -> None:
    store.remember(1, 5, ["file-a", "file-b", "file-a"])
    assert store.places(1, ["file-a", "file-b", "file-c"]) == {"file-a": 5, "file-b": 5}
    assert store.places(2, ["file-a"]) == store.places(1, []) == {}


def test_an_object_stays_where_it_was_first_seen(store: ObjectStore) -> None:
    store.remember(1, 5, ["file-a"])
    store.remember(1, 6, ["file-a", "file-b"])
    assert store.places(1, ["file-a", "file-b"]) == {"file-a": 5, "file-b": 6}


def test_names_that_no_column_holds_are_nobodys(store: ObjectStore) -> None:
    long = "x" * (LONGEST_ID + 1)
    store.remember(1, 5, ["", long])
    assert store.places(1, ["", long]) == {}
    assert store.latest_channel(1) is None


def test_the_channel_of_the_newest_object(store: ObjectStore) -> None:
    store.remember(1, 5, ["file-a"])
    store.remember(1, 6, ["file-b"])
    store.remember(2, 7, ["file-c"])
    assert (store.latest_channel(1), store.latest_channel(2)) == (6, 7)


def test_an_object_that_is_forgotten(store: ObjectStore) -> None:
    store.remember(1, 5, ["file-a"])
    store.remember(2, 5, ["file-a"])
    store.forget(1, "file-a")
    assert (store.places(1, ["file-a"]), store.places(2, ["file-a"])) == ({}, {"file-a": 5})


def test_many_names_at_once(store: ObjectStore) -> None:
    names = [f"file-{number}" for number in range(450)]
    store.remember(1, 5, names[:3])
    assert set(store.places(1, names)) == set(names[:3])


def test_two_replies_that_tell_of_the_same_object_at_once(store: ObjectStore) -> None:
    store._insert(1, 5, "file-a")
    store._insert(1, 6, "file-a")
    assert store.places(1, ["file-a"]) == {"file-a": 5}
