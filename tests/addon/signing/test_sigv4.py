"""SigV4 against botocore, the code that AWS's own tools sign with, and against AWS's published example."""

from __future__ import annotations

import random
from typing import Any

from addon.canon.outbound import Outbound
from addon.signing.sigv4 import Credentials, Scope, signature_headers
from tests.clients import ask

NOW = 1_440_938_160
EXAMPLE = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def authorization(outbound: Outbound, credentials: Credentials = EXAMPLE, region: str = "us-east-1") -> str:
    return dict(signature_headers(outbound, credentials, Scope(region, "service"), NOW))["authorization"]


def test_the_signature_is_that_of_awss_test_suite() -> None:
    """`get-vanilla` and `get-vanilla-query-order-key-case` of aws-sig-v4-test-suite."""
    vanilla = authorization(Outbound("GET", "https://example.amazonaws.com/"))
    assert vanilla == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
    ordered = authorization(Outbound("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1"))
    assert ordered.endswith("Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")


def test_the_date_and_a_temporary_token_come_along() -> None:
    outbound = Outbound("GET", "https://example.amazonaws.com/")
    found = dict(signature_headers(outbound, Credentials("AK", "SK", "fake-session"), Scope("eu-west-1", "s"), NOW))
    assert found["x-amz-date"] == "20150830T123600Z"
    assert found["x-amz-security-token"] == "fake-session"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in found["authorization"]


def test_a_user_in_the_address_is_not_signed() -> None:
    plain, named = (Outbound("GET", f"https://{user}example.amazonaws.com/") for user in ("", "me:secret@"))
    assert authorization(plain) == authorization(named)


def drawn(seed: int) -> tuple[Outbound, Credentials, Scope, int]:
    """A request as Bedrock might get it, and odder ones."""
    rng = random.Random(seed)
    model = rng.choice(
        [
            "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0",
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x",
            "amazon.nova-lite-v1:0",
            "a%20b~c-d_e.f%E4%BD%A0",
        ]
    )
    path = rng.choice(["", "/", f"/model/{model}/converse", f"/proxy/model/{model}/invoke-with-response-stream"])
    query = rng.choice(["", "?b=2&a=1&a=0", "?list-type=2&empty=", "?x=%2F%20"])
    host = rng.choice(["bedrock-runtime.us-east-1.amazonaws.com", "127.0.0.1:8123", "gateway.example"])
    headers = (
        ("content-type", "application/json"),
        *rng.choice([(), (("accept", "application/json"),), (("x-amzn-note", "  two   blanks "), ("X-Upper", "Case"))]),
    )
    outbound = Outbound(
        rng.choice(["POST", "GET"]), f"https://{host}{path}{query}", headers, rng.randbytes(rng.randrange(0, 300))
    )
    credentials = Credentials(f"AKIDFAKE{seed}", f"fake/secret+{seed}", rng.choice(["", f"fake-session-{seed}"]))
    scope = Scope(rng.choice(["us-east-1", "eu-central-1", "cn-north-1"]), rng.choice(["bedrock", "service"]))
    return outbound, credentials, scope, rng.randrange(1_400_000_000, 2_000_000_000)


def test_botocore_signs_the_same_way() -> None:
    cases = [drawn(seed) for seed in range(200)]
    theirs = ask(_BOTOCORE, [as_json(*case) for case in cases])
    for (outbound, credentials, scope, now), wanted in zip(cases, theirs, strict=True):
        assert dict(signature_headers(outbound, credentials, scope, now)) == wanted, outbound


def as_json(outbound: Outbound, credentials: Credentials, scope: Scope, now: int) -> dict[str, Any]:
    return {
        "method": outbound.method,
        "url": outbound.url,
        "headers": dict(outbound.headers),
        "body": outbound.body.hex(),
        "key": [credentials.access_key, credentials.secret_key, credentials.token or None],
        "scope": [scope.service, scope.region],
        "now": now,
    }


_BOTOCORE = """
import datetime, json, sys
import botocore.auth, botocore.awsrequest, botocore.credentials

def signed(case):
    now = datetime.datetime.fromtimestamp(case["now"], datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None)
    request = botocore.awsrequest.AWSRequest(
        method=case["method"], url=case["url"], headers=case["headers"], data=bytes.fromhex(case["body"]))
    key = botocore.credentials.Credentials(*case["key"])
    botocore.auth.SigV4Auth(key, *case["scope"]).add_auth(request)
    ours = set(name.lower() for name in case["headers"])
    return {name.lower(): value for name, value in request.headers.items() if name.lower() not in ours}

print(json.dumps([signed(case) for case in json.load(sys.stdin)]))
"""
