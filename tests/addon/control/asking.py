"""A provider that answers one question after the other, for the ways of `addon.control`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeVar

from addon.canon.codec import FollowUp
from addon.canon.outbound import Outbound, Quirks, Target
from addon.control.way import REQUEST, Way, codec_of, found
from rules.providers import PROVIDERS

Found = TypeVar("Found")
KEY = "sk-fake-upstream"
NOW = 1_795_000_000
"""2026-11-18, 10:26:40 UTC"""


def target_for(name: str, base_url: str = "", key: str = KEY, **fields: Any) -> Target:
    """A channel of this provider, at its own address unless told."""
    row = next(row for row in PROVIDERS.values() if row.name == name)
    known = {"model": "m", "quirks": Quirks(**row.quirks), "now": NOW}
    return Target(base_url=base_url or row.base_url, key=key, **known | fields)


@dataclass
class Asked:
    """The requests, in order."""

    sent: list[Outbound] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self.sent]


def ask(way: Way[Found], target: Target, *documents: Any) -> tuple[Asked, Found]:
    """Runs the way as the relay does, on these replies; all of them must be asked for, and nothing more."""
    codec, asked = codec_of(way), Asked()
    asked.sent.append(codec.build(REQUEST, target))
    following: FollowUp | None = None
    for count, document in enumerate(documents, 1):
        assert codec.follow_up is not None
        following = following.then if following is not None and following.then else None
        following = following or codec.follow_up(REQUEST, target, json.dumps(document).encode(), count)
        if following is None:
            assert count == len(documents), "a reply that nobody asked for"
            break
        asked.sent.append(following.outbound)
    else:
        raise AssertionError(f"there is no reply to {asked.urls[-1]}")
    assert list(codec.read_reply(REQUEST, target, b"[]")) == []
    return asked, found(way, target, json.dumps(documents).encode())
