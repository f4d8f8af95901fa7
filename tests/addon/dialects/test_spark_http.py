"""Spark over HTTP, as its two rows have it: keys, names, addresses, what is sent.

Nothing was recorded of Spark: tests/recordings/xunfei says from which page each reply was written.
"""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects import DIALECTS
from addon.dialects.spark import DIALECT
from addon.dialects.spark_http import bearer
from rules.providers import PROVIDERS
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import USER, WEATHER, call, chat, document, result

OPEN = "https://spark-api-open.xf-yun.com"
API_KEY, SECRET = "0123456789abcdef0123456789abcdef", "ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl"
SYSTEM = {"role": "system", "content": "Be brief."}
CALLED = {"role": "assistant", "content": None, "tool_calls": [call("c1", "get_weather", '{"city":"Oslo"}')]}


def sent(request: ChatRequest, model: str = "4.0Ultra", channel_type: int = 48, **fields: Any) -> Any:
    return document(through_row(channel_type, request, model, **fields))


def test_the_least_request() -> None:
    outbound = through_row(48, chat(), "4.0Ultra", key="fake-password")
    assert (outbound.method, outbound.url) == ("POST", f"{OPEN}/v1/chat/completions")
    assert outbound.secrets == (("authorization", "Bearer fake-password"),)
    assert document(outbound) == {"model": "4.0Ultra", "messages": [USER]}


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("fake-password", "fake-password"),
        (f"{API_KEY}:{SECRET}", f"{API_KEY}:{SECRET}"),
        (f"12345678|{SECRET}|{API_KEY}", f"{API_KEY}:{SECRET}"),
        (f" 12345678 | {SECRET} | {API_KEY} ", f"{API_KEY}:{SECRET}"),
        (f"12345678|{API_KEY}|{SECRET}", f"{API_KEY}:{SECRET}"),
        ("12345678|one|two", "two:one"),
        (f"12345678|{API_KEY}|{API_KEY}", f"{API_KEY}:{API_KEY}"),
    ],
)
def test_a_key_as_operators_write_it(key: str, token: str) -> None:
    assert bearer(key) == token
    assert through_row(18, chat(), "Spark-Max", key=key).secrets == (("authorization", f"Bearer {token}"),)


@pytest.mark.parametrize("key", ["", " ", "a|b", "a||b", "a|b|c|d", "|||"])
def test_a_key_of_another_form_is_refused_with_the_right_one(key: str) -> None:
    with pytest.raises(BadKey, match=r"APPID\|APISecret\|APIKey"):
        through_row(18, chat(), "Spark-Max", key=key)


@pytest.mark.parametrize(
    ("model", "config", "wanted", "path"),
    [
        ("Spark-Lite", {}, "lite", "/v1"),
        ("Spark-Pro", {}, "generalv3", "/v1"),
        ("Spark-Pro-128K", {}, "pro-128k", "/v1"),
        ("Spark-Max", {}, "generalv3.5", "/v1"),
        ("Spark-Max-32K", {}, "max-32k", "/v1"),
        ("Spark-4.0-Ultra", {}, "4.0Ultra", "/v1"),
        ("SparkDesk-v3.5", {}, "generalv3.5", "/v1"),
        ("SparkDesk-v4.0", {}, "4.0Ultra", "/v1"),
        ("SparkDesk", {}, "lite", "/v1"),
        ("SparkDesk", {"api_version": " v3.1-128K "}, "pro-128k", "/v1"),
        ("SparkDesk-v9", {}, "SparkDesk-v9", "/v1"),
        ("kjwx", {}, "kjwx", "/v1"),
        ("x1", {}, "x1", "/v2"),
        ("spark-x", {}, "spark-x", "/v2"),
        ("spark-x2", {}, "spark-x", "/x2"),
    ],
)
def test_one_apis_names(model: str, config: dict[str, str], wanted: str, path: str) -> None:
    outbound = through_row(18, chat(), model, config=config, key="fake-password")
    assert outbound.url == f"{OPEN}{path}/chat/completions"
    assert document(outbound)["model"] == wanted


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://spark-api.xf-yun.com", f"{OPEN}/v1/chat/completions"),
        ("wss://spark-api.xf-yun.com/v3.5/chat", f"{OPEN}/v1/chat/completions"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/v1/chat/completions"),
        (f"{OPEN}/x2", f"{OPEN}/x2/chat/completions"),
        (
            "https://maas-coding-api.cn-huabei-1.xf-yun.com/v2",
            "https://maas-coding-api.cn-huabei-1.xf-yun.com/v2/chat/completions",
        ),
    ],
)
def test_a_base_url(base: str, url: str) -> None:
    assert through_row(48, chat(), "spark-y", base_url=base).url == url


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 0, "top_p": 0, "top_k": 9}, {"temperature": 0.01, "top_p": 0.01, "top_k": 6}),
        ({"max_completion_tokens": 9}, {"max_tokens": 9}),
        ({"presence_penalty": 1, "user": "ada"}, {"presence_penalty": 1, "user": "ada"}),
        (
            {"n": 1, "stop": "x", "seed": 1, "logit_bias": {"1": 1}, "logprobs": True, "reasoning_effort": "low"},
            {},
        ),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
        ({"thinking": {"type": "auto"}}, {"thinking": {"type": "auto"}}),
    ],
)
def test_a_knob_is_kept_fitted_or_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sent(chat(**fields)) == {"model": "4.0Ultra", "messages": [USER], **wanted}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"reasoning_effort": "high"}, {"type": "enabled"}),
        ({"reasoning_effort": "none"}, {"type": "disabled"}),
        ({"reasoning_effort": "none", "thinking": {"type": "auto"}}, {"type": "auto"}),
        ({}, None),
    ],
)
def test_the_models_that_think_are_told_by_a_switch(fields: dict[str, Any], wanted: Any) -> None:
    assert sent(chat(**fields), "x1").get("thinking") == wanted


