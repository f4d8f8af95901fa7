"""Tokens against published vectors, against those that Zhipu's own SDK makes, and against Google's library."""

from __future__ import annotations

import base64
import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from addon.signing.jwt import hs256, rs256
from tests.clients import ask

CLAIMS = {"iss": "ada@project.iam.example", "aud": "https://oauth2.example/token", "iat": 1_800_000_000}


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: str = "") -> str:
    kept = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept).decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (
            {"sign_type": "SIGN"},
            "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04ifQ.eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYi"
            "LCJleHAiOjE3MzU2ODk4MTAwMDAsInRpbWVzdGFtcCI6MTczNTY4OTYwMDAwMH0.c_yo0FABYDcMkQvgBn_b0D3F6o0ynpme16-5_Yjx0P8",
        ),
        (
            {"sign_type": "SIGN", "typ": "JWT"},
            "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04iLCJ0eXAiOiJKV1QifQ.eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0"
            "NTY3ODlhYmNkZWYiLCJleHAiOjE3MzU2ODk4MTAwMDAsInRpbWVzdGFtcCI6MTczNTY4OTYwMDAwMH0."
            "z_i8IW86ZXPvtR6d6OuABbRHlVkBrzuy6wW8PyE9128",
        ),
    ],
)
def test_hs256_makes_the_tokens_that_zhipu_takes(header: dict[str, str], wanted: str) -> None:
    claims = {"api_key": "0123456789abcdef" * 2, "exp": 1_735_689_810_000, "timestamp": 1_735_689_600_000}
    assert hs256(claims, b"AbCdEfGhIjKlMnOp", header) == wanted


def test_hs256_makes_the_token_of_pyjwts_documentation() -> None:
    assert hs256({"some": "payload"}, b"secret", {"typ": "JWT"}) == (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzb21lIjoicGF5bG9hZCJ9.4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg"
    )


def test_rs256_is_verified_by_the_public_key() -> None:
    token = rs256(CLAIMS, pem(rsa_key()), {"typ": "JWT", "kid": "one"})
    header, claims, signature = token.split(".")
    assert json.loads(decoded(header)) == {"alg": "RS256", "typ": "JWT", "kid": "one"}
    assert json.loads(decoded(claims)) == CLAIMS
    rsa_key().public_key().verify(decoded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())


def test_rs256_says_the_same_as_googles_own_library() -> None:
    header = {"typ": "JWT", "kid": "one"}
    [theirs] = ask(_GOOGLE, [[pem(rsa_key()), CLAIMS]])
    ours = rs256(CLAIMS, pem(rsa_key()), header)
    # The order of the fields is free.
    assert [json.loads(decoded(part)) for part in ours.split(".")[:2]] == [
        json.loads(decoded(part)) for part in theirs.split(".")[:2]
    ]


@pytest.mark.parametrize(
    "key",
    ["", "not a key", "-----BEGIN PRIVATE " + "KEY-----\nAAAA\n-----END PRIVATE " + "KEY-----"],
)
def test_rs256_refuses_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="no private key"):
        rs256(CLAIMS, key)


def test_rs256_refuses_a_key_with_a_password_or_of_another_kind() -> None:
    with pytest.raises(ValueError, match="no private key"):
        rs256(CLAIMS, pem(rsa_key(), password="fake-password"))
    with pytest.raises(ValueError, match="no RSA key"):
        rs256(CLAIMS, pem(ec.generate_private_key(ec.SECP256R1())))


_GOOGLE = """
import json, sys
from google.auth import crypt, jwt

def token(pem, claims):
    return jwt.encode(crypt.RSASigner.from_string(pem, "one"), claims).decode()

print(json.dumps([token(*case) for case in json.load(sys.stdin)]))
"""
