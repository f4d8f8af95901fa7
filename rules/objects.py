"""Which user made which object (file, batch, job) at which channel. Must not know what an object is, nor HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import peewee

from rules.database import Database
from rules.models import Objects

LONGEST_ID = 255


class ObjectStore:
    """`clock` gives Unix seconds. An object belongs to one user, and lies at one channel for good."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def remember(self, user_id: int, channel_id: int, ids: Iterable[str]) -> None:
        """These are the user's, at this channel; what was known before stays as it was."""
        wanted = [one for one in dict.fromkeys(ids) if 0 < len(one) <= LONGEST_ID]
        known = self.places(user_id, wanted)
        for object_id in wanted:
            if object_id not in known:
                self._insert(user_id, channel_id, object_id)

    def places(self, user_id: int, ids: Iterable[str]) -> dict[str, int]:
        """The channels of those of these objects that are the user's."""
        wanted = [one for one in ids if len(one) <= LONGEST_ID]
        found: dict[str, int] = {}
        for start in range(0, len(wanted), 200):
            theirs = (Objects.user_id == user_id) & Objects.object_id.in_(wanted[start : start + 200])
            found |= dict(self._database.tuples(Objects.select(Objects.object_id, Objects.channel_id).where(theirs)))
        return found

    def latest_channel(self, user_id: int) -> int | None:
        """Where the user's newest object is."""
        newest = Objects.select(Objects.channel_id).where(Objects.user_id == user_id)
        found = self._database.value(newest.order_by(Objects.created_at.desc()).limit(1))
        return None if found is None else int(found)

    def forget(self, user_id: int, object_id: str) -> None:
        theirs = (Objects.user_id == user_id) & (Objects.object_id == object_id)
        self._database.run(Objects.delete().where(theirs))

    def _insert(self, user_id: int, channel_id: int, object_id: str) -> None:
        values = {
            "object_id": object_id,
            "user_id": user_id,
            "channel_id": channel_id,
            "created_at": int(self._clock()),
        }
        try:
            self._database.insert(Objects, values)
        except peewee.IntegrityError:
            return  # two replies told of it at the same time
