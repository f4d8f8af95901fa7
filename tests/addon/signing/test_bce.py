"""Baidu's signature: the vectors that its own SDK gives as well."""

from __future__ import annotations

from addon.canon.outbound import Outbound
from addon.signing.bce import Credentials, authorization

CREDENTIALS = Credentials("ALTAKexampleexampleexample", "sk" * 16)
NEW_YEAR = 1_735_689_600
PREFIX = "bce-auth-v1/ALTAKexampleexampleexample/2025-01-01T00:00:00Z/1800"


def test_signature_covers_a_query() -> None:
    outbound = Outbound("GET", "https://iam.bj.baidubce.com/v1/BCE-BEARER/token?expireInSeconds=86400")
    assert authorization(outbound, CREDENTIALS, NEW_YEAR) == (
        f"{PREFIX}/host/72d971b6db79a3411cfb5b4bd1bd4078d26366180fa5929a34a10b10e9e69f75"
    )


def test_signature_covers_a_date_header_and_no_other() -> None:
    path = "/rpc/2.0/ai_custom/v1/wenxinworkshop/chat/completions_pro"
    headers = (("Content-Type", "application/json"), ("X-BCE-Date", "2025-01-01T00:00:00Z"))
    outbound = Outbound("POST", f"https://aip.baidubce.com{path}", headers, b"{}")
    assert authorization(outbound, CREDENTIALS, NEW_YEAR) == (
        f"{PREFIX}/host;x-bce-date/a63f40d22272e1bda097a2ebef0be0a40bf85168f72aec1fb5589c6679ae2cae"
    )


def test_signature_of_an_address_without_a_path_is_that_of_the_root() -> None:
    one, other = (
        authorization(Outbound("GET", f"https://bj.example{path}"), CREDENTIALS, NEW_YEAR) for path in ("", "/")
    )
    assert one == other
