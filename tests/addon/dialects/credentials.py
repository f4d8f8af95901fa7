"""Google credentials that are nobody's: a service account with a key made here, and a user. Holds no dialect."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

TOKEN_URI = "http://127.0.0.1:9/token"


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def pem() -> str:
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(**fields: Any) -> str:
    """The JSON file of a service account."""
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "fake-project",
            "private_key_id": "fake-key-id",
            "private_key": pem(),
            "client_email": "ada@fake-project.iam.example",
            "token_uri": TOKEN_URI,
            **fields,
        }
    )


def user(**fields: Any) -> str:
    """What `gcloud auth application-default login` leaves."""
    return json.dumps(
        {
            "type": "authorized_user",
            "client_id": "fake-client",
            "client_secret": "fake-secret",
            "refresh_token": "fake-refresh",
            "quota_project_id": "quota-project",
            **fields,
        }
    )