@pytest.mark.parametrize("model", ["4.0Ultra", "generalv3.5", "max-32k", "spark-x"])
def test_who_hears_the_system(model: str) -> None:
    assert sent(chat(SYSTEM, USER), model)["messages"] == [SYSTEM, USER]


@pytest.mark.parametrize("model", ["lite", "Spark-Pro", "pro-128k"])
def test_who_does_not_hears_it_from_the_user(model: str) -> None:
    told = sent(chat(SYSTEM, USER, {"role": "assistant", "content": "Hi"}, USER), model)["messages"]
    assert [turn["content"] for turn in told] == ["Be brief.\n\nHello", "Hi", "Hello"]
    told = sent(chat(SYSTEM, {"role": "assistant", "content": "Hi"}, USER), model)["messages"]
    assert [(turn["role"], turn["content"]) for turn in told][:2] == [("user", "Be brief."), ("assistant", "Hi")]


def test_the_channels_prompt_takes_the_place_of_the_systems() -> None:
    told = sent(chat(SYSTEM, USER), system_prompt="Be loud.")["messages"]
    assert told == [{"role": "system", "content": "Be loud."}, USER]


def test_tools() -> None:
    found = sent(chat(USER, CALLED, result("c1", "cold"), tools=[WEATHER], tool_choice="required"))
    assert found["tool_calls_switch"] is True
    assert (found["tools"], found["tool_choice"]) == ([WEATHER], "required")
    assert [turn["role"] for turn in found["messages"]] == ["user", "assistant", "tool"]


def test_its_own_tools_and_the_old_functions() -> None:
    search = {"type": "web_search", "web_search": {"enable": True}}
    assert sent(chat(tools=[search]))["tools"] == [search]
    found = sent(chat(functions=[WEATHER["function"]]))
    assert found["tools"] == [WEATHER]
    assert "functions" not in found


def test_a_schema_is_told_in_words() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "p", "schema": {"type": "object", "title": "P"}}}
    found = sent(chat(response_format=schema))
    assert found["response_format"] == {"type": "json_object"}
    assert '"title":"P"' in found["messages"][0]["content"]


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (chat(n=2), "n"),
        (chat({"role": "user", "content": [{"type": "hologram"}]}), "messages[0].content[0]"),
        (
            chat({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.example/b"}}]}),
            "messages[0].content[0]",
        ),
        (chat({"role": "user", "content": ""}), "messages"),
    ],
)
def test_what_cannot_be_carried_is_named(request_: ChatRequest, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        sent(request_)
    assert refused.value.param == param


def test_both_rows_speak_it() -> None:
    assert DIALECTS["spark"] is DIALECT
    assert [PROVIDERS[number].dialect for number in (18, 48)] == ["spark", "spark"]
