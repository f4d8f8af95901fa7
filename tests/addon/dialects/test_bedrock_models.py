"""Names of models as Bedrock knows them, and what their families take."""

from __future__ import annotations

import pytest

from addon.dialects.bedrock_models import Abilities, abilities, model_id


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        # One API's own table.
        ("claude-instant-1.2", "anthropic.claude-instant-v1"),
        ("claude-2.0", "anthropic.claude-v2"),
        ("claude-2.1", "anthropic.claude-v2:1"),
        ("claude-3-haiku-20240307", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("claude-3-sonnet-20240229", "anthropic.claude-3-sonnet-20240229-v1:0"),
        ("claude-3-opus-20240229", "anthropic.claude-3-opus-20240229-v1:0"),
        ("claude-3-5-sonnet-20240620", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("claude-3-5-sonnet-20241022", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-3-5-sonnet-latest", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-3-5-haiku-20241022", "anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("llama3-8b-8192", "meta.llama3-8b-instruct-v1:0"),
        ("llama3-70b-8192", "meta.llama3-70b-instruct-v1:0"),
        # Those since.
        ("claude-3-7-sonnet-latest", "us.anthropic.claude-3-7-sonnet-20250219-v1:0"),
        ("claude-opus-4-1", "us.anthropic.claude-opus-4-1-20250805-v1:0"),
        ("claude-sonnet-4-20250514", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("claude-haiku-4-5-20251001", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-haiku-4-5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1"),
        ("claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("claude-opus-5", "us.anthropic.claude-opus-5"),
        # Bedrock's own.
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("eu.anthropic.claude-sonnet-4-6", "eu.anthropic.claude-sonnet-4-6"),
        ("global.anthropic.claude-opus-5", "global.anthropic.claude-opus-5"),
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/x", "arn:aws:bedrock:us-east-1:1:inference-profile/x"),
    ],
)
def test_a_name_becomes_bedrocks_id(name: str, wanted: str) -> None:
    assert model_id(name, "us-west-2") == wanted


@pytest.mark.parametrize(
    ("region", "older", "newer"),
    [
        ("us-east-1", "us", "us"),
        ("ca-central-1", "us", "us"),
        ("us-gov-west-1", "us-gov", "us-gov"),
        ("eu-central-1", "eu", "eu"),
        ("ap-northeast-1", "apac", "global"),
        ("sa-east-1", "apac", "global"),
        ("", "apac", "global"),
    ],
)
def test_newer_models_are_called_through_the_profile_of_their_region(region: str, older: str, newer: str) -> None:
    assert model_id("claude-sonnet-4", region) == f"{older}.anthropic.claude-sonnet-4-20250514-v1:0"
    assert model_id("claude-sonnet-5", region) == f"{newer}.anthropic.claude-sonnet-5"
    assert model_id("claude-3-haiku-20240307", region) == "anthropic.claude-3-haiku-20240307-v1:0"


@pytest.mark.parametrize(
    ("model", "able"),
    [
        ("amazon.titan-text-express-v1", Abilities(system=False, forced="no")),
        ("amazon.nova-lite-v1:0", Abilities(prefill=True, top_k="inferenceConfig")),
        (
            "us.amazon.nova-2-lite-v1:0",
            Abilities(prefill=True, top_k="inferenceConfig", effort="reasoningConfig"),
        ),
        ("us.meta.llama4-maverick-17b-instruct-v1:0", Abilities(stops=False, forced="no", streams_tools=False)),
        ("mistral.mistral-7b-instruct-v0:2", Abilities(system=False, forced="no", top_k="top_k")),
        ("mistral.mistral-large-2402-v1:0", Abilities(forced="any")),
        ("mistral.mistral-large-3-675b-instruct", Abilities(schemas=True)),
        ("openai.gpt-oss-120b-1:0", Abilities(schemas=True, effort="reasoning_effort")),
        ("qwen.qwen3-32b-v1:0", Abilities(schemas=True)),
        ("us.deepseek.r1-v1:0", Abilities()),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", Abilities()),
    ],
)
def test_a_family_is_told_by_its_id(model: str, able: Abilities) -> None:
    assert abilities(model) == able
