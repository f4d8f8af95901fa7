"""Recordings with something changed that should not matter: a field that is gone, null, or new; a frame that is new.

Works on any framing: the body is taken apart into documents, and put together again. Must not import the product.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.addon.wire.messages import event
from tests.corpus.framings import messages_in
from tests.recordings import Recording

Path = tuple[str | int, ...]
OPAQUE = ("args", "arguments", "input", "parameters", "partial_json")
"""What stands below these is the client's own: a new field would be a new argument."""
ESSENTIAL = frozenset(
    (
        *(
            "type",
            "event_type",
            "output",
            "choices",
            "message",
            "messageStop",
            "contentBlockStop",
            "text",
            "token",
            "logprob",
        ),
        *("done", "is_end", "is_finished", "totalOutputTextTokenCount", "completionReason"),
        *("finish_reason", "finishReason", "FinishReason", "stop_reason", "stopReason", "done_reason"),
    )
)
"""Fields that a format cannot do without: what tells kinds apart, says that it is over, or counts."""
NEW = {"unheard_of": {"deep": [None, {"x": 1}]}, "unheardOf": None}


@dataclass(frozen=True, slots=True)
class Parts:
    """A body as its documents, and what writes them again."""

    documents: list[Any]
    write: Callable[[list[Any]], bytes]


def parts_of(recording: Recording) -> Parts:
    match recording.framing:
        case "sse":
            return of_events(recording.body)
        case "ndjson":
            lines = [json.loads(line) for line in recording.body.splitlines() if line.strip()]
            return Parts(lines, lambda documents: b"".join(dumped(one) + b"\n" for one in documents))
        case "eventstream":
            return of_messages(recording.body)
    return Parts([json.loads(recording.body)], lambda documents: dumped(documents[0]))


def of_events(body: bytes) -> Parts:
    """Blocks without a document, `[DONE]` and comments among them, stay as they are."""
    blocks = body.decode().removeprefix("\ufeff").replace("\r\n", "\n").split("\n\n")
    found = [document_in(block) for block in blocks]

    def write(documents: list[Any]) -> bytes:
        rest = iter(documents)
        written = [
            block if one is None else with_document(block, next(rest)) for block, one in zip(blocks, found, strict=True)
        ]
        return "\n\n".join(written).encode()

    return Parts([one for one in found if one is not None], write)


def document_in(block: str) -> Any:
    data = "\n".join(line[5:].strip() for line in block.split("\n") if line.startswith("data:"))
    return json.loads(data) if data.startswith("{") else None


def with_document(block: str, document: Any) -> str:
    kept = [line for line in block.split("\n") if not line.startswith("data:")]
    return "\n".join([*kept, f"data: {dumped(document).decode()}"])


def of_messages(body: bytes) -> Parts:
    found = list(messages_in(body))

    def write(documents: list[Any]) -> bytes:
        named = zip((name for name, _ in found), documents, strict=True)
        return b"".join(event(name, dumped(packed(name, one))) for name, one in named)

    return Parts([document for _, document in found], write)


def packed(name: str, document: Any) -> Any:
    return {"bytes": base64.b64encode(dumped(document)).decode()} if name == "chunk" else document


def dumped(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def paths(document: Any, here: Path = ()) -> Iterator[Path]:
    """Where fields stand, in the order of the document."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield (*here, name)
            if name not in OPAQUE:
                yield from paths(value, (*here, name))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from paths(value, (*here, index))


def pattern(path: Path) -> tuple[str, ...]:
    """The path without its indices: fields of one name in one place are alike."""
    return tuple(step if isinstance(step, str) else "[]" for step in path)


def changed(document: Any, path: Path, change: str) -> Any:
    """A copy: the field is `gone`, `null`, `empty` (list, object or text), or has a `new` one beside it."""
    made = copy.deepcopy(document)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    name = path[-1]
    match change:
        case "gone":
            del holder[name]
        case "null":
            holder[name] = None
        case "empty":
            holder[name] = type(holder[name])() if isinstance(holder[name], list | dict | str) else None
        case "new":
            holder.update(copy.deepcopy(NEW))
    return made


CHANGES = ("gone", "null", "empty", "new")
