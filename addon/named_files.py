"""Files that a conversation, an edit of pictures or a line of a batch names by their ids: whose they are, and where.

An id is as good as the file to whoever holds the provider's key, and that is everybody who uses the channel: so only
the user's own are passed on, to the channel where they are. Must not know mitmproxy. The database is asked in a thread,
and only where an id is named.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from addon.admission import Caller
from addon.canon.request import ChatRequest, ImageRequest, Request
from addon.errors import Refusal
from addon.plan import Candidate
from addon.wire.multipart import boundary_of, parse
from rules.database import Database
from rules.objects import ObjectStore

BATCH = b"batch"
"""The purpose of an upload whose lines are requests."""
DEEPEST_LINE = 12
"""How deep an id stands in a line of a batch: its document, messages, one of them, their parts, and so on."""
DEEPEST = 4
"""How deep an id stands in a part: `{"type": "file", "file": {"file_id": ..}}`."""
NAMES = ("file_id", "file_ids")

Found = tuple[Request, tuple[Candidate, ...]]


async def with_files(
    database: Database, caller: Caller, request: Request, candidates: tuple[Candidate, ...]
) -> Found | Refusal:
    """The request and the candidates that have the files it names, all of them as they are if it names none.

    The document is written anew: of an id that stands twice in one object, what we read is what is sent.
    """
    named = dict(file_ids(request))
    if not named or not isinstance(request, ChatRequest | ImageRequest):
        return request, candidates
    places = await asyncio.to_thread(ObjectStore(database).places, caller.user.id, named)
    for one, param in named.items():
        if one not in places:
            return missing(one, param)
    able = tuple(one for one in candidates if {one.channel.id} == {*places.values()})
    if not able:
        message = "the files that the request names are at no channel, or at several, that serve this model"
        return Refusal(400, message, type="invalid_request_error", param=next(iter(named.values())))
    raw = json.dumps(request.body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return replace(request, raw=raw), able


def missing(file_id: str, param: str) -> Refusal:
    """As OpenAI says it; nothing is told of what is somebody else's."""
    return Refusal(404, f"No such File object: {file_id}", type="invalid_request_error", param=param)


def file_ids(request: Request) -> Iterator[tuple[str, str]]:
    """(id, where it stands) of every file that is named."""
    if isinstance(request, ChatRequest):
        for at, message in enumerate(request.body.get("messages") or ()):
            content = message.get("content") if isinstance(message, Mapping) else None
            if isinstance(content, list):
                yield from ids_in(content, f"messages[{at}].content", DEEPEST)
    elif isinstance(request, ImageRequest):
        for name in ("images", "image", "mask"):
            yield from ids_in(request.body.get(name), name, DEEPEST)


def ids_in(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth < 0:
        return
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from ids_in(item, f"{path}[{at}]", depth - 1)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            place = f"{path}.{name}"
            if name not in NAMES:
                yield from ids_in(item, place, depth - 1)
                continue
            for one in item if isinstance(item, list) else [item]:
                if isinstance(one, str):
                    yield one, place


def in_batch(content_type: str, raw: bytes) -> list[str]:
    """The ids that the lines of an upload name, where the upload is a batch.

    Raises ValueError for what is no form, and for a line that may name one but cannot be read.
    """
    parts = parse(boundary_of(content_type), raw)
    if not any(part.name == "purpose" and BATCH in raw[part.data_start : part.data_end] for part in parts):
        return []
    named: dict[str, None] = {}
    for part in parts:
        for line in raw[part.data_start : part.data_end].split(b"\n"):
            named |= dict.fromkeys(in_line(line))
    return list(named)


def in_line(line: bytes) -> Iterator[str]:
    if b"file_id" not in line and b"\\u" not in line:
        return
    try:
        document = json.loads(line, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        raise ValueError("a line of the batch names a file and is not valid JSON") from None
    yield from (found for found, _ in ids_in(document, "", DEEPEST_LINE))


class Pairs(dict[str, Any]):
    """An object in which nothing hides: of a name that stands twice, the provider may read either."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:
        return self._pairs
