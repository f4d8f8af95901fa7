"""Keys of a wrong form."""

from __future__ import annotations

import pytest

from addon.canon.codec import BadKey, Codec
from addon.canon.endpoint import Endpoint
from addon.canon.keys import guarded
from addon.canon.outbound import Outbound, Target

CODEC = Codec(build=lambda request, target: Outbound("POST", request), reader=None, read_reply=lambda *_: ())


@pytest.mark.parametrize("key", ["LTAIfake", "fake-id|fake-secret"])
def test_access_keys_are_told_from_api_keys(key: str) -> None:
    codec = guarded({Endpoint.CHAT: CODEC}, "LTAI", "An API key is sk-….")[Endpoint.CHAT]
    with pytest.raises(BadKey, match="An API key is sk-…"):
        codec.build("https://p.example", Target("", key, "m"))


def test_an_api_key_is_used() -> None:
    codec = guarded({Endpoint.CHAT: CODEC}, "LTAI", "An API key is sk-….")[Endpoint.CHAT]
    assert codec.build("https://p.example", Target("", "sk-fake", "m")) == Outbound("POST", "https://p.example")
