from __future__ import annotations

import pytest

from tests.admin.world import Program, World


@pytest.fixture
def root(world: World) -> Program:
    return world.program(world.root)


def test_list_has_keys_and_texts_and_no_secret(world: World, root: Program) -> None:
    world.stores.options.set("TurnstileSecretKey", "a fake secret")
    reply = root.ask("GET", "/api/option/")
    options = {entry["key"]: entry["value"] for entry in reply.get_json()["data"]}
    assert options["RetryTimes"] == "2"
    assert options["LogConsumeEnabled"] == "true"
    assert "fake secret" not in reply.get_data(as_text=True)
    for key in ("TurnstileSecretKey", "SMTPToken", "GitHubClientSecret", "WeChatServerToken", "MessagePusherToken"):
        assert key not in options


def test_set_one(world: World, root: Program) -> None:
    assert root.call("PUT", "/api/option/", {"key": "SystemName", "value": "Ours"}) == {"success": True, "message": ""}
    assert root.call("GET", "/api/status")["data"]["system_name"] == "Ours"
    assert root.call("PUT", "/api/option/", {"key": "RetryTimes", "value": "3"})["success"] is True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"key": "RetryTimes", "value": "x"}, "无效的参数：RetryTimes 应为整数"),
        ({"key": "NoSuchOption", "value": "x"}, "无效的参数：未知的设置项 NoSuchOption"),
        ({"key": "SystemName"}, "无效的参数"),
        (
            {"key": "WeChatAuthEnabled", "value": "true"},
            "无法启用微信登录，请先填入微信登录相关配置信息！",
        ),
    ],
)
def test_refusals(root: Program, body: dict[str, str], message: str) -> None:
    assert root.call("PUT", "/api/option/", body) == {"success": False, "message": message}
