"""Replies with pictures in OpenAI's dialect, and in what others have made of it.

What follows the dialect passes as it is; what does not is told in events. Where a provider gives URLs only, the bytes
are fetched from the stores that its row names, and from the channel's own host. Must not know requests' forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.codec import FollowUp
from addon.canon.downloads import downloads, wants_bytes, with_files
from addon.canon.drawing import Drawing
from addon.canon.events import Event, Failed, Meaning, Passed, PictureMade
from addon.canon.fault import Fault, FaultKind
from addon.canon.outbound import Target
from addon.dialects.openai_fault import fault_in
from addon.dialects.openai_meanings import started
from addon.dialects.openai_media import media_usage
from addon.dialects.openai_repairs import REPAIRS

Json = dict[str, Any]
FILTERED = "content_filtered"
"""StepFun's reason for a picture that it does not show."""


def follow_up(request: Drawing, target: Target, body: bytes, count: int) -> FollowUp | None:
    """The files of the pictures, if the client wants bytes and the provider gave addresses."""
    if not wants_bytes(request) or b'"url"' not in body:
        return None
    addresses = (picture.url for picture in told(items_of(json.loads(body))))
    return downloads(addresses, target.base_url, target.quirks.picture_stores)


def read_images(request: Drawing, target: Target, body: bytes) -> Iterator[Event]:
    """The pictures of a reply, with the files behind it. Raises ValueError if it holds none and no error either."""
    found = json.loads(body)
    document, *files = found if isinstance(found, list) and found else [found]
    if not isinstance(document, dict):
        raise ValueError("a reply that is no JSON object")
    for name in target.quirks.repairs:
        REPAIRS[name](document)
    fault = fault_in(document)
    if fault is not None:
        yield Failed(fault)
        return
    items = items_of(document)
    pictures = told(items)
    if not pictures:
        yield Failed(undrawn(items))
        return
    pictures = list(with_files(pictures, files, target.base_url, target.quirks.picture_stores))
    said: list[Meaning] = [started(document), *pictures, *media_usage(document)]
    if not files and follows_openai(document, len(pictures)):
        yield Passed(body.strip(), tuple(said))
    else:
        yield from said


def follows_openai(document: Json, pictures: int) -> bool:
    data = document.get("data")
    plain = isinstance(data, list) and len(data) == pictures and not any("image" in item for item in data)
    # OpenRouter counts in the words of a chat.
    counted = document.get("usage") is None or "input_tokens" in document["usage"]
    return plain and counted and isinstance(document.get("created"), int)


def items_of(document: Json) -> list[Json]:
    """What there is of pictures, under any of the names they have. Raises ValueError for a reply without."""
    found = document.get("data") or document.get("images")
    if not isinstance(found, list):
        raise ValueError("a reply without pictures")
    return [item if isinstance(item, dict) else {"url": item} for item in found if isinstance(item, dict | str)]


def told(items: Iterable[Json]) -> list[PictureMade]:
    """The pictures among these; one that was filtered or has failed is none."""
    good = [item for item in items if item.get("finish_reason") != FILTERED and (place(item) or pixels_in(item))]
    return [
        PictureMade(
            index,
            url="" if pixels_in(item) else place(item),
            data=pixels_in(item),
            revised_prompt=item.get("revised_prompt") or "",
            media_type=item.get("mime_type") or item.get("media_type") or "",
        )
        for index, item in enumerate(good)
    ]


def place(item: Json) -> str:
    return str(item.get("url") or "")


def pixels_in(item: Json) -> str:
    return str(item.get("b64_json") or item.get("image") or "")


def undrawn(items: Iterable[Json]) -> Fault:
    """Why no picture came: what the first of them says, or a filter."""
    error: Json = next((item["error"] for item in items if isinstance(item.get("error"), dict)), {})
    message = str(error.get("message") or "the provider drew nothing: its filter refused the prompt")
    return Fault(FaultKind.CONTENT_FILTER, 400, message, "invalid_request_error", error.get("code") or "content_filter")
