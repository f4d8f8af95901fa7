"""Spark's URL signatures, against the example of iFlytek's documentation and one computed beside it."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from addon.signing.spark import http_date, signature_query, signed_url

DOCUMENTED = "https://www.xfyun.cn/doc/spark/general_url_authentication.html"
API_KEY, API_SECRET = "0123456789abcdef0123456789abcdef", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
NEW_YEAR = 1_735_689_600
SIGNED = (
    "YXBpX2tleT0iMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLCBhbGdvcml0aG09ImhtYWMtc2hhMjU2IiwgaGVhZGVycz0iaG9zdCBk"
    "YXRlIHJlcXVlc3QtbGluZSIsIHNpZ25hdHVyZT0iaUxWa2ZCSnZnVGU5Y2VXR1BYdk1aTWpkUE51S2dJbWczRUk5UVA2YllBOD0i"
)


def test_the_documentations_own_example() -> None:
    found = signature_query(
        "wss://spark-api.xf-yun.com/v1.1/chat",
        "addd2272b6d8b7c8abdd79531420ca3b",
        "MjlmNzkzNmZkMDQ2OTc0ZDdmNGE2ZTZi",
        "Fri, 05 May 2023 10:43:39 GMT",
    )
    assert found == {
        "authorization": (
            "YXBpX2tleT0iYWRkZDIyNzJiNmQ4YjdjOGFiZGQ3OTUzMTQyMGNhM2IiLCBhbGdvcml0aG09ImhtYWMtc2hhMjU2IiwgaGVhZGVycz0i"
            "aG9zdCBkYXRlIHJlcXVlc3QtbGluZSIsIHNpZ25hdHVyZT0iejVnSGR1M3B4VlY0QURNeWs0Njd3T1dEUTlxNkJRelIzbmZNVGpjL0Rh"
            "UT0i"
        ),
        "date": "Fri, 05 May 2023 10:43:39 GMT",
        "host": "spark-api.xf-yun.com",
    }, DOCUMENTED


def test_the_signed_url_of_the_fact_sheet() -> None:
    found = signed_url("wss://spark-api.xf-yun.com/v3.5/chat", API_KEY, API_SECRET, NEW_YEAR)
    assert found == (
        f"wss://spark-api.xf-yun.com/v3.5/chat?authorization={SIGNED}"
        "&date=Wed%2C+01+Jan+2025+00%3A00%3A00+GMT&host=spark-api.xf-yun.com"
    )
    query = parse_qs(urlsplit(found).query)
    assert b'signature="iLVkfBJvgTe9ceWGPXvMZMjdPNuKgImg3EI9QP6bYA8="' in base64.b64decode(query["authorization"][0])


def test_what_stands_in_the_query_is_escaped() -> None:
    """A signature with + and / must come back as it was."""
    secrets = (f"a-fake-secret-{number}" for number in range(50))
    for secret in secrets:
        found = signed_url("wss://spark.test:8443/v1.1/chat", API_KEY, secret, NEW_YEAR)
        query = {name: value for name, [value] in parse_qs(urlsplit(found).query, strict_parsing=True).items()}
        assert query == signature_query("wss://spark.test:8443/v1.1/chat", API_KEY, secret, http_date(NEW_YEAR))
        assert query["host"] == "spark.test:8443"


@pytest.mark.parametrize(
    ("now", "date"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (NEW_YEAR, "Wed, 01 Jan 2025 00:00:00 GMT"),
        (1_683_283_419, "Fri, 05 May 2023 10:43:39 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
    ],
)
def test_a_date(now: int, date: str) -> None:
    assert http_date(now) == date
