from __future__ import annotations

import pytest

from addon.canon.codec import BadKey
from addon.canon.request import CannotCarry
from addon.control.listed import Listed
from addon.control.openai_list import AZURE, DASHSCOPE, MINIMAX, OPENAI, TENCENT
from addon.control.way import REQUEST, codec_of
from tests.addon.control.asking import ask, target_for

LIST = {"object": "list", "data": [{"id": "b", "object": "model"}, {"id": "a", "object": "model"}]}
BOTH = (Listed("a"), Listed("b"))


@pytest.mark.parametrize(
    ("name", "base_url", "url"),
    [
        ("openai", "", "https://api.openai.com/v1/models"),
        ("openai", "https://api.openai.com/v1", "https://api.openai.com/v1/models"),
        ("openai-compatible", "https://llm.example/api/v1", "https://llm.example/api/v1/models"),
        ("groq", "", "https://api.groq.com/openai/v1/models"),
        ("openrouter", "", "https://openrouter.ai/api/v1/models"),
        ("bailian", "", "https://dashscope.aliyuncs.com/compatible-mode/v1/models"),
        ("zhipu", "", "https://open.bigmodel.cn/api/paas/v4/models"),
        ("zhipu", "https://api.z.ai/api/coding/paas/v4", "https://api.z.ai/api/coding/paas/v4/models"),
        ("doubao", "", "https://ark.cn-beijing.volces.com/api/v3/models"),
        ("baidu-v2", "", "https://qianfan.baidubce.com/v2/models"),
        ("novita", "", "https://api.novita.ai/v3/openai/models"),
        ("gemini-openai", "", "https://generativelanguage.googleapis.com/v1beta/openai/models"),
    ],
)
def test_openais_list_stands_beside_the_chat(name: str, base_url: str, url: str) -> None:
    asked, found = ask(OPENAI[0], target_for(name, base_url), LIST)
    assert (asked.urls, found) == ([url], BOTH)
    assert asked.sent[0].secrets == (("authorization", "Bearer sk-fake-upstream"),)


def test_a_minted_token_opens_the_list() -> None:
    asked, _ = ask(OPENAI[0], target_for("baidu-v2", key="ak|sk", minted="bce-v3/short"), LIST)
    assert asked.sent[0].secrets == (("authorization", "Bearer bce-v3/short"),)


@pytest.mark.parametrize("end", ["", "/api/v1", "/compatible-mode/v1"])
def test_dashscope_lists_in_its_compatible_mode(end: str) -> None:
    asked, found = ask(DASHSCOPE[0], target_for("dashscope", f"https://dashscope.aliyuncs.com{end}"), LIST)
    assert (asked.urls, found) == (["https://dashscope.aliyuncs.com/compatible-mode/v1/models"], BOTH)


def test_minimax_gets_its_key_without_the_group() -> None:
    asked, found = ask(MINIMAX[0], target_for("minimax", key="eyJfake|123"), LIST)
    assert (asked.urls, found) == (["https://api.minimax.chat/v1/models"], BOTH)
    assert asked.sent[0].secrets == (("authorization", "Bearer eyJfake"),)


def test_tencent_lists_for_tokenhubs_keys() -> None:
    asked, _ = ask(TENCENT[0], target_for("tencent"), LIST)
    assert asked.urls == ["https://tokenhub.tencentmaas.com/v1/models"]
    asked, _ = ask(TENCENT[0], target_for("tencent", "http://mirror.example/v1"), LIST)
    assert asked.urls == ["http://mirror.example/v1/models"]
    with pytest.raises(CannotCarry, match="TokenHub"):
        codec_of(TENCENT[0]).build(REQUEST, target_for("tencent", key="1250000000|AKIDfake|fake"))
    with pytest.raises(BadKey):
        codec_of(TENCENT[0]).build(REQUEST, target_for("tencent", key="something else"))


@pytest.mark.parametrize("end", ["", "/openai", "/openai/v1"])
def test_azures_deployments_are_its_models(end: str) -> None:
    document = {
        "object": "list",
        "data": [
            {"id": "my-gpt", "model": "gpt-4o", "status": "succeeded"},
            {"id": "broken", "model": "gpt-4o", "status": "failed"},
        ],
    }
    target = target_for("azure", f"https://name.openai.azure.com{end}", key="fake-azure-key")
    asked, found = ask(AZURE[0], target, document)
    assert asked.urls == ["https://name.openai.azure.com/openai/deployments?api-version=2023-03-15-preview"]
    assert asked.sent[0].secrets == (("api-key", "fake-azure-key"),)
    assert found == (Listed("my-gpt"),)


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({}, "https://name.openai.azure.com/openai/v1/models"),
        ({"api_version": "2024-10-21"}, "https://name.openai.azure.com/openai/models?api-version=2024-10-21"),
    ],
)
def test_azure_falls_back_to_what_could_be_deployed(config: dict[str, str], url: str) -> None:
    document = {
        "data": [
            {"id": "gpt-4o", "capabilities": {"inference": True}},
            {"id": "gpt-4o-base", "capabilities": {"inference": False}},
            {"id": "plain"},
        ]
    }
    target = target_for("azure", "https://name.openai.azure.com", key="fake-azure-key", config=config)
    asked, found = ask(AZURE[1], target, document)
    assert (asked.urls, found) == ([url], (Listed("gpt-4o"), Listed("plain")))
