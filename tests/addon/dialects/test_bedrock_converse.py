"""Chat requests as Converse's, held to what boto3 sends for the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from addon.canon.outbound import Target
from addon.canon.request import CannotCarry, Endpoint
from addon.dialects.bedrock import DIALECT
from addon.dialects.bedrock_converse import chat_document
from tests.addon.dialects.native import PIXEL, USER, WEATHER, call, chat, document, embedding, misfits, result
from tests.addon.dialects.sdk_traffic import Sent, sent_by

NOVA = "us.amazon.nova-2-lite-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
QWEN = "qwen.qwen3-32b-v1:0"
TITAN = "amazon.titan-text-express-v1"
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
CALLED = ({"role": "assistant", "tool_calls": [call("c", "get_weather", "{}")]}, result("c", "18 C"))


def built(model: str = NOVA, *messages: Any, system_prompt: str = "", **fields: Any) -> Any:
    return chat_document(chat(*messages, **fields), Target("", "x", model, system_prompt=system_prompt))


def test_a_plain_request_has_only_what_was_said() -> None:
    assert built() == {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def test_system_messages_stand_in_front() -> None:
    system = {"role": "system", "content": "Be brief."}
    assert built(NOVA, system, USER)["system"] == [{"text": "Be brief."}]
    assert built(NOVA, system, USER, system_prompt="Be long.")["system"] == [{"text": "Be long."}]
    found = built(TITAN, system, USER)
    assert "system" not in found
    assert found["messages"][0]["content"] == [{"text": "Be brief.\n\n"}, {"text": "Hello"}]


def test_knobs_are_renamed_and_kept_in_their_ranges() -> None:
    found = built(max_tokens=9, temperature=1.7, top_p=0.5, stop=["END", " "], seed=1, presence_penalty=1, user="ada")
    assert found["inferenceConfig"] == {"maxTokens": 9, "temperature": 1, "topP": 0.5, "stopSequences": ["END"]}
    assert found["requestMetadata"] == {"user": "ada"}
    assert set(found) == {"messages", "inferenceConfig", "requestMetadata"}


def test_what_a_family_does_not_take_is_dropped() -> None:
    assert "inferenceConfig" not in built(LLAMA, stop=["END"])
    assert "requestMetadata" not in built(user="a;b")
    assert "additionalModelRequestFields" not in built(QWEN, top_k=5, reasoning_effort="high")


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("amazon.nova-pro-v1:0", {"top_k": 5}, {"inferenceConfig": {"topK": 5}}),
        ("mistral.mistral-7b-instruct-v0:2", {"top_k": 5}, {"top_k": 5}),
        ("openai.gpt-oss-20b-1:0", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
        (NOVA, {"reasoning_effort": "high"}, {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        (
            NOVA,
            {"reasoning_effort": "xhigh", "max_tokens": 9},
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        ),
        (NOVA, {"reasoning_effort": "none"}, None),
    ],
)
def test_families_have_fields_of_their_own(model: str, fields: dict[str, Any], wanted: Any) -> None:
    assert built(model, **fields).get("additionalModelRequestFields") == wanted


@pytest.mark.parametrize(("tier", "wanted"), [("flex", {"type": "flex"}), ("auto", None), ("default", None)])
def test_a_service_tier_is_only_told_where_it_is_none_of_the_usual(tier: str, wanted: Any) -> None:
    assert built(service_tier=tier).get("serviceTier") == wanted


def test_several_answers_and_foreign_content_are_refused() -> None:
    with pytest.raises(CannotCarry) as told:
        built(n=2)
    assert told.value.param == "n"
    with pytest.raises(CannotCarry, match="Bedrock"):
        built(NOVA, {"role": "user", "content": [{"type": "hologram"}]})
    with pytest.raises(CannotCarry, match="not empty"):
        built(NOVA, {"role": "user", "content": " "})


# -- tools ----------------------------------------------------------------------------------------------------------

SPEC = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "inputSchema": {"json": WEATHER["function"]["parameters"]},  # type: ignore[index]
}


def test_tools_are_offered() -> None:
    bare = {"type": "function", "function": {"name": "now"}}
    empty = {"name": "now", "inputSchema": {"json": {"type": "object", "properties": {}}}}
    assert built(tools=[WEATHER, bare])["toolConfig"] == {"tools": [{"toolSpec": SPEC}, {"toolSpec": empty}]}


@pytest.mark.parametrize(
    ("model", "choice", "wanted"),
    [
        (NOVA, "auto", None),
        (NOVA, "required", {"any": {}}),
        (NOVA, {"type": "function", "function": {"name": "get_weather"}}, {"tool": {"name": "get_weather"}}),
        ("mistral.mistral-large-2402-v1:0", {"type": "function", "function": {"name": "get_weather"}}, {"any": {}}),
        (LLAMA, "required", None),
    ],
)
def test_a_call_is_demanded_where_that_can_be_done(model: str, choice: Any, wanted: Any) -> None:
    assert built(model, tools=[WEATHER], tool_choice=choice)["toolConfig"].get("toolChoice") == wanted


def test_calls_are_forbidden_by_offering_nothing() -> None:
    assert "toolConfig" not in built(tools=[WEATHER], tool_choice="none")


def test_a_history_with_calls_keeps_its_tools() -> None:
    found = built(NOVA, USER, *CALLED, tools=[WEATHER], tool_choice="none")
    assert found["toolConfig"] == {"tools": [{"toolSpec": SPEC}]}
    assert found["system"] == [{"text": "Answer without calling any tool."}]
    [tool] = built(NOVA, USER, *CALLED)["toolConfig"]["tools"]
    assert tool["toolSpec"]["name"] == "get_weather"


def test_strict_tools_are_strict_where_the_model_can_be() -> None:
    strict = {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}}
    [tool] = built(QWEN, tools=[strict])["toolConfig"]["tools"]
    assert tool["toolSpec"]["strict"] is True
    assert tool["toolSpec"]["inputSchema"]["json"]["additionalProperties"] is False
    [tool] = built(NOVA, tools=[strict])["toolConfig"]["tools"]
    assert "strict" not in tool["toolSpec"] and tool["toolSpec"]["inputSchema"]["json"] == SCHEMA


# -- answers as JSON, and the end of the conversation -----------------------------------------------------------------

WANTED = {"type": "json_schema", "json_schema": {"name": "number", "schema": SCHEMA}}


def test_a_schema_is_asked_for_by_a_knob_or_in_words() -> None:
    found = built(QWEN, response_format=WANTED)["outputConfig"]["textFormat"]
    assert found["type"] == "json_schema"
    asked = found["structure"]["jsonSchema"]
    assert asked["name"] == "number" and '"additionalProperties":false' in asked["schema"]
    in_words = built(NOVA, response_format=WANTED)
    assert "outputConfig" not in in_words and '"minimum":1' in in_words["system"][0]["text"]
    assert "JSON" in built(QWEN, response_format={"type": "json_object"})["system"][0]["text"]


def test_the_end_of_a_conversation_is_the_users_unless_the_model_continues() -> None:
    begun = {"role": "assistant", "content": "Once upon "}
    assert built(NOVA, USER, begun)["messages"][-1] == {"role": "assistant", "content": [{"text": "Once upon"}]}
    assert built(QWEN, USER, begun)["messages"][-1] == {"role": "user", "content": [{"text": "Please continue."}]}


# -- held to boto3 ----------------------------------------------------------------------------------------------------

REQUESTS = [
    (NOVA, chat()),
    (
        NOVA,
        chat(
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                    {
                        "type": "file",
                        "file": {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "a.pdf"},
                    },
                    {"type": "input_audio", "input_audio": {"data": "eA==", "format": "mp3"}},
                ],
            },
            {
                "role": "assistant",
                "content": "Two.",
                "tool_calls": [call("c1", "get_weather", '{"city":"Paris"}'), call("c2", "get_weather", "{}")],
                "reasoning_details": [
                    {"type": "bedrock.reasoning", "text": "Hm.", "signature": "sig"},
                    {"type": "bedrock.redacted", "data": "cmVk"},
                ],
            },
            result("c1", "18 C"),
            result("c2", [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]),
            tools=[WEATHER],
            tool_choice={"type": "function", "function": {"name": "get_weather"}},
            max_tokens=512,
            temperature=0.25,
            top_p=0.5,
            top_k=40,
            stop=["END"],
            user="ada",
            service_tier="priority",
            reasoning_effort="low",
        ),
    ),
    (QWEN, chat(response_format=WANTED, tools=[{"type": "function", "function": {"name": "f", "strict": True}}])),
    ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", chat()),
]

_BOTO = """
import base64, boto3
from botocore.config import Config

