from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Quirks, Target
from addon.control.keys import problem, spelling, unlike_the_hint
from addon.dialects import DIALECTS
from rules.providers import PROVIDERS, Provider
from tests.addon.control.asking import target_for


def said(name: str, key: str, base_url: str = "", **fields: Any) -> str:
    row = next(row for row in PROVIDERS.values() if row.name == name)
    return problem(row, DIALECTS[row.dialect], target_for(name, base_url, key, **fields))


@pytest.mark.parametrize(
    ("name", "key", "fields"),
    [
        ("openai", "sk-fake", {}),
        ("anthropic", "sk-ant-fake", {}),
        ("gemini", "AQ.fake", {}),
        ("coze", "pat_fake", {}),
        ("baidu", "ak|sk", {"model": "ERNIE-4.0-8K"}),
        ("xunfei", "appid|secret|key", {"model": "Spark-Max"}),
        ("tencent", "1250000000|AKIDfake|fake", {"model": "hunyuan-lite"}),
        ("aws", "ak|sk|us-east-1", {"model": "claude-sonnet-4-5"}),
        ("ollama", "", {}),
        ("proxy", "whatever it is", {}),
        ("custom", "mine", {"base_url": "http://x.example"}),
    ],
)
def test_a_key_of_the_right_form_is_let_be(name: str, key: str, fields: dict[str, Any]) -> None:
    assert said(name, key, **fields) == "" or name == "proxy"


@pytest.mark.parametrize(
    ("name", "key", "part"),
    [
        ("baidu", "sk-fake", "APIKey|SecretKey"),
        ("zhipu", "sk-fake", "id.secret"),
        ("aws", "a|b|c|d|e", "AK|SK|Region"),
        ("vertexai", "{", "JSON"),
        ("deepl", "sk-fake", "UUID"),
        ("cloudflare", "fake", "account ID"),
        ("baidu-v2", "sk-fake", "bce-v3/"),
        ("tencent", "fake|", "SecretId|SecretKey"),
        ("anthropic", "sk-fake", "begin with sk-ant-"),
        ("coze", "sk-fake", "begin with pat_ or sat_"),
        ("groq", "Bearer gsk_fake", "before the key"),
    ],
)
def test_a_key_of_a_wrong_form_is_said_which_form_it_has(name: str, key: str, part: str) -> None:
    message = said(name, key)
    assert part in message
    assert key not in message or key in ("{", "sk-fake")


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("bearer sk-fake", "header"),
        ("Authorization: Bearer sk-fake", "header"),
        ('"sk-fake"', "quotation"),
        ("“sk-fake”", "quotation"),
        ("sk-fa…ke", "shortened"),
        ("sk-fa***ke", "shortened"),
        ("sk-fake密钥", "characters"),
        ("sk-fake sk-fake", "blank"),
        ('{"type": "service_account"}', ""),
        ("sk-fake", ""),
        ("", ""),
    ],
)
def test_spelling(key: str, part: str) -> None:
    found = spelling(key)
    assert (part in found) if part else found == ""


def test_a_mirror_may_have_keys_of_its_own() -> None:
    assert said("openai", "mine", "http://mirror.example") == ""
    assert said("anthropic", "mine", "http://mirror.example") == ""


def test_a_hint_in_words_is_no_rule() -> None:
    row = Provider(900, "x", "X", "X", "https://x.example", key_hint="eyJ… or a UUID")
    assert unlike_the_hint(row, target_for("openai", "https://x.example", "something")) == ""


def test_what_is_wrong_with_the_sample_is_not_the_keys_fault() -> None:
    """The address of this one has a place for what the channel's configuration does not name."""
    quirks = {"version_prefix": "/{account}/v1"}
    row = Provider(900, "x", "X", "X", "https://x.example", quirks=quirks)
    target = Target("https://x.example", "sk-fake", "m", Quirks(**quirks))
    assert problem(row, DIALECTS["openai"], target) == ""


def test_an_api_key_that_needs_a_project_says_so() -> None:
    assert "project" in said("vertexai", "fake-api-key", model="claude-x")


@pytest.mark.parametrize("row", PROVIDERS.values(), ids=lambda row: row.name)
def test_every_provider_survives_any_key(row: Provider) -> None:
    for key in ("", "x", "a|b", "a|b|c", "{}", "…"):
        target = target_for(row.name, "" if row.base_url else "http://x.example", key)
        assert isinstance(problem(row, DIALECTS[row.dialect], target), str)
