from typing import Any

import pytest

from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.realtime import RealtimeRequest
from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from rules.providers import PROVIDERS

REQUEST = RealtimeRequest("asked", "k", (("intent", "a b"),), ("realtime", "x"), (("openai-beta", "realtime=v1"),))
KEY = "sk-fake-upstream"


def built(kind: int, base_url: str = "", model: str = "gpt-realtime", **fields: Any) -> Outbound:
    row = PROVIDERS[kind]
    target = Target(base_url or row.base_url, KEY, model, Quirks(**row.quirks), **fields)
    outbound: Outbound = DIALECTS[row.dialect].codecs[Endpoint.REALTIME].build(REQUEST, target)
    return outbound


@pytest.mark.parametrize(
    ("kind", "base_url", "url"),
    [
        (1, "", "https://api.openai.com/v1/realtime?model=gpt-realtime&intent=a+b"),
        (8, "ws://host.example:81", "ws://host.example:81/v1/realtime?model=gpt-realtime&intent=a+b"),
        (50, "wss://host.example/v1", "wss://host.example/v1/realtime?model=gpt-realtime&intent=a+b"),
        (49, "", "https://dashscope.aliyuncs.com/api-ws/v1/realtime?model=gpt-realtime&intent=a+b"),
    ],
)
def test_the_upgrade_is_asked_for_at_the_providers_address(kind: int, base_url: str, url: str) -> None:
    outbound = built(kind, base_url)
    assert (outbound.method, outbound.url, outbound.body, outbound.upgrade) == ("GET", url, b"", True)
    assert outbound.headers == (("openai-beta", "realtime=v1"), ("sec-websocket-protocol", "realtime, x"))
    assert outbound.secrets == (("authorization", f"Bearer {KEY}"),)


@pytest.mark.parametrize(
    ("base_url", "fields", "url"),
    [
        (
            "wss://r.openai.azure.com",
            {"config": {"api_version": "2025-04-01-preview"}},
            "wss://r.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=gpt-realtime-15&intent=a+b",
        ),
        (
            "https://r.openai.azure.com/openai/v1",
            {"mapped": True},
            "https://r.openai.azure.com/openai/v1/realtime?model=gpt-realtime-1.5&intent=a+b",
        ),
    ],
)
def test_azure_has_two_addresses_and_a_header_of_its_own(base_url: str, fields: dict[str, Any], url: str) -> None:
    outbound = built(3, base_url, "gpt-realtime-1.5", **fields)
    assert (outbound.url, outbound.secrets) == (url, (("api-key", KEY),))


def test_a_document_is_no_conversation() -> None:
    codec = DIALECTS["openai"].codecs[Endpoint.REALTIME]
    with pytest.raises(ValueError, match="no WebSocket"):
        codec.read_reply(REQUEST, Target("", "", ""), b"{}")


def test_without_sub_protocols_none_are_offered() -> None:
    target = Target("https://h.example", KEY, "m")
    outbound: Outbound = DIALECTS["openai"].codecs[Endpoint.REALTIME].build(RealtimeRequest("m"), target)
    assert (outbound.headers, outbound.url) == ((), "https://h.example/v1/realtime?model=m")


def test_these_providers_have_it() -> None:
    assert [row.id for row in PROVIDERS.values() if Endpoint.REALTIME in row.endpoints] == [1, 3, 8, 49, 50]
