"""AI Proxy's knowledge bases (`/api/library/ask`): a question in, an answer with the documents it rests on out.

The documents are put below the answer, as One API does it. One question, no history. Must not know channels.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from addon.canon.codec import BadKey, Codec, Dialect, Reader
from addon.canon.dialogue import body_of
from addon.canon.events import Ended, Event, Failed, Finished, Started, TextDelta
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import CannotCarry, ChatRequest, Endpoint
from addon.canon.texts import plain_text
from addon.canon.turns import refuse_tools
from addon.dialects import plain_fault
from addon.dialects.openai_fault_kinds import kind_of

Json = dict[str, Any]
HEADING = "参考文档："


def build(request: ChatRequest, target: Target) -> Outbound:
    library = target.config.get("library_id", "").strip()
    if not library:
        raise BadKey("An AI Proxy channel needs the library ID, from AI Proxy's console, in its configuration.")
    refuse_tools(request, "AI Proxy's knowledge base")
    message = request.messages[-1]
    query = plain_text(message, "AI Proxy")
    if not query.strip():
        raise CannotCarry(f"{message.param}.content", "The last message is the question; put a text into it.")
    document = {"model": target.model, "query": query, "libraryId": library, "stream": request.stream}
    return Outbound(
        method="POST",
        url=f"{target.base_url}/api/library/ask",
        headers=(("content-type", "application/json"),),
        body=body_of(document),
        secrets=(("authorization", f"Bearer {target.key}"),),
    )


class StreamReader:
    """One streamed answer; the documents come with any frame, the last ones count."""

    def __init__(self) -> None:
        self.documents: list[Json] = []
        self.finished = False

    def read(self, frame: Frame) -> Iterable[Event]:
        if frame.data.strip() == b"[DONE]":
            return [*(() if self.finished else self.end()), Ended()]
        document = json.loads(frame.data)
        if is_error(document):
            return [failed(document)]
        self.documents = document.get("documents") or self.documents
        text = document.get("content")
        said = [TextDelta(text)] if text else []
        return [*said, *self.end()] if document.get("finish") else said

    def end(self) -> Iterator[Event]:
        self.finished = True
        yield from references(self.documents)
        yield Finished("stop")

    def close(self) -> Iterable[Event]:
        """Nothing: the last frame says that it is the last."""
        return []


def reader(request: ChatRequest, target: Target) -> Reader:
    return StreamReader()


def read_reply(request: ChatRequest, target: Target, body: bytes) -> Iterator[Event]:
    document = json.loads(body)
    if is_error(document):
        yield failed(document)
        return
    yield Started(model=target.model)
    yield TextDelta(document["answer"])
    yield from references(document.get("documents") or [])
    yield Finished("stop")


def is_error(document: Json) -> bool:
    return bool(document.get("errCode")) or document.get("success") is False


def failed(document: Json) -> Failed:
    """Its codes are written nowhere: the words have to say it."""
    message = str(document.get("message") or f"AI Proxy reports error {document.get('errCode')}")
    return Failed(plain_fault.fault_of(kind_of(200, "", "", message, None), message))


def references(documents: list[Json]) -> Iterator[Event]:
    lines = [f"{at}. [{one.get('title')}]({one.get('url')})" for at, one in enumerate(documents, 1)]
    if lines:
        yield TextDelta("\n\n" + "\n".join([HEADING, *lines]) + "\n")


DIALECT = Dialect(
    name="aiproxy_library",
    codecs={Endpoint.CHAT: Codec(build=build, reader=reader, read_reply=read_reply)},
    read_error=plain_fault.read_error,
)
