"""The provider table: complete, and right for what the relay makes of it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from addon.canon.outbound import Quirks
from addon.canon.request import Endpoint
from rules.providers import PROVIDERS, Provider, by_id

# One API's channel types and their default base URLs.
BASE_URLS = {
    1: "https://api.openai.com",
    2: "https://oa.api2d.net",
    3: "",
    4: "https://api.closeai-proxy.xyz",
    5: "https://api.openai-sb.com",
    6: "https://api.openaimax.com",
    7: "https://api.ohmygpt.com",
    8: "",
    9: "https://api.caipacity.com",
    10: "https://api.aiproxy.io",
    11: "https://generativelanguage.googleapis.com",
    12: "https://api.api2gpt.com",
    13: "https://api.aigc2d.com",
    14: "https://api.anthropic.com",
    15: "https://aip.baidubce.com",
    16: "https://open.bigmodel.cn",
    17: "https://dashscope.aliyuncs.com",
    19: "https://ai.360.cn",
    20: "https://openrouter.ai/api",
    21: "https://api.aiproxy.io",
    22: "https://fastgpt.run/api/openapi",
    23: "https://hunyuan.tencentcloudapi.com",
    24: "https://generativelanguage.googleapis.com",
    25: "https://api.moonshot.cn",
    26: "https://api.baichuan-ai.com",
    27: "https://api.minimax.chat",
    28: "https://api.mistral.ai",
    29: "https://api.groq.com/openai",
    30: "http://localhost:11434",
    31: "https://api.lingyiwanwu.com",
    32: "https://api.stepfun.com",
    33: "",
    34: "https://api.coze.com",
    35: "https://api.cohere.ai",
    36: "https://api.deepseek.com",
    37: "https://api.cloudflare.com",
    38: "https://api-free.deepl.com",
    39: "https://api.together.xyz",
    40: "https://ark.cn-beijing.volces.com",
    41: "https://api.novita.ai/v3/openai",
    42: "",
    43: "",
    44: "https://api.siliconflow.cn",
    45: "https://api.x.ai",
    46: "https://api.replicate.com",
    47: "https://qianfan.baidubce.com",
    48: "https://spark-api-open.xf-yun.com",
    49: "https://dashscope.aliyuncs.com",
    50: "",
    51: "https://generativelanguage.googleapis.com/v1beta/openai",
}
NATIVE = {3: "azure", 14: "anthropic", 24: "gemini", 34: "coze"}


def test_providers_are_one_apis_51_types() -> None:
    assert sorted(PROVIDERS) == list(range(1, 52))
    assert {number: PROVIDERS[number].base_url for number in BASE_URLS} == BASE_URLS


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_provider_row_is_complete(provider: Provider) -> None:
    Quirks(**provider.quirks)
    assert set(provider.endpoints) <= set(Endpoint)
    assert provider.title_en and provider.title_zh and provider.title
    assert provider.dialect and provider.key_hint
    assert provider.models or provider.model_hint or provider.dialect in ("aiproxy_library", "proxy")
    assert len(set(provider.models)) == len(provider.models)
    for url in filter(None, (provider.base_url, provider.key_url)):
        assert urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname
    for name, label, hint in provider.config_fields:
        assert name and label and hint


def test_every_provider_with_an_address_says_where_its_keys_are_made() -> None:
    """The form links it (A16.9)."""
    assert [row.name for row in PROVIDERS.values() if not row.key_url] == ["custom", "proxy", "openai-compatible"]


def test_native_providers_name_their_dialect() -> None:
    assert {number: PROVIDERS[number].dialect for number in NATIVE} == NATIVE


def test_title_shows_both_languages_where_they_differ() -> None:
    assert PROVIDERS[1].title == "OpenAI"
    assert PROVIDERS[19].title == "360 智脑 (360 Zhinao)"


ROW = Provider(900, "made-up", "Made Up", "Made Up", "https://api.made-up.example")


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (replace(ROW, name="another"), "two providers"),
        (replace(ROW, id=901), "two providers"),
        (replace(ROW, id=901, name="another", base_url="https://x.example/"), "slash"),
        (replace(ROW, id=901, name="another", base_url_required=True), "requires"),
    ],
)
def test_by_id_refuses_rows_that_contradict(other: Provider, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        by_id([ROW, other])
