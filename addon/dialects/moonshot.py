"""Moonshot (Kimi): OpenAI's dialect, but pictures come as bytes: an http(s) URL in a message is refused.

Composes `openai`; its models' other wishes are the edits `moonshot` and `kimi`. https://platform.moonshot.cn/docs
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from addon.canon.codec import Dialect
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Endpoint, Image, Message
from addon.dialects import openai
from addon.dialects.openai_splice import dumps

Json = dict[str, Any]
CHAT = openai.DIALECT.codecs[Endpoint.CHAT]


def build(request: ChatRequest, target: Target) -> Outbound:
    return CHAT.build(with_pictures(request), target)


def with_pictures(request: ChatRequest) -> ChatRequest:
    """The request with the pictures that were fetched, also in the client's document, which is what will be sent."""
    given = request.body["messages"]
    fetched = [filled(one, message) for one, message in zip(given, request.messages, strict=True)]
    if fetched == given:
        return request
    body = {**request.body, "messages": fetched}
    return replace(request, body=body, raw=dumps(body).encode("utf-8", "surrogatepass"))


def filled(given: Json, message: Message) -> Json:
    """One message of the document, with the pictures of its view."""
    content = given.get("content")
    if not isinstance(content, list):
        return given
    pictures = iter([part for part in message.parts if isinstance(part, Image)])
    return {**given, "content": list(parts(content, pictures, message.param))}


def parts(content: Iterable[Any], pictures: Iterator[Image], param: str) -> Iterator[Any]:
    for position, part in enumerate(content):
        if not (isinstance(part, dict) and part.get("type") == "image_url"):
            yield part
            continue
        picture = next(pictures)
        if picture.url[:4].lower() == "http":
            where = f"{param}.content[{position}]"
            raise CannotCarry(where, "Moonshot takes pictures as data URLs only; send the picture itself.")
        holder = part["image_url"]
        url = holder.get("url") if isinstance(holder, dict) else holder
        yield part if url == picture.url else {**part, "image_url": {"url": picture.url}}


DIALECT = Dialect(
    name="moonshot",
    codecs={Endpoint.CHAT: replace(CHAT, build=build, inline_urls=True)},
    read_error=openai.DIALECT.read_error,
)