def unpacked(value):
    if isinstance(value, dict):
        return {name: base64.b64decode(one) if name in ("bytes", "redactedContent") else unpacked(one)
                for name, one in value.items()}
    return [unpacked(one) for one in value] if isinstance(value, list) else value

def call(host, case):
    client = boto3.client("bedrock-runtime", endpoint_url="http://" + host, region_name="us-east-1",
                          aws_access_key_id="AKIDFAKE", aws_secret_access_key="fake",
                          config=Config(retries={"total_max_attempts": 1}))
    if "document" in case:
        client.converse(modelId=case["model"], **unpacked(case["document"]))
    else:
        client.invoke_model(modelId=case["model"], body=case["body"], contentType="application/json",
                            accept="application/json", **case["more"])
"""
REPLY = {
    "output": {"message": {"role": "assistant", "content": []}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}


def test_boto3_sends_the_same_for_converse() -> None:
    """It checks the documents against AWS's own model before it sends them."""
    outbounds = [
        DIALECT.codecs[Endpoint.CHAT].build(request, Target("", "AKIDFAKE|fake|us-east-1", model))
        for model, request in REQUESTS
    ]
    given = [
        {"model": model, "document": document(outbound)}
        for (model, _), outbound in zip(REQUESTS, outbounds, strict=True)
    ]
    for outbound, theirs in zip(outbounds, sent_by(_BOTO, given, REPLY), strict=True):
        assert document(outbound) == theirs.document
        assert urlsplit(outbound.url).path == theirs.path
        assert "/bedrock/aws4_request" in theirs.headers["authorization"]


