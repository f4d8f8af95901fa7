"""Spark's WebSocket: what is said there, and what its messages mean. The frames are those of its page.

https://www.xfyun.cn/doc/spark/Web.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon.canon.codec import BadKey
from addon.canon.events import (
    Ended,
    Failed,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArguments,
    ToolCallStarted,
    Usage,
    UsageReported,
)
from addon.canon.fault import FaultKind
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest
from addon.dialects.spark_socket import MessageReader, build, is_last
from addon.signing.spark import http_date, signature_query
from tests.addon.dialects.native import USER, WEATHER, call, chat, result

API_KEY, SECRET = "0123456789abcdef0123456789abcdef", "ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtl"
KEY = f"12345678|{SECRET}|{API_KEY}"
NOW = 1_735_689_600
SYSTEM = {"role": "system", "content": "Be brief."}
CALLED = {"role": "assistant", "content": "Well.", "tool_calls": [call("c1", "get_weather", '{"city":"Oslo"}')]}
FIRST = {
    "header": {"code": 0, "message": "Success", "sid": "cht000cb087@dx18", "status": 0},
    "payload": {"choices": {"status": 0, "seq": 0, "text": [{"content": "Hel", "role": "assistant", "index": 0}]}},
}
LAST: dict[str, Any] = {
    "header": {"code": 0, "message": "Success", "sid": "cht000cb087@dx18", "status": 2},
    "payload": {
        "choices": {"status": 2, "seq": 1, "text": [{"content": "lo", "role": "assistant", "index": 0}]},
        "usage": {"text": {"question_tokens": 4, "prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14}},
    },
}
REFUSED = {"header": {"code": 11200, "message": "AppIdNoAuthError:(x)", "sid": "cht1", "status": 2}}


def asked(
    request: ChatRequest, model: str = "Spark-Max", base_url: str = "wss://spark-api.xf-yun.com", **fields: Any
) -> Outbound:
    return build(request, Target(base_url, fields.pop("key", KEY), model, now=NOW, **fields))


def document(request: ChatRequest, model: str = "Spark-Max", **fields: Any) -> Any:
    return json.loads(asked(request, model, **fields).body)


def read(*messages: dict[str, Any]) -> list[Any]:
    one = MessageReader(chat(), Target("", "", ""))
    found = [event for message in messages for event in one.read(Frame(json.dumps(message).encode()))]
    return [*found, *one.close()]


def test_the_least_request_is_signed_for_its_address() -> None:
    outbound = asked(chat())
    url = "wss://spark-api.xf-yun.com/v3.5/chat"
    assert (outbound.method, outbound.url, outbound.upgrade) == ("GET", url, True)
    assert dict(outbound.secret_query) == signature_query(url, API_KEY, SECRET, http_date(NOW))
    assert json.loads(outbound.body) == {
        "header": {"app_id": "12345678"},
        "parameter": {"chat": {"domain": "generalv3.5"}},
        "payload": {"message": {"text": [USER]}},
    }
    assert "12345678" not in outbound.url


@pytest.mark.parametrize(
    ("model", "config", "domain", "path"),
    [
        ("Spark-Lite", {}, "lite", "/v1.1/chat"),
        ("Spark-Pro", {}, "generalv3", "/v3.1/chat"),
        ("Spark-Pro-128K", {}, "pro-128k", "/chat/pro-128k"),
        ("Spark-Max-32K", {}, "max-32k", "/chat/max-32k"),
        ("Spark-4.0-Ultra", {}, "4.0Ultra", "/v4.0/chat"),
        ("SparkDesk-v2.1", {}, "generalv2", "/v2.1/chat"),
        ("SparkDesk", {"api_version": "v4.0"}, "4.0Ultra", "/v4.0/chat"),
        ("x1", {}, "x1", "/v1/x1"),
    ],
)
def test_each_version_has_its_address(model: str, config: dict[str, str], domain: str, path: str) -> None:
    outbound = asked(chat(), model, config=config)
    assert outbound.url == f"wss://spark-api.xf-yun.com{path}"
    assert json.loads(outbound.body)["parameter"]["chat"]["domain"] == domain


def test_a_path_in_the_base_url_is_the_address() -> None:
    assert asked(chat(), "mine", "ws://127.0.0.1:9/v9/chat").url == "ws://127.0.0.1:9/v9/chat"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"temperature": 0, "top_k": 9, "max_tokens": 7}, {"temperature": 0.01, "top_k": 6, "max_tokens": 7}),
        ({"temperature": 2, "top_k": 0}, {"temperature": 1.0, "top_k": 1}),
        ({"top_p": 0.5, "stop": "x", "seed": 1, "n": 1}, {}),
    ],
)
def test_a_knob_is_kept_fitted_or_dropped(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert document(chat(**fields))["parameter"]["chat"] == {"domain": "generalv3.5", **wanted}


def test_the_user_has_a_name_of_at_most_32_letters() -> None:
    assert document(chat(user="a" * 40))["header"]["uid"] == "a" * 32


def test_functions_are_bare_and_what_they_said_is_told_in_words() -> None:
    found = document(chat(USER, CALLED, result("c1", "cold"), tools=[WEATHER]))["payload"]
    assert found["functions"]["text"][0]["name"] == "get_weather"
    assert found["message"]["text"] == [
        USER,
        {"role": "assistant", "content": 'Well.\nI call get_weather with {"city":"Oslo"}'},
        {"role": "user", "content": "get_weather returned: cold"},
    ]
    assert "functions" not in document(chat(tools=[WEATHER], tool_choice="none"), "Spark-Lite")["payload"]


@pytest.mark.parametrize(
    ("model", "turns", "told"),
    [
        ("Spark-Max", [SYSTEM, USER], [SYSTEM, USER]),
        ("Spark-Lite", [SYSTEM, USER], [{"role": "user", "content": "Be brief.\n\nHello"}]),
        (
            "Spark-Lite",
            [SYSTEM, {"role": "assistant", "content": "Hi"}],
            [{"role": "user", "content": "Be brief."}, {"role": "assistant", "content": "Hi"}],
        ),
    ],
)
def test_who_hears_the_system(model: str, turns: list[Any], told: list[Any]) -> None:
    assert document(chat(*turns), model)["payload"]["message"]["text"] == told


def test_json_is_asked_for_in_words() -> None:
    found = document(chat(response_format={"type": "json_object"}))["payload"]["message"]["text"]
    assert found[0]["role"] == "system"
    assert "valid JSON" in found[0]["content"]


@pytest.mark.parametrize(
    ("request_", "model", "param"),
    [
        (chat(n=2), "Spark-Max", "n"),
        (chat(tools=[WEATHER]), "Spark-Lite", "tools"),
        (chat(), "spark-y", "model"),
        (chat({"role": "user", "content": ""}), "Spark-Max", "messages"),
    ],
)
def test_what_cannot_be_carried_is_named(request_: ChatRequest, model: str, param: str) -> None:
    with pytest.raises(CannotCarry) as refused:
        asked(request_, model)
    assert refused.value.param == param


def test_a_key_with_a_hole_is_refused() -> None:
    with pytest.raises(BadKey):
        asked(chat(), key="a||b")


def test_an_answer_in_pieces() -> None:
    assert read(FIRST, LAST) == [
        Started(id="cht000cb087@dx18"),
        TextDelta("Hel"),
        TextDelta("lo"),
        UsageReported(Usage(prompt=5, completion=9, total=14)),
        Finished("stop"),
        Ended(),
    ]


def test_thoughts_and_calls() -> None:
    called = {"content": "", "function_call": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
    thought = {"content": "", "reasoning_content": "Hm."}
    last = {**LAST, "payload": {"choices": {"status": 2, "text": [called, {"function_call": {"name": "now"}}]}}}
    first = {**FIRST, "payload": {"choices": {"text": [thought]}}}
    assert read(first, last)[1:] == [
        ReasoningDelta("Hm."),
        ToolCallStarted(0, "call_cht000cb087dx18_0", "get_weather"),
        ToolArguments(0, '{"city":"Oslo"}'),
        ToolCallStarted(1, "call_cht000cb087dx18_1", "now"),
        ToolArguments(1, "{}"),
        Finished("tool_calls"),
        Ended(),
    ]


def test_a_code_is_a_fault_and_what_was_used_is_billed() -> None:
    refused = {**REFUSED, "payload": {"usage": LAST["payload"]["usage"]}}
    _, used, failed = read(refused)
    assert used.usage.prompt == 5
    assert isinstance(failed, Failed)
    assert failed.fault.kind is FaultKind.FORBIDDEN
    assert "AppIdNoAuthError" in failed.fault.message


@pytest.mark.parametrize(
    ("message", "last"),
    [
        (json.dumps(FIRST), False),
        (json.dumps(LAST), True),
        (json.dumps({**REFUSED, "header": {**REFUSED["header"], "status": 0}}), True),
        ("hello", False),
        ("[]", False),
        ("{}", False),
        ('{"header": null}', False),
    ],
)
def test_status_2_or_an_error_ends_it(message: str, last: bool) -> None:
    assert is_last(message.encode()) is last
