"""Credentials, addresses and minted tokens of Vertex AI channels."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from addon.canon.codec import BadKey
from addon.canon.outbound import Target
from addon.dialects.vertex_access import Access, access_of, mint, outbound
from tests.addon.dialects.credentials import TOKEN_URI, pem, private_key, service_account, user

ACCOUNT = service_account()
NOW = 1_800_000_123


def target(key: str, base_url: str = "", minted: str = "", now: int = NOW, **config: str) -> Target:
    return Target(base_url, key, "gemini-2.5-flash", config=config, minted=minted, now=now)


@pytest.mark.parametrize(
    ("given", "access"),
    [
        (target(ACCOUNT), Access("global", "fake-project", credentials=ACCOUNT)),
        (
            target(ACCOUNT, region="us-central1", vertex_ai_project_id="other"),
            Access("us-central1", "other", credentials=ACCOUNT),
        ),
        # One API keeps it in the settings, and makes this key of them.
        (
            target("x", region="us-central1", vertex_ai_project_id="other", vertex_ai_adc=ACCOUNT),
            Access("us-central1", "other", credentials=ACCOUNT),
        ),
        (target(f"europe-west4|mine|{ACCOUNT}"), Access("europe-west4", "mine", credentials=ACCOUNT)),
        (target(f"||{ACCOUNT}"), Access("global", "fake-project", credentials=ACCOUNT)),
        (target(user()), Access("global", "quota-project", credentials=user())),
        (target("fake-api-key"), Access("global", "", api_key="fake-api-key")),
        (
            target("fake-api-key", region="us-central1", vertex_ai_project_id="mine"),
            Access("us-central1", "mine", api_key="fake-api-key"),
        ),
    ],
)
def test_a_key_of_each_form_is_understood(given: Target, access: Access) -> None:
    assert access_of(given) == access


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "service account"),
        ("{not json", "not JSON"),
        ("{" * 100_000, "not JSON"),
        ("{}", "no service account's"),
        ('{"type": "external_account"}', "no service account's"),
        ('{"type": "service_account", "client_email": "a"}', "no service account's"),
        ('{"type": "authorized_user", "client_id": 5}', "no service account's"),
        (service_account(project_id=None), "id of the Google Cloud project"),
    ],
)
def test_a_key_of_another_form_is_told_which_form_it_should_have(key: str, said: str) -> None:
    with pytest.raises(BadKey, match=said):
        access_of(target(key))


def test_an_account_whose_private_key_is_none_says_so_without_showing_it() -> None:
    with pytest.raises(BadKey, match="private_key") as told:
        mint(target(service_account(private_key="-----BEGIN fake-----")))
    assert "fake-" not in str(told.value)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_service_account_signs_for_its_token() -> None:
    wanted = mint(target(ACCOUNT))
    assert wanted is not None
    assert (wanted.outbound.method, wanted.outbound.url) == ("POST", TOKEN_URI)
    form = parse_qs(wanted.outbound.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    header, claims, signature = form["assertion"][0].split(".")
    assert json.loads(decoded(header)) == {"alg": "RS256", "typ": "JWT", "kid": "fake-key-id"}
    said = json.loads(decoded(claims))
    assert (said["iss"], said["aud"]) == ("ada@fake-project.iam.example", TOKEN_URI)
    assert said["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert said["iat"] <= NOW and NOW + 1700 < said["exp"] == said["iat"] + 3600
    private_key().public_key().verify(decoded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())


def test_the_statement_is_signed_once_per_half_hour() -> None:
    first, soon, later = (mint(target(ACCOUNT, now=NOW - NOW % 1800 + after)) for after in (0, 1799, 1800))
    assert first is not None and soon is not None and later is not None
    assert first.outbound == soon.outbound != later.outbound


def test_an_account_without_a_key_id_or_address_uses_googles() -> None:
    wanted = mint(target(service_account(private_key_id=None, token_uri=None)))
    assert wanted is not None and wanted.outbound.url == "https://oauth2.googleapis.com/token"
    [assertion] = parse_qs(wanted.outbound.body.decode())["assertion"]
    assert json.loads(decoded(assertion.split(".")[0])) == {"alg": "RS256", "typ": "JWT"}


def test_a_user_trades_the_refresh_token() -> None:
    wanted = mint(target(user()))
    assert wanted is not None and wanted.outbound.url == "https://oauth2.googleapis.com/token"
    assert parse_qs(wanted.outbound.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["fake-client"],
        "client_secret": ["fake-secret"],
        "refresh_token": ["fake-refresh"],
    }


def test_each_credential_has_its_own_token_and_the_name_tells_nothing() -> None:
    mints = [mint(target(key)) for key in (ACCOUNT, user(), ACCOUNT)]
    keys = [one.key for one in mints if one is not None]
    assert keys[0] == keys[2] != keys[1]
    assert not any(part in key for key in keys for part in ("fake", pem()[60:80]))


def test_an_api_key_needs_no_token() -> None:
    assert mint(target("fake-api-key")) is None


def test_the_token_and_its_life_are_read() -> None:
    wanted = mint(target(ACCOUNT))
    assert wanted is not None
    told = {"access_token": "ya29.fake", "expires_in": 3599, "token_type": "Bearer"}
    assert wanted.read(json.dumps(told).encode()) == ("ya29.fake", 3599)
    assert wanted.read(b'{"access_token": "ya29.fake"}') == ("ya29.fake", 3600)
    with pytest.raises(KeyError):
        wanted.read(b'{"id_token": "x"}')


PLACE = "projects/fake-project/locations"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (target(ACCOUNT), f"https://aiplatform.googleapis.com/v1beta1/{PLACE}/global/x"),
        (
            target(ACCOUNT, region="us-central1"),
            f"https://us-central1-aiplatform.googleapis.com/v1beta1/{PLACE}/us-central1/x",
        ),
        (target(ACCOUNT, region="eu"), f"https://aiplatform.eu.rep.googleapis.com/v1beta1/{PLACE}/eu/x"),
        (target(ACCOUNT, api_version="v1"), f"https://aiplatform.googleapis.com/v1/{PLACE}/global/x"),
        (target(ACCOUNT, "http://127.0.0.1:9"), f"http://127.0.0.1:9/v1beta1/{PLACE}/global/x"),
        (target(ACCOUNT, "http://127.0.0.1:9/v1"), f"http://127.0.0.1:9/v1/{PLACE}/global/x"),
        (target("fake-api-key"), "https://aiplatform.googleapis.com/v1beta1/x"),
    ],
)
def test_the_address_is_that_of_the_region_or_the_channels(given: Target, url: str) -> None:
    assert outbound(given, access_of(given), "x", {}).url == url


def test_a_request_carries_the_minted_token_or_the_api_key() -> None:
    for given, secret in (
        (target(ACCOUNT, minted="ya29.fake"), ("authorization", "Bearer ya29.fake")),
        (target("fake-api-key"), ("x-goog-api-key", "fake-api-key")),
    ):
        sent = outbound(given, access_of(given), "x", {"a": "é"})
        assert (sent.secrets, sent.body) == ((secret,), b'{"a":"\\u00e9"}')
        assert "fake-api-key" not in f"{sent.url}{sent.headers}"
