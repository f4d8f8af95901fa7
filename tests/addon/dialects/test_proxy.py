"""The raw proxy passes everything and reads nothing."""

from __future__ import annotations

import pytest

from addon.canon.codec import BadKey
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects import DIALECTS
from addon.dialects.proxy import DIALECT, build
from rules.providers import PROVIDERS

TARGET = Target("https://host.example/base", "Token fake-key", "")
REQUEST = RawRequest(Endpoint.PROXY, "PATCH", "/a//b", "c=%20d&e", (("x-odd", "1"),), b"\x00body")


def test_a_request_goes_to_the_channels_address_with_its_key_as_it_is() -> None:
    assert build(REQUEST, TARGET) == Outbound(
        method="PATCH",
        url="https://host.example/base/a//b?c=%20d&e",
        headers=(("x-odd", "1"),),
        body=b"\x00body",
        secrets=(("authorization", "Token fake-key"),),
    )


def test_a_channel_without_a_key_sends_none() -> None:
    sent = build(RawRequest(Endpoint.PROXY, "GET", ""), Target("https://host.example", "", ""))
    assert (sent.url, sent.secrets) == ("https://host.example", ())


def test_a_channel_that_cannot_be_used_says_so() -> None:
    with pytest.raises(CannotCarry, match="base URL"):
        build(REQUEST, Target("", "fake", ""))
    with pytest.raises(BadKey, match="one line"):
        build(REQUEST, Target("https://host.example", "fake\r\nx-evil: 1", ""))


def test_replies_are_not_looked_into() -> None:
    codec = DIALECT.codecs[Endpoint.PROXY]
    assert list(codec.read_reply(REQUEST, TARGET, b'{"error": {}}')) == []
    assert codec.verbatim


def test_the_row_names_it() -> None:
    assert DIALECTS[PROVIDERS[43].dialect] is DIALECT
    assert PROVIDERS[43].endpoints == (Endpoint.PROXY.value,)
