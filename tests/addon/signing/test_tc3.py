"""Tencent's signature: the vectors of Tencent's own pages, ours for Hunyuan, and what Tencent's SDK signs."""

from __future__ import annotations

from typing import Any

import pytest

from addon.canon.outbound import Outbound
from addon.signing.tc3 import SIGNED, Credentials, signature_headers
from tests.clients import ask

HUNYUAN = Credentials("AKIDEXAMPLE" + "0" * 25, "secretkeyEXAMPLE" + "0" * 17)
BODY = b'{"Model":"hunyuan-turbos-latest","Messages":[{"Role":"user","Content":"hi"}],"Stream":false}'
CVM_BODY = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
CVM_ID = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
MINIMUM = ("content-type", "host")


def post(host: str, action: str, body: bytes, content_type: str = "application/json") -> Outbound:
    headers = (("Content-Type", content_type), ("X-TC-Action", action))
    return Outbound("POST", f"https://{host}/", headers, body)


@pytest.mark.parametrize(
    ("signed", "signature"),
    [
        (SIGNED, "080c4d66d64e48d76f632aa6daf77a5530d4ea480ed881eb370f74b997248613"),
        (MINIMUM, "daf92abcb75f8f1da6f2c4f908916f20560762f76cbeb59dc661b34445773178"),
    ],
)
def test_signature_is_that_of_the_hunyuan_vector(signed: tuple[str, ...], signature: str) -> None:
    outbound = post("hunyuan.tencentcloudapi.com", "ChatCompletions", BODY)
    assert dict(signature_headers(outbound, HUNYUAN, "hunyuan", 1_735_689_600, signed)) == {
        "x-tc-timestamp": "1735689600",
        "authorization": f"TC3-HMAC-SHA256 Credential={HUNYUAN.secret_id}/2025-01-01/hunyuan/tc3_request, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}",
    }


@pytest.mark.parametrize(
    ("secret", "signed", "signature"),
    [
        (
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            MINIMUM,
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        ("*" * 32, SIGNED, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"),
    ],
)
def test_signature_is_that_of_tencents_documentation(secret: str, signed: tuple[str, ...], signature: str) -> None:
    outbound = post("cvm.tencentcloudapi.com", "DescribeInstances", CVM_BODY, "application/json; charset=utf-8")
    headers = dict(signature_headers(outbound, Credentials(CVM_ID, secret), "cvm", 1_551_113_065, signed))
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert "/2019-02-25/cvm/tc3_request" in headers["authorization"]


def test_token_of_temporary_credentials_goes_along() -> None:
    outbound = post("hunyuan.tencentcloudapi.com", "ChatCompletions", BODY)
    credentials = Credentials(HUNYUAN.secret_id, HUNYUAN.secret_key, "fake-token")
    assert dict(signature_headers(outbound, credentials, "hunyuan", 1))["x-tc-token"] == "fake-token"


def test_a_port_is_part_of_the_signed_host() -> None:
    one, other = (
        dict(signature_headers(post(host, "GetEmbedding", b"{}"), HUNYUAN, "hunyuan", 1))["authorization"]
        for host in ("127.0.0.1:8000", "127.0.0.1:9000")
    )
    assert one != other


SDK = """
import json, sys
from tencentcloud.common.sign import Sign
for_all = [Sign.sign_tc3(*item) for item in json.load(sys.stdin)]
print(json.dumps(for_all))
"""


def test_signature_is_what_tencents_sdk_makes_of_the_same_text() -> None:
    outbound = post("hunyuan.tencentcloudapi.com", "ChatCompletions", BODY)
    digest = "e535f09edb0590ea242cd7e58c858d1cf18ef1f09f99247fb390ba54ff565bfa"
    text = f"TC3-HMAC-SHA256\n1735689600\n2025-01-01/hunyuan/tc3_request\n{digest}"
    cases: list[Any] = [[HUNYUAN.secret_key, "2025-01-01", "hunyuan", text]]
    [signature] = ask(SDK, cases)
    headers = dict(signature_headers(outbound, HUNYUAN, "hunyuan", 1_735_689_600, MINIMUM))
    assert headers["authorization"].endswith(f"Signature={signature}")
