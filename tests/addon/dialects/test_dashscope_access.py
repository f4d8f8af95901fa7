"""Addresses and headers of DashScope."""

from __future__ import annotations

import pytest

from addon.canon.outbound import Quirks, Target
from addon.dialects.dashscope_access import TEXT, outbound, task

GENERATION = "/api/v1/services/aigc/text-generation/generation"


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://dashscope.aliyuncs.com", "https://dashscope.aliyuncs.com"),
        ("https://dashscope-intl.aliyuncs.com/api/v1", "https://dashscope-intl.aliyuncs.com"),
        (
            "https://w1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1",
            "https://w1.ap-southeast-1.maas.aliyuncs.com",
        ),
        ("http://127.0.0.1:9/mirror", "http://127.0.0.1:9/mirror"),
    ],
)
def test_the_address_with_whatever_was_copied_along(base: str, host: str) -> None:
    target = Target(base, "sk-fake", "m")
    assert outbound(target, TEXT, {}).url == host + GENERATION
    assert task(target, "t-1").url == f"{host}/api/v1/tasks/t-1"


def test_the_key_is_apart_from_what_is_shown() -> None:
    target = Target("https://dashscope.aliyuncs.com", "sk-fake", "m")
    for one, method in ((outbound(target, TEXT, {"a": 1}), "POST"), (task(target, "t"), "GET")):
        assert one.secrets == (("authorization", "Bearer sk-fake"),)
        assert one.method == method
        assert "authorization" not in dict(one.headers)


def test_what_the_channel_configures_goes_along() -> None:
    target = Target(
        "https://dashscope.aliyuncs.com",
        "sk-fake",
        "m",
        quirks=Quirks(headers=(("x-extra", "1"),)),
        config={"plugin": ' {"pdf_extracter":{}} ', "workspace": "ws-1", "api": "text"},
    )
    wanted = (("x-dashscope-plugin", '{"pdf_extracter":{}}'), ("x-dashscope-workspace", "ws-1"), ("x-extra", "1"))
    assert task(target, "t").headers == wanted
    assert outbound(target, TEXT, {}, (("accept", "x"),)).headers == (
        ("content-type", "application/json"),
        ("accept", "x"),
        *wanted,
    )