def test_boto3_sends_the_same_for_invoke_model() -> None:
    claude = Target("", "AKIDFAKE|fake|us-east-1", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    made = DIALECT.codecs[Endpoint.CHAT].build(chat(service_tier="flex"), claude)
    titan = replace(claude, model="amazon.titan-embed-text-v2:0")
    embedded = DIALECT.codecs[Endpoint.EMBEDDINGS].build(embedding("x"), titan)
    given = [
        {"model": claude.model, "body": made.body.decode(), "more": {"serviceTier": "flex"}},
        {"model": titan.model, "body": embedded.body.decode(), "more": {}},
    ]
    theirs: list[Sent] = sent_by(_BOTO, given, {})
    for ours, sent in zip((made, embedded), theirs, strict=True):
        assert (urlsplit(ours.url).path, ours.body.decode()) == (sent.path, sent.body)
        assert all(sent.headers[name] == value for name, value in ours.headers)


def test_claudes_body_is_anthropics() -> None:
    request = chat(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]},
        tools=[WEATHER],
        reasoning_effort="high",
        response_format=WANTED,
        service_tier="default",
    )
    cases = []
    for model in ("claude-sonnet-4-5", "claude-opus-5", "anthropic.claude-v2:1"):
        body = document(DIALECT.codecs[Endpoint.CHAT].build(request, Target("", "AKID|fake|us-east-1", model)))
        assert body.pop("anthropic_version") == "bedrock-2023-05-31"
        cases.append(("anthropic", {"model": model, **body}))
    assert misfits(cases) == []
