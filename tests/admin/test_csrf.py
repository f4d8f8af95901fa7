from __future__ import annotations

import pytest

from admin.csrf import reads_cross_site, refuses

HOST = {"Host": "127.0.0.1:3000", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "headers", "cookie", "allowed"),
    [
        pytest.param("GET", {"Sec-Fetch-Site": "cross-site"}, True, True, id="safe method"),
        pytest.param("POST", {"Sec-Fetch-Site": "same-origin"}, True, True, id="our page"),
        pytest.param("POST", {"Sec-Fetch-Site": "none"}, True, True, id="typed by the user"),
        pytest.param("POST", {"Sec-Fetch-Site": "same-site"}, True, False, id="a sister domain or another port"),
        pytest.param("POST", {"Sec-Fetch-Site": "cross-site"}, True, False, id="another site"),
        pytest.param("POST", {"Origin": "http://127.0.0.1:3000"}, True, True, id="our origin"),
        pytest.param("POST", {"Origin": "https://127.0.0.1:3000"}, True, True, id="behind a TLS proxy"),
        pytest.param("POST", {"Origin": "http://127.0.0.1:4000"}, True, False, id="another port"),
        pytest.param("POST", {"Origin": "null"}, True, False, id="a sandboxed frame"),
        pytest.param("POST", {}, True, False, id="says nothing"),
        pytest.param("DELETE", {}, True, False, id="delete says nothing"),
        pytest.param("POST", {}, False, True, id="a program without a cookie"),
        pytest.param("POST", {"Sec-Fetch-Site": "cross-site"}, False, False, id="log-in from another site"),
        pytest.param("POST", {"Origin": "http://evil.example"}, False, False, id="log-in from another origin"),
    ],
)
def test_who_may_act(method: str, headers: dict[str, str], cookie: bool, allowed: bool) -> None:
    refusal = refuses(method, {**HOST, **headers}, has_cookie=cookie, has_body=True)
    assert (refusal is None) is allowed


@pytest.mark.parametrize(
    ("content_type", "body", "allowed"),
    [
        ("application/json; charset=utf-8", True, True),
        ("application/x-www-form-urlencoded", True, True),
        ("multipart/form-data; boundary=x", True, True),
        ("text/plain", True, False),
        ("", True, False),
        ("", False, True),
    ],
)
def test_which_bodies_a_cookie_may_carry(content_type: str, body: bool, allowed: bool) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
    assert (refuses("POST", headers, has_cookie=True, has_body=body) is None) is allowed


def test_an_origin_does_not_match_an_empty_host() -> None:
    assert refuses("POST", {"Origin": "null", "Host": ""}, has_cookie=True, has_body=False) is not None


@pytest.mark.parametrize(("site", "other"), [("same-origin", False), ("none", False), ("", False), ("same-site", True)])
def test_reads_cross_site(site: str, other: bool) -> None:
    assert reads_cross_site({"Sec-Fetch-Site": site} if site else {}) is other
