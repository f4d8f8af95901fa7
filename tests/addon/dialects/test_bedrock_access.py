"""Keys, regions and addresses of Bedrock channels; signatures are held to botocore in tests/addon/signing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon.canon.codec import BadKey
from addon.canon.outbound import Target
from addon.dialects.bedrock_access import Access, access_of, outbound
from addon.signing.sigv4 import Credentials, Scope, signature_headers

API_KEY = "ABSKfake-api-key"
PAIR = Credentials("AKIDFAKE", "fake/secret")


def target(key: str, base_url: str = "", **config: str) -> Target:
    return Target(base_url, key, "amazon.nova-lite-v1:0", config=config, now=1_800_000_000)


@pytest.mark.parametrize(
    ("given", "access"),
    [
        (target("AKIDFAKE|fake/secret|eu-west-1"), Access("eu-west-1", PAIR)),
        (target(" AKIDFAKE | fake/secret | eu-west-1 "), Access("eu-west-1", PAIR)),
        (target("AKIDFAKE|fake/secret", region="eu-west-1"), Access("eu-west-1", PAIR)),
        (target("AKIDFAKE|fake/secret|eu-west-1", region="us-east-1"), Access("us-east-1", PAIR)),
        (
            target("AKIDFAKE|fake/secret|eu-west-1|fake-session"),
            Access("eu-west-1", Credentials("AKIDFAKE", "fake/secret", "fake-session")),
        ),
        (target("", ak="AKIDFAKE", sk="fake/secret", region="eu-west-1"), Access("eu-west-1", PAIR)),
        (target("old|keys|eu-west-1", ak="AKIDFAKE", sk="fake/secret"), Access("eu-west-1", PAIR)),
        (
            target("AKIDFAKE|fake/secret", "https://bedrock-runtime.us-west-2.amazonaws.com"),
            Access("us-west-2", PAIR),
        ),
        (
            target("AKIDFAKE|fake/secret", "https://bedrock-runtime-fips.us-west-2.amazonaws.com"),
            Access("us-west-2", PAIR),
        ),
        (target(API_KEY, region="eu-west-1"), Access("eu-west-1", api_key=API_KEY)),
        (target(f"{API_KEY}|eu-west-1"), Access("eu-west-1", api_key=API_KEY)),
        (target("bedrock-api-key-fake|eu-west-1"), Access("eu-west-1", api_key="bedrock-api-key-fake")),
        (target("any-key", "http://127.0.0.1:9"), Access("", api_key="any-key")),
    ],
)
def test_a_key_of_each_form_is_understood(given: Target, access: Access) -> None:
    assert access_of(given) == access


@pytest.mark.parametrize(
    "given",
    [
        target(""),
        target("AKIDFAKE|fake/secret"),
        target("AKIDFAKE||eu-west-1"),
        target("|fake/secret|eu-west-1"),
        target("a|b|c|d|e"),
        target(API_KEY),
        target("", ak="AKIDFAKE", sk="fake/secret"),
        target("", ak="AKIDFAKE", region="eu-west-1"),
        target("AKIDFAKE|fake/secret", "http://127.0.0.1:9"),
    ],
)
def test_a_key_of_another_form_is_told_which_form_it_should_have(given: Target) -> None:
    with pytest.raises(BadKey, match=r"AK\|SK\|Region") as told:
        access_of(given)
    assert "fake" not in str(told.value)


@pytest.mark.parametrize(
    ("base_url", "region", "host"),
    [
        ("", "eu-west-1", "https://bedrock-runtime.eu-west-1.amazonaws.com"),
        ("", "cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ("http://127.0.0.1:9/aws", "eu-west-1", "http://127.0.0.1:9/aws"),
    ],
)
def test_the_address_is_that_of_the_region_or_the_channels(base_url: str, region: str, host: str) -> None:
    sent = outbound(target("x", base_url), Access(region, PAIR), "converse", {"messages": []})
    assert sent.url == f"{host}/model/amazon.nova-lite-v1%3A0/converse"
    assert sent.body == b'{"messages":[]}'


def test_a_request_is_signed_as_it_is_sent() -> None:
    given = target("x")
    sent = outbound(given, Access("eu-west-1", PAIR), "invoke", {"a": "é"}, (("x-amzn-bedrock-service-tier", "flex"),))
    unsigned = replace(sent, secrets=())
    assert sent.secrets == signature_headers(unsigned, PAIR, Scope("eu-west-1", "bedrock"), given.now)
    authorization = dict(sent.secrets)["authorization"]
    assert "/20270115/eu-west-1/bedrock/aws4_request" in authorization
    assert "SignedHeaders=accept;content-type;host;x-amz-date;x-amzn-bedrock-service-tier," in authorization
    assert "fake/secret" not in repr(sent)


def test_an_api_key_is_a_bearer() -> None:
    sent = outbound(target("x"), Access("eu-west-1", api_key=API_KEY), "converse", {})
    assert sent.secrets == (("authorization", f"Bearer {API_KEY}"),)
