"""Bytes in the place of URLs: for whom, where, and what a client is told when it does not work."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from addon import inlining
from addon.canon.request import ChatRequest, Endpoint, Image, ImageRequest, Request, Text
from addon.errors import Refusal
from addon.face.decode import decode
from addon.fetch import Fetched, Unfetchable
from addon.inlining import inlined
from addon.plan import Candidate
from tests.addon.exchanges import candidates

PNG = b"\x89PNG\r\n\x1a\n some pixels"
SITE = {
    "https://site.test/a.png": Fetched("application/octet-stream", PNG),
    "https://site.test/b": Fetched("image/heic", b"unknown signature"),
    "https://site.test/d/paper%201.pdf?x=/y": Fetched("text/plain", b"%PDF-1.7 .."),
    "https://site.test/notes": Fetched("text/markdown", b"# Notes"),
    "https://site.test/page": Fetched("text/html", b"<html>"),
    "https://site.test/what": Fetched("", b"??"),
    "HTTP://site.test/photo": Fetched("image/jpg", b"\xff\xd8\xff\xe0"),
    "https://site.test/w": Fetched("", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
}


class Site:
    """What is fetched, and how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, url: str, limit: int) -> Fetched:
        self.asked.append(url)
        await asyncio.sleep(0)
        if url not in SITE:
            raise Unfetchable("the server answered with status 404")
        return SITE[url]


def candidate(wants: bool = True, takes_url: Callable[[str], bool] | None = None) -> Candidate:
    [one] = candidates()
    return replace(one, codec=replace(one.codec, inline_urls=wants, takes_url=takes_url))


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def file(url: str, **fields: str) -> dict[str, Any]:
    return {"type": "file", "file": {"file_url": url, **fields}}


def asking(*parts: dict[str, Any]) -> ChatRequest:
    document = {"model": "m", "messages": [{"role": "system", "content": "Look."}, {"role": "user", "content": parts}]}
    request = decode(Endpoint.CHAT, "application/json", json.dumps(document).encode())
    assert isinstance(request, ChatRequest)
    return request


def run(
    request: Request, *able: Candidate, site: Site | None = None
) -> tuple[Request, tuple[Candidate, ...]] | Refusal:
    return asyncio.run(inlined(request, able or (candidate(),), (site or Site()).fetch))


def parts_of(found: Any) -> Any:
    assert not isinstance(found, Refusal), found
    return found[0].messages[1].parts


def test_the_view_has_bytes_and_the_document_its_urls() -> None:
    request = asking({"type": "text", "text": "What is it?"}, image("https://site.test/a.png"))
    found = run(request)
    data = base64.b64encode(PNG).decode()
    assert parts_of(found) == (
        Text("What is it?"),
        Image(f"data:image/png;base64,{data}", "low", "image/png", data),
    )
    assert not isinstance(found, Refusal)
    assert (found[0].raw, found[0].body) == (request.raw, request.body)
    assert b"https://site.test/a.png" in found[0].raw


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (image("https://site.test/b"), ("", "image/heic")),
        (image("HTTP://site.test/photo"), ("", "image/jpeg")),
        (image("https://site.test/w"), ("", "image/webp")),
        (file("https://site.test/d/paper%201.pdf?x=/y"), ("paper 1.pdf", "application/pdf")),
        (file("https://site.test/notes", filename="n.md"), ("n.md", "text/markdown")),
        (file("https://site.test/what"), ("what", "")),
    ],
)
def test_what_the_bytes_are(part: dict[str, Any], wanted: tuple[str, str]) -> None:
    [found] = parts_of(run(asking(part)))
    assert (getattr(found, "filename", ""), found.media_type) == wanted
    assert not found.url or found.url.startswith(f"data:{found.media_type};base64,")


def test_who_takes_urls_gets_them() -> None:
    request, site = asking(image("https://site.test/a.png")), Site()
    for one in (candidate(wants=False), candidate(takes_url=lambda url: "site.test" in url)):
        assert run(request, one, site=site) == (request, (one,))
    assert site.asked == []


def test_what_is_no_url_stays() -> None:
    request, site = (
        asking(image("data:image/png;base64,aGk="), {"type": "text", "text": "https://site.test/a.png"}),
        Site(),
    )
    found = run(request, site=site)
    assert not isinstance(found, Refusal)
    assert found[0] is request
    assert site.asked == []


def test_a_url_is_fetched_once() -> None:
    site = Site()
    found = run(asking(image("https://site.test/a.png"), image("https://site.test/a.png")), site=site)
    assert len({part.data for part in parts_of(found)}) == 1
    assert site.asked == ["https://site.test/a.png"]


def test_pictures_to_edit() -> None:
    request = ImageRequest({}, b"{}", "m", "draw", Endpoint.IMAGE_EDITS, images=("https://site.test/a.png", "data:,x"))
    found = run(request)
    assert not isinstance(found, Refusal)
    assert isinstance(found[0], ImageRequest)
    assert found[0].images == ("data:image/png;base64," + base64.b64encode(PNG).decode(), "data:,x")


def test_other_requests_name_nothing() -> None:
    request = decode(Endpoint.EMBEDDINGS, "application/json", b'{"model": "m", "input": "https://site.test/a.png"}')
    found = run(request)
    assert not isinstance(found, Refusal)
    assert found[0] is request
    assert inlining.with_bytes(request, SITE) is request


@pytest.mark.parametrize(
    ("part", "code", "told"),
    [
        (image("https://site.test/gone"), "invalid_image_url", "the picture could not be fetched: the server answered"),
        (image("https://site.test/page"), "invalid_image_url", "it is no picture but text/html"),
        (image("https://site.test/what"), "invalid_image_url", "it is no picture but of an unknown type"),
        (file("https://site.test/gone"), "invalid_file_url", "the file could not be fetched: the server answered"),
    ],
)
def test_what_cannot_be_fetched_is_named(part: dict[str, Any], code: str, told: str) -> None:
    refusal = run(asking({"type": "text", "text": "Look"}, part))
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.type, refusal.code) == (400, "invalid_request_error", code)
    assert refusal.param == "messages[1].content[1]"
    assert refusal.english.startswith("messages[1].content[1]: ")
    assert told in refusal.english
    assert "messages[1].content[1]" in refusal.message


def test_who_takes_urls_serves_what_we_cannot_fetch() -> None:
    request = asking(image("https://site.test/gone"), image("https://site.test/a.png"))
    wanting, taking = candidate(), candidate(wants=False)
    found = run(request, wanting, taking)
    assert not isinstance(found, Refusal)
    assert found[1] == (taking,)
    assert [part.url[:18] for part in parts_of(found)] == ["https://site.test/", "data:image/png;bas"]


def test_there_is_an_end_to_what_one_request_may_name(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [image(f"https://site.test/{number}") for number in range(33)]
    for number in range(33):
        monkeypatch.setitem(SITE, f"https://site.test/{number}", Fetched("image/png", PNG))
    refusal = run(asking(*many))
    assert isinstance(refusal, Refusal)
    assert (refusal.param, "at most 32 URLs" in refusal.english) == ("messages[1].content[32]", True)
    monkeypatch.setattr(inlining, "TOTAL", 10 * len(PNG))
    refusal = run(asking(*many[:20]))
    assert isinstance(refusal, Refusal)
    assert "MB together" in refusal.english
