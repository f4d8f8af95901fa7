"""JSON Web Tokens (RFC 7519): HS256 for shared secrets, RS256 for private keys.

Must not know whose token it is, what its claims mean, nor the time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def hs256(claims: Mapping[str, Any], secret: bytes, header: Mapping[str, Any] | None = None) -> str:
    """A token signed with a shared secret. `header` are further fields, behind `alg`, in their order."""
    return _token("HS256", claims, header, lambda signed: hmac.digest(secret, signed, hashlib.sha256))


def rs256(claims: Mapping[str, Any], private_key: str, header: Mapping[str, Any] | None = None) -> str:
    """A token signed with an RSA key in PEM. Raises ValueError if that is none."""
    key = _rsa_key(private_key)
    return _token("RS256", claims, header, lambda signed: key.sign(signed, PKCS1v15(), SHA256()))


def _token(
    algorithm: str, claims: Mapping[str, Any], header: Mapping[str, Any] | None, sign: Callable[[bytes], bytes]
) -> str:
    signed = b".".join(_part(_json(part)) for part in ({"alg": algorithm, **(header or {})}, claims))
    return b".".join((signed, _part(sign(signed)))).decode("ascii")


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@lru_cache(maxsize=32)
def _rsa_key(pem: str) -> RSAPrivateKey:
    """Reading a key takes longer than signing with it."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: it needs a password
        raise ValueError("this is no private key in PEM that can be used") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("this is no RSA key")
    return key
