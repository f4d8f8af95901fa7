from __future__ import annotations

import pytest

from addon.canon.codec import BadKey
from addon.control.bedrock_list import BEDROCK
from addon.control.way import REQUEST, codec_of
from tests.addon.control.asking import ask, target_for

KEY = "fake-access|fake-secret|us-east-1"
MODELS = {
    "modelSummaries": [
        {"modelId": "amazon.nova-lite-v1:0", "modelLifecycle": {"status": "ACTIVE"}},
        {"modelId": "old.model", "modelLifecycle": {"status": "LEGACY"}},
        {"modelId": "untold.model"},
    ]
}
PROFILES = {
    "inferenceProfileSummaries": [
        {"inferenceProfileId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "status": "ACTIVE"},
        {"inferenceProfileId": "us.gone", "status": "DELETING"},
    ],
    "nextToken": "two/",
}
LAST = {"inferenceProfileSummaries": [{"inferenceProfileId": "eu.amazon.nova-lite-v1:0", "status": "ACTIVE"}]}


def test_models_on_demand_and_profiles_of_the_region() -> None:
    asked, found = ask(BEDROCK[0], target_for("aws", key=KEY), MODELS, PROFILES, LAST)
    host = "https://bedrock.us-east-1.amazonaws.com"
    assert asked.urls == [
        f"{host}/foundation-models?byInferenceType=ON_DEMAND",
        f"{host}/inference-profiles?maxResults=1000",
        f"{host}/inference-profiles?maxResults=1000&nextToken=two%2F",
    ]
    assert [one.id for one in found] == [
        "amazon.nova-lite-v1:0",
        "eu.amazon.nova-lite-v1:0",
        "untold.model",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]


def test_each_request_is_signed_for_the_control_plane() -> None:
    signed = dict(codec_of(BEDROCK[0]).build(REQUEST, target_for("aws", key=KEY)).secrets)
    assert "/us-east-1/bedrock/aws4_request" in signed["authorization"]
    assert "SignedHeaders=accept;host;x-amz-date" in signed["authorization"]
    assert "fake-secret" not in str(signed)


def test_a_key_of_bedrocks_own_is_a_bearer() -> None:
    asked = codec_of(BEDROCK[0]).build(REQUEST, target_for("aws", key="ABSKfake", config={"region": "cn-north-1"}))
    assert asked.url.startswith("https://bedrock.cn-north-1.amazonaws.com.cn/")
    assert asked.secrets == (("authorization", "Bearer ABSKfake"),)


def test_a_channel_with_an_address_asks_there_only() -> None:
    asked = codec_of(BEDROCK[0]).build(REQUEST, target_for("aws", "http://private.example", key=KEY))
    assert asked.url == "http://private.example/foundation-models?byInferenceType=ON_DEMAND"


def test_a_key_without_a_region_is_refused() -> None:
    with pytest.raises(BadKey):
        codec_of(BEDROCK[0]).build(REQUEST, target_for("aws", key="ak|sk"))
