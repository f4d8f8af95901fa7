"""What passes of a request and a reply that pass as they are."""

from __future__ import annotations

import pytest

from addon.canon.endpoint import Endpoint
from addon.canon.raw import Head, RawRequest, harmless, reply_head


@pytest.mark.parametrize(
    "name",
    [
        *(
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "proxy-authorization",
            "x-oneapi-ticket",
        ),
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection", "expect"),
        *("host", "content-length", "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"),
        *("x-stainless-os", "openai-organization", "openai-project", "accept-encoding", "sec-websocket-key"),
    ],
)
def test_a_header_that_never_passes(name: str) -> None:
    assert harmless({name: "x", "accept": "*/*"}, []) == (("accept", "*/*"),)


def test_headers_that_pass_are_those_nobody_minds() -> None:
    headers = {"content-type": "text/plain", "content-encoding": "gzip", "x-odd": "1", "openai-beta": "a=b"}
    assert harmless(headers, ["", "secret"]) == tuple(headers.items())


def test_a_header_that_is_of_the_connection_or_holds_a_secret_does_not_pass() -> None:
    headers = {"connection": "close, X-Hop", "x-hop": "1", "x-copy": "Bearer sk-secret", "x-good": "2"}
    assert harmless(headers, ["", "secret"]) == (("x-good", "2"),)


def head(method: str, status: int, **headers: str) -> Head:
    request = RawRequest(Endpoint.PROXY, method, "/x")
    return reply_head(request, status, {name.replace("_", "-"): value for name, value in headers.items()})


def test_the_head_of_a_reply_keeps_a_few_headers() -> None:
    found = head("GET", 418, content_type="text/tea", set_cookie="a=b", server="x", etag='"1"', content_length="3")
    assert found == Head(418, (("content-type", "text/tea"), ("etag", '"1"')))


def test_a_reply_without_a_body() -> None:
    assert head("DELETE", 204).bodiless
    assert head("GET", 304).bodiless
    assert head("HEAD", 200, content_length="99") == Head(200, (("content-length", "99"),), bodiless=True)
    assert head("HEAD", 200) == Head(200, (), bodiless=True)
