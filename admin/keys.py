"""What strikes about the keys of channels that were just saved. Nothing keeps a channel from being saved.

Must not know forms of keys: the relay's dialects do.
"""

from __future__ import annotations

from collections.abc import Collection

from admin import relay
from admin.i18n import gettext as _
from admin.stores import Stores

MOST = 10
"""So many of the channels that one form made are looked at."""


def remarks(stores: Stores, channel_ids: Collection[int]) -> list[str]:
    """A sentence for each different problem."""
    found = dict.fromkeys(relay.key_problem(stores, channel_id) for channel_id in list(channel_ids)[:MOST])
    return [_("Saved, but the key looks wrong: %(problem)s", problem=problem) for problem in found if problem]
