"""Moonshot's pictures; its other wishes are in `test_openai_edits_china`, its replies in `test_openai`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from addon.canon.request import CannotCarry, ChatRequest, Endpoint, Image
from addon.dialects.moonshot import DIALECT
from tests.addon.dialects.composed import through_row
from tests.addon.dialects.native import PIXEL, USER, chat, document

DATA = f"data:image/png;base64,{PIXEL}"
TEXT = {"type": "text", "text": "Which is which?"}


def picture(url: str, **fields: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **fields}}


def fetched(request: ChatRequest) -> ChatRequest:
    """The request as the relay hands it on: in its view there are bytes for each URL."""

    def filled(part: Any) -> Any:
        return replace(part, url=DATA, data=PIXEL) if isinstance(part, Image) and part.url[:4] == "http" else part

    messages = (replace(one, parts=tuple(map(filled, one.parts))) for one in request.messages)
    return replace(request, messages=tuple(messages))


def test_urls_are_wanted_as_bytes() -> None:
    assert DIALECT.codecs[Endpoint.CHAT].inline_urls


def test_fetched_pictures_stand_where_their_urls_were() -> None:
    content = [TEXT, picture("https://images.example/a.png", detail="low"), picture(DATA), {"type": "file", "file": {}}]
    request = chat(USER, {"role": "user", "content": content[:3]}, USER)
    made = document(through_row(25, fetched(request), "kimi-k2.6"))
    assert made["messages"] == [USER, {"role": "user", "content": [TEXT, picture(DATA), picture(DATA)]}, USER]


def test_request_without_urls_passes_as_it_is() -> None:
    request = chat({"role": "user", "content": [TEXT, picture(DATA), picture("ms://file-1")]})
    outbound = through_row(25, request, "asked-for")
    assert outbound.body == request.raw


def test_url_that_was_not_fetched_is_refused() -> None:
    request = chat(USER, {"role": "user", "content": [TEXT, picture("https://images.example/a.png")]})
    with pytest.raises(CannotCarry, match="data URLs") as caught:
        through_row(25, request, "kimi-k2.6")
    assert caught.value.param == "messages[1].content[1]"
