"""Requests about files go to the provider's address with its key, and nothing else about them changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.raw import RawRequest
from addon.canon.request import Endpoint
from addon.dialects import azure, openai
from addon.dialects.openai_files import PAGES
from rules.providers import PROVIDERS

KEY = "sk-fake-files"


def request(path: str = "/files/file-1/content", query: str = "") -> RawRequest:
    return RawRequest(Endpoint.FILES, "POST", path, query, (("content-type", "x/y"),), b"body")


def sent(dialect: Any, base: str, request: RawRequest, version: str = "", **quirks: Any) -> Outbound:
    target = Target(base, KEY, "files", Quirks(**quirks), {"api_version": version})
    found: Outbound = dialect.DIALECT.codecs[Endpoint.FILES].build(request, target)
    return found


def test_openai() -> None:
    assert sent(openai, "https://api.openai.com", request(query="limit=2"), headers=(("X-Own", "1"),)) == Outbound(
        method="POST",
        url="https://api.openai.com/v1/files/file-1/content?limit=2",
        headers=(("content-type", "x/y"), ("x-own", "1")),
        body=b"body",
        secrets=(("authorization", f"Bearer {KEY}"),),
    )
    assert sent(openai, "https://h/v1", request("/batches")).url == "https://h/v1/batches"


@pytest.mark.parametrize(
    ("base", "version", "url"),
    [
        ("https://r.example", "", "https://r.example/openai/v1/batches?limit=2"),
        ("https://r.example/openai/v1", "2024-10-21", "https://r.example/openai/v1/batches?limit=2"),
        ("https://r.example", "preview", "https://r.example/openai/v1/batches?api-version=preview&limit=2"),
        ("https://r.example", "2024-10-21", "https://r.example/openai/batches?api-version=2024-10-21&limit=2"),
    ],
)
def test_azure(base: str, version: str, url: str) -> None:
    found = sent(azure, base, request("/batches", "limit=2"), version)
    assert (found.url, found.secrets) == (url, (("api-key", KEY),))


def test_replies_say_nothing_to_the_meter() -> None:
    codec = openai.DIALECT.codecs[Endpoint.FILES]
    assert list(codec.read_reply(request(), Target("", "", ""), b"{}")) == []


def test_only_openai_itself_and_azure_have_files() -> None:
    assert [row.id for row in PROVIDERS.values() if Endpoint.FILES in row.endpoints] == [1, 3]


def follow_up(body: bytes, count: int = 1, **changes: Any) -> str | None:
    asked = RawRequest(Endpoint.FILES, "GET", "/batches", "limit=2&after=x&order=asc", model="batches")
    codec = openai.DIALECT.codecs[Endpoint.FILES]
    assert codec.follow_up is not None
    found = codec.follow_up(replace(asked, **changes), Target("https://h", KEY, "batches"), body, count)
    return found.outbound.url if found else None


def test_a_list_is_read_page_by_page_to_a_bound() -> None:
    more = b'{"has_more": true, "data": [{"id": "a"}, {"id": "b/1"}]}'
    assert follow_up(more) == "https://h/v1/batches?order=asc&after=b%2F1&limit=100"
    assert follow_up(more, PAGES) is None
    assert follow_up(b'{"has_more": false, "data": [{"id": "a"}]}') is None
    assert follow_up(more, method="POST") is None
    assert follow_up(more, path="/batches/b") is None
